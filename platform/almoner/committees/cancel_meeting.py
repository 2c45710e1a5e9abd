"""Calling a meeting off."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.committees.read import get_meeting
from almoner.committees.reminders import schedule_reminders
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Meeting
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason


async def cancel_meeting(scope: TenantScope, meeting_id: UUID, *, reason: str) -> Meeting:
    """Call a meeting off that is not open yet. What was published of it stays so.

    Raises:
        NotFound: no such meeting that the viewer may see.
        Denied: the viewer lacks `meeting:cancel` there.
        Invalid: no reason.
        Conflict: it is open, over or called off already.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.MEETING_CANCEL, meeting)
    require_reason(reason)
    meeting.move_to(MeetingStatus.CANCELLED)
    meeting.cancelled_at = scope.now()
    meeting.cancel_reason = reason.strip()
    await schedule_reminders(scope, meeting)
    scope.record("meeting.cancelled", meeting)
    return meeting
