"""Publishing the agenda of a meeting, with its papers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.agenda import FORMAL, agenda_of, private_item_problems, public_matter_problems
from almoner.committees.cover_sheet import missing
from almoner.committees.deadlines import last_day
from almoner.committees.give_notice import insist_on_the_future
from almoner.committees.papers import papers_of, recommendations_of
from almoner.committees.read import get_meeting, rules_of, today
from almoner.committees.reminders import schedule_reminders
from almoner.committees.rules import Rules
from almoner.committees.status import MeetingStatus, MinutesStatus
from almoner.committees.tables import AgendaItem, Meeting, Minutes, Paper, Recommendation
from almoner.committees.words import AgendaFormat, ReminderKind
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope


async def publish_agenda(scope: TenantScope, meeting_id: UUID) -> Meeting:
    """Publish agenda and papers: from now on they stay as they are. Those of a public meeting that are not private,
    for everybody.

    Raises:
        NotFound: no such meeting that the viewer may see.
        Denied: the viewer lacks `meeting:publish_agenda` there.
        Conflict: notice is not given yet, or the agenda is published already; the meeting has begun by the clock; or
            it is too late by the rules, and the meeting is not urgent.
        Invalid: everything that keeps the agenda and its papers from being complete, item by item.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.MEETING_PUBLISH_AGENDA, meeting)
    rules = await rules_of(scope, meeting.committee_id)
    meeting.move_to(MeetingStatus.AGENDA_PUBLISHED)
    await _insist_on_time(scope, meeting, rules)
    items = await agenda_of(scope, meeting.id)
    papers = await papers_of(scope, items)
    problems = _agenda_problems(meeting, rules, items)
    circulated = await _circulated(scope, items)
    problems += _paper_problems(items, papers, await recommendations_of(scope, papers), circulated)
    if problems:
        raise Invalid(problems)
    meeting.agenda_published_at = scope.now()
    if meeting.is_public:
        _make_public(scope, [item for item in items if not item.is_private], papers)
    await schedule_reminders(scope, meeting)
    scope.record("meeting.agenda_published", meeting, items=len(items), papers=len(papers))
    return meeting


def _make_public(scope: TenantScope, items: Sequence[AgendaItem], papers: Sequence[Paper]) -> None:
    for item in items:
        item.public_at = scope.now()
        for paper in papers:
            if paper.item_id == item.id:
                paper.public_at = scope.now()


async def _insist_on_time(scope: TenantScope, meeting: Meeting, rules: Rules) -> None:
    insist_on_the_future(scope, meeting)
    until = last_day(ReminderKind.PUBLICATION_DUE, meeting.held_on, rules, is_public=meeting.is_public)
    if meeting.urgent_reason is None and await today(scope) > until:
        message = (
            f"Agenda and papers of this meeting were to be published by {until}, {rules.paper_days} days before it. "
            "Call it off and plan it for a later day."
        )
        raise Conflict(message, code="PUBLICATION_TOO_LATE")


def _agenda_problems(meeting: Meeting, rules: Rules, items: Sequence[AgendaItem]) -> list[Problem]:
    if not items:
        return [Problem("AGENDA_EMPTY", "Put at least one item on the agenda.", ("agenda",))]
    problems = []
    allotted = sum(item.minutes_allotted or 0 for item in items if item.section in FORMAL)
    if allotted > meeting.minutes_allotted:
        message = (
            f"The items of the formal part take {allotted} minutes together, and the meeting lasts "
            f"{meeting.minutes_allotted}: take something off, or allot less."
        )
        problems.append(Problem("AGENDA_TOO_LONG", message, ("agenda",)))
    for item in items:
        problems += [
            Problem(each.code, each.message, (*_place(item), *each.path))
            for each in (
                *public_matter_problems(rules, meeting.is_public, item.matter, item.is_private),
                *private_item_problems(rules, item.is_private),
            )
        ]
    return problems


async def _circulated(scope: TenantScope, items: Sequence[AgendaItem]) -> set[UUID]:
    """The meetings, of those whose minutes bring items, whose minutes can be read."""
    query = select(col(Minutes.meeting_id)).where(
        col(Minutes.tenant_id) == scope.tenant_id,
        col(Minutes.meeting_id).in_([item.minutes_of_id for item in items if item.minutes_of_id is not None]),
        col(Minutes.status) != MinutesStatus.DRAFTED,
    )
    return set((await scope.session.execute(query)).scalars())


def _paper_problems(
    items: Sequence[AgendaItem],
    papers: Sequence[Paper],
    recommendations: dict[UUID, list[Recommendation]],
    circulated: Collection[UUID],
) -> list[Problem]:
    problems = []
    for item in items:
        own = [paper for paper in papers if paper.item_id == item.id]
        if item.minutes_of_id is not None and item.minutes_of_id not in circulated:
            message = (
                f"{_called(item)} is brought by minutes that are not circulated: circulate them, or leave them out."
            )
            problems.append(Problem("MINUTES_NOT_CIRCULATED", message, (*_place(item), "minutesOf")))
        is_brought = own or item.reviews_actions or item.minutes_of_id is not None
        if item.format == AgendaFormat.PAPER and not is_brought:
            message = (
                f"{_called(item)} is brought by a paper, and there is none: file it, let minutes or the action matrix "
                "bring it, or change the format."
            )
            problems.append(Problem("PAPER_MISSING", message, _place(item)))
        for paper in own:
            problems += [
                Problem("PAPER_INCOMPLETE", f"The paper of {_called(item)} lacks {name}.", (*_place(item), name))
                for name in missing(paper, recommendations[paper.id])
            ]
    return problems


def _place(item: AgendaItem) -> tuple[str, ...]:
    """Where an item is, in paths: its number, or its position if it has none."""
    return ("agenda", item.number or str(item.position))


def _called(item: AgendaItem) -> str:
    return f"item {item.number}" if item.number else f"the item at position {item.position}"
