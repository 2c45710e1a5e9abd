"""What minutes are drafted from, read from the meeting's records; and minutes themselves, for verbs about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.minutes_text import Delegated, Presence, Records, named
from almoner.committees.read import get_meeting, time_zone_of
from almoner.committees.status import MinutesStatus
from almoner.committees.tables import (
    Action,
    AgendaItem,
    Appointment,
    Attendance,
    AttendanceSpan,
    CommitteeDelegation,
    ConflictDeclaration,
    Decision,
    DecisionBody,
    DelegationItem,
    Meeting,
    Minutes,
    MinutesEntry,
    PublicQuestion,
    QuorumChange,
    Recommendation,
    Vote,
)
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable
from almoner.organizations.tables import Organization

Row = TypeVar("Row", bound=TenantTable)


async def records_of(scope: TenantScope, meeting: Meeting) -> Records:
    """Everything that the minutes of a meeting tell of, private items included."""
    decisions = await _rows(scope, Decision, col(Decision.meeting_id) == meeting.id)
    decided = [each.id for each in decisions]
    items = await _rows(
        scope, AgendaItem, col(AgendaItem.meeting_id) == meeting.id, col(AgendaItem.withdrawn_at).is_(None)
    )
    declarations = await _rows(scope, ConflictDeclaration, col(ConflictDeclaration.meeting_id) == meeting.id)
    attendances = await _rows(scope, Attendance, col(Attendance.meeting_id) == meeting.id)
    taking_part = {each.appointment_id for each in attendances} | {each.appointment_id for each in declarations}
    appointments = await _rows(scope, Appointment, col(Appointment.id).in_(taking_part))
    presences = await _presences(scope, attendances, appointments)
    return Records(
        meeting=meeting,
        zone=await time_zone_of(scope),
        presences=presences,
        quorum=await _rows(scope, QuorumChange, col(QuorumChange.meeting_id) == meeting.id),
        items=items,
        declarations=declarations,
        names=_names(presences, appointments),
        votes=await _rows(scope, Vote, col(Vote.meeting_id) == meeting.id),
        decisions=decisions,
        bodies=await _bodies(scope, decided),
        delegated=await _delegated(scope, decisions),
        approved=await _rows(
            scope,
            Meeting,
            col(Meeting.committee_id) == meeting.committee_id,
            col(Meeting.approved_in_id) == meeting.id,
        ),
        recommendations=await _rows(
            scope,
            Recommendation,
            col(Recommendation.decision_id).in_(decided),
            col(Recommendation.withdrawn_at).is_(None),
        ),
        actions=await _rows(scope, Action, col(Action.meeting_id) == meeting.id),
        questions=await _rows(scope, PublicQuestion, col(PublicQuestion.meeting_id) == meeting.id),
    )


async def _rows(scope: TenantScope, table: type[Row], *conditions: Any) -> Sequence[Row]:
    query = select(table).where(col(table.tenant_id) == scope.tenant_id, *conditions).order_by(col(table.id))
    return (await scope.session.execute(query)).scalars().all()


async def _presences(
    scope: TenantScope, attendances: Sequence[Attendance], appointments: Sequence[Appointment]
) -> list[Presence]:
    spans = await _rows(scope, AttendanceSpan, col(AttendanceSpan.attendance_id).in_([each.id for each in attendances]))
    names = {each.id: each.name for each in appointments}
    return [
        Presence(each, names[each.appointment_id], [span for span in spans if span.attendance_id == each.id])
        for each in attendances
    ]


def _names(presences: Sequence[Presence], appointments: Sequence[Appointment]) -> dict[UUID, str]:
    """Account -> how minutes name it: by its own seat, or as a substitute."""
    found = {each.subject_id: each.name for each in appointments}
    for presence in presences:
        rows: list[Attendance | AttendanceSpan] = [*presence.spans, presence.attendance]
        for row in rows:
            if row.substitute_id is not None:
                found.setdefault(row.substitute_id, named(row.substitute, presence.name))
    return found


async def _bodies(scope: TenantScope, decided: list[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    bound = await _rows(scope, DecisionBody, col(DecisionBody.decision_id).in_(decided))
    names = await _rows(scope, Organization, col(Organization.id).in_([each.body_id for each in bound]))
    by_id = {each.id: each.name for each in names}
    for each in bound:
        found.setdefault(each.decision_id, []).append(by_id[each.body_id])
    return found


async def _delegated(scope: TenantScope, decisions: Sequence[Decision]) -> dict[UUID, Delegated]:
    named = {each.delegation_item_id for each in decisions if each.delegation_item_id is not None}
    items = await _rows(scope, DelegationItem, col(DelegationItem.id).in_(named))
    entries = [each.delegation_id for each in items]
    known = await _rows(scope, CommitteeDelegation, col(CommitteeDelegation.id).in_(entries))
    workstreams = {each.id: each.workstream for each in known}
    return {each.id: Delegated(workstreams[each.delegation_id], each) for each in items}


async def hold_minutes(scope: TenantScope, minutes_id: UUID) -> tuple[Minutes, Meeting]:
    """Minutes and their meeting, which nobody else changes until the transaction ends.

    Raises:
        NotFound: none that the viewer may see.
    """
    found = await scope.get(Minutes, minutes_id, Permission.MINUTES_VIEW)
    meeting = await get_meeting(scope, found.meeting_id, lock=True)
    return await scope.get(Minutes, minutes_id, Permission.MINUTES_VIEW, lock=True), meeting


async def hold_entry(scope: TenantScope, entry_id: UUID) -> tuple[MinutesEntry, Minutes]:
    """A paragraph and its minutes, which nobody else changes until the transaction ends.

    Raises:
        NotFound: none that the viewer may see.
    """
    found = await scope.get(MinutesEntry, entry_id, Permission.MINUTES_ENTRY_VIEW)
    minutes, _meeting = await hold_minutes(scope, found.minutes_id)
    return await scope.get(MinutesEntry, entry_id, Permission.MINUTES_ENTRY_VIEW, lock=True), minutes


def insist_on_circulated(minutes: Minutes) -> None:
    """Refuse what is done to circulated minutes.

    Raises:
        Conflict: they are still a draft, or approved and so frozen.
    """
    insist_on_unfrozen(minutes)
    if minutes.status != MinutesStatus.CIRCULATED:
        message = "These minutes are still a draft: the secretary circulates them first."
        raise Conflict(message, code="MINUTES_NOT_CIRCULATED")


def insist_on_unfrozen(minutes: Minutes) -> None:
    """Refuse any change of approved minutes.

    Raises:
        Conflict: they are approved.
    """
    if minutes.status == MinutesStatus.APPROVED:
        message = "These minutes are approved and do not change any more: raise the matter in a later meeting."
        raise Conflict(message, code="MINUTES_FROZEN")
