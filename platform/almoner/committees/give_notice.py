"""Giving notice of a meeting."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.committees.deadlines import last_day
from almoner.committees.read import get_meeting, rules_of, today
from almoner.committees.reminders import schedule_reminders
from almoner.committees.rules import Rules
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Meeting
from almoner.committees.words import ReminderKind
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import reason_problems


async def give_notice(scope: TenantScope, meeting_id: UUID, *, urgent_reason: str | None = None) -> Meeting:
    """Tell of a meeting: of a public one to everybody. So many calendar days lie between, as the rules say.

    Args:
        urgent_reason: why notice comes late; only where it does, and only where the rules allow that.

    Raises:
        NotFound: no such meeting that the viewer may see.
        Denied: the viewer lacks `meeting:give_notice` there.
        Invalid: notice is late and nobody says why, or somebody does though it is not.
        Conflict: the meeting is not PLANNED, has begun by the clock, or notice is late and the rules allow no urgency.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.MEETING_GIVE_NOTICE, meeting)
    rules = await rules_of(scope, meeting.committee_id)
    meeting.move_to(MeetingStatus.NOTICE_GIVEN)
    insist_on_the_future(scope, meeting)
    until = last_day(ReminderKind.NOTICE_DUE, meeting.held_on, rules, is_public=meeting.is_public)
    is_late = await today(scope) > until
    meeting.urgent_reason = _urgency(meeting, rules, urgent_reason, until, is_late=is_late)
    meeting.notice_given_at = scope.now()
    if meeting.is_public:
        meeting.public_at = scope.now()
    await schedule_reminders(scope, meeting)
    scope.record("meeting.notice_given", meeting, is_urgent=meeting.urgent_reason is not None)
    return meeting


def insist_on_the_future(scope: TenantScope, meeting: Meeting) -> None:
    """Refuse what comes before a meeting if it was to begin already.

    Raises:
        Conflict: it was.
    """
    if meeting.starts_at <= scope.now():
        message = "The time of this meeting has come already: call it off and plan another one."
        raise Conflict(message, code="MEETING_IN_PAST")


def _urgency(meeting: Meeting, rules: Rules, reason: str | None, until: date, *, is_late: bool) -> str | None:
    """Why notice comes late; None if it does not."""
    path = ("urgentReason",)
    if not is_late:
        if reason is not None:
            message = f"This notice is in time, until {until}: leave the reason for urgency out."
            raise Invalid([Problem("NOT_URGENT", message, path)])
        return None
    late = f"Notice of this meeting was due by {until}, {(meeting.held_on - until).days} days before it."
    if not rules.urgent_allowed:
        raise Conflict(f"{late} Plan the meeting for a later day.", code="NOTICE_TOO_LATE")
    if reason is None:
        message = f"{late} Give the reason for its urgency, or plan the meeting for a later day."
        raise Conflict(message, code="NOTICE_TOO_LATE", path=path)
    problems = reason_problems(reason, path=path)
    if problems:
        raise Invalid(problems)
    return reason.strip()
