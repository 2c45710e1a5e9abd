"""Writing an agenda, until it is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel import col, update

from almoner.authorization.permissions import Permission
from almoner.committees.agenda import (
    agenda_of,
    arrange,
    get_item,
    insist_on_room,
    insist_on_unpublished,
    placed,
    private_item_problems,
    public_matter_problems,
)
from almoner.committees.barring import keep_out
from almoner.committees.read import get_meeting, rules_of
from almoner.committees.rules import Rules
from almoner.committees.tables import AgendaItem, Meeting, Paper
from almoner.committees.words import AgendaAction, AgendaFormat, AgendaSection
from almoner.core.errors import Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import wording_problems

MAX_TITLE = 500
MAX_OWNER = 200
MAX_MATTER = 60
MAX_MINUTES = 24 * 60


async def add_agenda_item(
    scope: TenantScope,
    meeting_id: UUID,
    *,
    section: AgendaSection,
    title: str,
    owner: str,
    action: AgendaAction,
    format: AgendaFormat,
    minutes_allotted: int | None = None,
    matter: str | None = None,
    is_private: bool = False,
    minutes_of_id: UUID | None = None,
    reviews_actions: bool = False,
    carries_id: UUID | None = None,
    position: int | None = None,
) -> AgendaItem:
    """Put an item on the agenda of a meeting.

    Args:
        minutes_of_id: an earlier meeting, whose minutes bring the item. They need no paper.
        reviews_actions: the action matrix of the meeting brings it. It needs no paper.
        carries_id: an item of an earlier meeting, whose open recommendations a decision about this one can answer.
        position: from 1, within the meeting, and within the section; the others move. At the section's end without.

    Raises:
        NotFound: no such meeting that the viewer may see.
        Denied: the viewer lacks `agenda_item:write` there.
        Invalid: a bad text, minutes or position; the matter is kept for public meetings, and this is none; it is
            private, and the rules allow no such items; or minutes, or what is carried, are not of an earlier meeting of
            the committee.
        Conflict: the agenda is published, the meeting was called off, or the agenda is full.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.AGENDA_ITEM_WRITE, meeting)
    insist_on_unpublished(meeting)
    rules = await rules_of(scope, meeting.committee_id)
    given = (section, title, owner, action, format, minutes_allotted, matter, is_private)
    brings = (minutes_of_id, reviews_actions, carries_id)
    item = AgendaItem(
        tenant_id=scope.tenant_id,
        committee_id=meeting.committee_id,
        meeting_id=meeting.id,
        position=0,
        **await _checked(scope, rules, meeting, dict(zip(_FIELDS, (*given, *brings), strict=True))),
    )
    items = await agenda_of(scope, meeting.id)
    insist_on_room(items)
    arrange(placed(items, item, position), rules.item_numbers, meeting.held_on)
    scope.session.add(item)
    await scope.session.flush()
    scope.record("agenda_item.added", item, number=item.number)
    return item


async def change_agenda_item(
    scope: TenantScope, item_id: UUID, *, position: int | None = None, **changes: Any
) -> AgendaItem:
    """Change an item, until the agenda is published. The others move, and numbers follow.

    Who was told to leave for it is kept from it while it is private.

    Args:
        position: as in `add_agenda_item`. Without: where it is, or at the end of another section.
        changes: any of the other arguments of `add_agenda_item`; what is not among them stays.

    Raises:
        NotFound: no such item that the viewer may see.
        Denied: the viewer lacks `agenda_item:write` there.
        Invalid: as in `add_agenda_item`; or it is given to another section where it may not stand.
        Conflict: the agenda is published, or the meeting was called off.
    """
    meeting, item = await get_item(scope, item_id)
    scope.require(Permission.AGENDA_ITEM_WRITE, item)
    insist_on_unpublished(meeting)
    rules = await rules_of(scope, meeting.committee_id)
    checked = await _checked(scope, rules, meeting, {name: getattr(item, name) for name in _FIELDS} | changes)
    if position is None and checked["section"] == item.section:
        position = item.position
    for name, value in checked.items():
        setattr(item, name, value)
    others = [each for each in await agenda_of(scope, meeting.id) if each.id != item.id]
    arrange(placed(others, item, position), rules.item_numbers, meeting.held_on)
    await keep_out(scope, item)
    scope.record("agenda_item.changed", item, number=item.number)
    return item


