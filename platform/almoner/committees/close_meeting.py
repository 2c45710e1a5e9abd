"""Closing the formal part of a meeting, and then the meeting; what of it becomes public."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.moments import insist_on_formal_part, insist_on_session
from almoner.committees.read import get_meeting
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import (
    AgendaItem,
    Attendance,
    AttendanceSpan,
    Decision,
    Meeting,
    Referral,
    Vote,
)
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope


async def close_formal_part(scope: TenantScope, meeting_id: UUID) -> Meeting:
    """End the formal part: from now on only questions from the public are taken.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks `meeting:close` for it.
        Conflict: it is not in session, its formal part is closed already, or a vote is open.
    """
    meeting = await _in_session(scope, meeting_id)
    insist_on_formal_part(meeting)
    await insist_on_no_open_vote(scope, meeting)
    meeting.formal_part_closed_at = scope.now()
    scope.record("meeting.formal_part_closed", meeting)
    return meeting


async def close_meeting(scope: TenantScope, meeting_id: UUID) -> Meeting:
    """End a meeting, with its formal part if that is still open. Everybody leaves, and what is public is published.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks `meeting:close` for it.
        Conflict: it is not in session, or a vote is open.
    """
    meeting = await _in_session(scope, meeting_id)
    await insist_on_no_open_vote(scope, meeting)
    meeting.move_to(MeetingStatus.HELD)
    meeting.closed_at = scope.now()
    meeting.formal_part_closed_at = meeting.formal_part_closed_at or scope.now()
    meeting.is_quorate = None
    await scope.session.flush()
    await _everybody_leaves(scope, meeting)
    if meeting.is_public:
        await _publish(scope, meeting)
    scope.record("meeting.closed", meeting)
    return meeting


async def _in_session(scope: TenantScope, meeting_id: UUID) -> Meeting:
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.MEETING_CLOSE, meeting)
    insist_on_session(meeting)
    return meeting


async def insist_on_no_open_vote(scope: TenantScope, meeting: Meeting) -> None:
    """A meeting does one thing at a time, and ends with nothing undone.

    Raises:
        Conflict: a vote is open.
    """
    query = select(Vote.id).where(
        col(Vote.tenant_id) == scope.tenant_id, col(Vote.meeting_id) == meeting.id, col(Vote.closed_at).is_(None)
    )
    if (await scope.session.execute(query.limit(1))).first() is not None:
        raise Conflict("A vote is open in this meeting: close it first.", code="VOTE_OPEN")


async def _everybody_leaves(scope: TenantScope, meeting: Meeting) -> None:
    """End the spans; `is_present` goes on to say who was there at the end."""
    of_meeting = select(Attendance.id).where(
        col(Attendance.tenant_id) == scope.tenant_id, col(Attendance.meeting_id) == meeting.id
    )
    spans = update(AttendanceSpan).where(
        col(AttendanceSpan.tenant_id) == scope.tenant_id,
        col(AttendanceSpan.attendance_id).in_(of_meeting),
        col(AttendanceSpan.left_at).is_(None),
    )
    await scope.session.execute(spans.values(left_at=scope.now()))


async def _publish(scope: TenantScope, meeting: Meeting) -> None:
    """Votes and decisions, but those of private items, and what was referred of them."""
    private = select(AgendaItem.id).where(
        col(AgendaItem.tenant_id) == scope.tenant_id,
        col(AgendaItem.meeting_id) == meeting.id,
        col(AgendaItem.is_private),
    )
    for table in (Vote, Decision):
        rows = update(table).where(
            col(table.tenant_id) == scope.tenant_id,
            col(table.meeting_id) == meeting.id,
            col(table.public_at).is_(None),
            col(table.item_id).not_in(private),
        )
        await scope.session.execute(rows.values(public_at=scope.now()))
    public = select(Decision.id).where(
        col(Decision.tenant_id) == scope.tenant_id,
        col(Decision.meeting_id) == meeting.id,
        col(Decision.public_at).is_not(None),
    )
    referred = update(Referral).where(
        col(Referral.tenant_id) == scope.tenant_id,
        col(Referral.decision_id).in_(public),
        col(Referral.public_at).is_(None),
    )
    await scope.session.execute(referred.values(public_at=scope.now()))
