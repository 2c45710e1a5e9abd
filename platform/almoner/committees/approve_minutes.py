"""A later meeting approves minutes, and they are frozen and published."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlmodel import col

from almoner.authorization.permissions import Permission
from almoner.committees.minutes_records import hold_minutes, insist_on_circulated
from almoner.committees.moments import insist_on_formal_part
from almoner.committees.presence import insist_on_quorum
from almoner.committees.read import get_meeting
from almoner.committees.status import MeetingStatus, MinutesStatus
from almoner.committees.tables import Action, AgendaItem, Meeting, Minutes, MinutesEntry
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope

_PATH = ("meeting",)


async def approve_minutes(scope: TenantScope, minutes_id: UUID, meeting_id: UUID) -> Minutes:
    """Declare that a later meeting of the committee, in session and quorate, has approved minutes as they stand.

    Raises:
        NotFound: no such minutes, or no such meeting, that the viewer may see.
        Denied: the viewer lacks `minutes:approve` for either.
        Conflict: the minutes are not circulated, or approved already; or the meeting is the one that they are of, an
            earlier one, another committee's, not in session, past its formal part, or inquorate.
    """
    found = await scope.get(Minutes, minutes_id, Permission.MINUTES_VIEW)
    # In one order, so that two that approve each other's minutes do not wait for each other.
    for each in sorted({found.meeting_id, meeting_id}):
        await get_meeting(scope, each, lock=True)
    minutes, own = await hold_minutes(scope, minutes_id)
    meeting = await get_meeting(scope, meeting_id)
    scope.require(Permission.MINUTES_APPROVE, minutes)
    scope.require(Permission.MINUTES_APPROVE, meeting)
    _insist_on_a_later_meeting(own, meeting)
    insist_on_circulated(minutes)
    insist_on_formal_part(meeting)
    await insist_on_quorum(scope, meeting)
    minutes.move_to(MinutesStatus.APPROVED)
    minutes.approved_at = scope.now()
    own.move_to(MeetingStatus.MINUTES_APPROVED)
    own.approved_in_id = meeting.id
    if own.is_public:
        await _publish(scope, minutes)
    scope.record("minutes.approved", minutes, meeting=str(meeting.id))
    return minutes


def _insist_on_a_later_meeting(own: Meeting, meeting: Meeting) -> None:
    if meeting.id == own.id:
        message = "A meeting does not approve its own minutes: the next one does."
        raise Conflict(message, code="OWN_MINUTES", path=_PATH)
    if meeting.committee_id != own.committee_id:
        message = "Minutes are approved by a meeting of the same committee."
        raise Conflict(message, code="OTHER_COMMITTEE", path=_PATH)
    if meeting.starts_at <= own.starts_at:
        message = "Minutes are approved by a later meeting; this one was before."
        raise Conflict(message, code="EARLIER_MEETING", path=_PATH)
    if meeting.status != MeetingStatus.IN_SESSION:
        message = f"Minutes are approved in session; this meeting is {meeting.status}."
        raise Conflict(message, code="MEETING_NOT_IN_SESSION", path=_PATH)


async def _publish(scope: TenantScope, minutes: Minutes) -> None:
    """Everything of the minutes that is not private, and the actions that the meeting raised."""
    minutes.public_at = scope.now()
    await scope.session.execute(
        update(MinutesEntry)
        .where(
            col(MinutesEntry.tenant_id) == scope.tenant_id,
            col(MinutesEntry.minutes_id) == minutes.id,
            col(MinutesEntry.is_private).is_(False),
        )
        .values(public_at=scope.now())
    )
    private = select(col(AgendaItem.id)).where(
        col(AgendaItem.tenant_id) == scope.tenant_id,
        col(AgendaItem.meeting_id) == minutes.meeting_id,
        col(AgendaItem.is_private),
    )
    await scope.session.execute(
        update(Action)
        .where(
            and_(col(Action.tenant_id) == scope.tenant_id, col(Action.meeting_id) == minutes.meeting_id),
            or_(col(Action.item_id).is_(None), col(Action.item_id).not_in(private)),
        )
        .values(public_at=scope.now())
    )