async def withdraw_agenda_item(scope: TenantScope, item_id: UUID) -> AgendaItem:
    """Take an item off the agenda, with its papers, until it is published. The others move up.

    Raises:
        NotFound: no such item that the viewer may see.
        Denied: the viewer lacks `agenda_item:write` there.
        Conflict: the agenda is published, or the meeting was called off.
    """
    meeting, item = await get_item(scope, item_id)
    scope.require(Permission.AGENDA_ITEM_WRITE, item)
    insist_on_unpublished(meeting)
    rules = await rules_of(scope, meeting.committee_id)
    item.withdrawn_at = scope.now()
    item.number = None
    papers = (
        update(Paper)
        .where(
            col(Paper.tenant_id) == scope.tenant_id,
            col(Paper.item_id) == item.id,
            col(Paper.withdrawn_at).is_(None),
        )
        .values(withdrawn_at=scope.now())
    )
    await scope.session.execute(papers)
    arrange(await agenda_of(scope, meeting.id), rules.item_numbers, meeting.held_on)
    scope.record("agenda_item.withdrawn", item)
    return item


_FIELDS = (
    "section",
    "title",
    "owner",
    "action",
    "format",
    "minutes_allotted",
    "matter",
    "is_private",
    "minutes_of_id",
    "reviews_actions",
    "carries_id",
)


async def _checked(scope: TenantScope, rules: Rules, meeting: Meeting, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an item, from a value for each of `_FIELDS`.

    Raises:
        NotFound: no such meeting, of which the minutes are, or no such item to carry, that the viewer may see.
        Invalid: something is wrong with them; all of it.
    """
    found = {name: value.strip() if name in _TEXTS and value is not None else value for name, value in given.items()}
    problems = wording_problems(found["title"], MAX_TITLE, ("title",))
    problems += wording_problems(found["owner"], MAX_OWNER, ("owner",))
    problems += minutes_problems(found["minutes_allotted"])
    if found["matter"] is not None:
        problems += wording_problems(found["matter"], MAX_MATTER, ("matter",))
    problems += public_matter_problems(rules, meeting.is_public, found["matter"], found["is_private"])
    problems += private_item_problems(rules, found["is_private"])
    if found["minutes_of_id"] is not None:
        problems += _earlier_problems(meeting, await get_meeting(scope, found["minutes_of_id"]), "minutesOf")
    if found["carries_id"] is not None:
        carried = await scope.get(AgendaItem, found["carries_id"], Permission.AGENDA_ITEM_VIEW)
        problems += _earlier_problems(meeting, await get_meeting(scope, carried.meeting_id), "carries")
        problems += public_matter_problems(rules, meeting.is_public, carried.matter, found["is_private"])
    if problems:
        raise Invalid(problems)
    return found


def _earlier_problems(meeting: Meeting, earlier: Meeting, name: str) -> list[Problem]:
    """What keeps something of a meeting from the agenda of another."""
    if earlier.committee_id != meeting.committee_id:
        return [Problem("OTHER_COMMITTEE", "Bring what is of a meeting of the same committee.", (name,))]
    if earlier.starts_at >= meeting.starts_at:
        return [Problem("NOT_EARLIER", "Bring what is of a meeting that was before this one.", (name,))]
    return []


_TEXTS = frozenset({"title", "owner", "matter"})


def minutes_problems(minutes: int | None) -> list[Problem]:
    """What is wrong with the minutes that are allotted to an item; none may be."""
    if minutes is None or 1 <= minutes <= MAX_MINUTES:
        return []
    return [Problem("BAD_MINUTES", f"Give from 1 to {MAX_MINUTES} minutes, or none.", ("minutesAllotted",))]
