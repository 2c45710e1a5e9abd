"""Declaring any other business at the start of a meeting: before its first vote, decision or declared conflict."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.agenda import FORMAL, agenda_of, insist_on_room, placed
from almoner.committees.agenda_items import MAX_OWNER, MAX_TITLE, minutes_problems
from almoner.committees.numbering import numbered
from almoner.committees.read import get_meeting, rules_of
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import AgendaItem, ConflictDeclaration, Decision, Meeting, Vote
from almoner.committees.words import AgendaAction, AgendaFormat, AgendaSection
from almoner.core.errors import Conflict, Invalid
from almoner.core.scope import TenantScope
from almoner.core.texts import wording_problems

#: What shows that a meeting is past its start.
_BUSINESS = (Vote, Decision, ConflictDeclaration)


async def declare_other_business(
    scope: TenantScope, meeting_id: UUID, *, title: str, owner: str, minutes_allotted: int | None = None
) -> AgendaItem:
    """Put an item on the agenda of a meeting that has just been opened: for discussion, without a paper, the last one.

    Numbers that are published stay; the item gets the next one. In a public meeting it is public at once.

    Raises:
        NotFound: no such meeting that the viewer may see.
        Denied: the viewer lacks `agenda_item:write` there.
        Invalid: a bad text, or bad minutes.
        Conflict: the meeting is not in session, or past its start; or the agenda is full.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.AGENDA_ITEM_WRITE, meeting)
    problems = wording_problems(title, MAX_TITLE, ("title",)) + wording_problems(owner, MAX_OWNER, ("owner",))
    problems += minutes_problems(minutes_allotted)
    if problems:
        raise Invalid(problems)
    await _insist_on_the_start(scope, meeting)
    rules = await rules_of(scope, meeting.committee_id)
    item = AgendaItem(
        tenant_id=scope.tenant_id,
        committee_id=meeting.committee_id,
        meeting_id=meeting.id,
        section=AgendaSection.DISCUSSION,
        position=0,
        title=title.strip(),
        owner=owner.strip(),
        minutes_allotted=minutes_allotted,
        action=AgendaAction.DISCUSSION,
        format=AgendaFormat.VERBAL,
        public_at=scope.now() if meeting.is_public else None,
    )
    items = await agenda_of(scope, meeting.id)
    insist_on_room(items)
    _join(item, items, rules.item_numbers, meeting)
    scope.session.add(item)
    await scope.session.flush()
    scope.record("agenda_item.declared", item, number=item.number)
    return item


def _join(item: AgendaItem, items: list[AgendaItem], scheme: str, meeting: Meeting) -> None:
    """Give the item its place and number. The others may move, but keep the numbers that they were published with."""
    agenda = placed(items, item, None)
    for position, each in enumerate(agenda, 1):
        each.position = position
    item.number = numbered(scheme, meeting.held_on, sum(each.section in FORMAL for each in agenda))


async def _insist_on_the_start(scope: TenantScope, meeting: Meeting) -> None:
    """Refuse other business before a meeting, after it, and once its business has begun.

    Raises:
        Conflict: it is so.
    """
    if meeting.status != MeetingStatus.IN_SESSION:
        message = f"Other business is declared at the start of a meeting in session; this one is {meeting.status}."
        raise Conflict(message, code="WRONG_STATUS")
    begun = meeting.formal_part_closed_at is not None
    for table in _BUSINESS:
        query = select(col(table.id)).where(
            col(table.tenant_id) == scope.tenant_id, col(table.meeting_id) == meeting.id
        )
        begun = begun or (await scope.session.execute(query.limit(1))).first() is not None
    if begun:
        message = (
            "Other business is declared at the start, before the first vote, decision or declared conflict of the "
            "meeting. Bring it to the next one."
        )
        raise Conflict(message, code="BUSINESS_BEGUN")
