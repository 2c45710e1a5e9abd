"""Opening a meeting."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.committees.attendance import publish_attendance
from almoner.committees.presence import watch_quorum
from almoner.committees.read import get_meeting, today
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Meeting
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope


async def open_meeting(scope: TenantScope, meeting_id: UUID) -> Meeting:
    """Open a meeting whose agenda is published, on its day or later, and write down whether it is quorate.

    An inquorate meeting opens as well: it may listen and talk, and nothing binding can be done in it. From now on
    everybody may know who is in the room of a public one.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks `meeting:open` for it.
        Conflict: its agenda is not published, it was opened already or called off, or its day has not come.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.MEETING_OPEN, meeting)
    meeting.move_to(MeetingStatus.IN_SESSION)
    if await today(scope) < meeting.held_on:
        raise Conflict(f"This meeting is on {meeting.held_on}: open it on that day.", code="BEFORE_ITS_DAY")
    meeting.opened_at = scope.now()
    await watch_quorum(scope, meeting)
    if meeting.is_public:
        await publish_attendance(scope, meeting)
    scope.record("meeting.opened", meeting, quorate=meeting.is_quorate)
    return meeting
