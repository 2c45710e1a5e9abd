"""Planning a meeting, and changing the plan before notice is given."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.committees.agenda import agenda_of, arrange, public_matter_problems
from almoner.committees.local_time import clock_of, instant_of
from almoner.committees.read import day_of, get_committee, get_meeting, rules_of, share_committee, time_zone_of
from almoner.committees.reminders import schedule_reminders
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Meeting
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import wording_problems

MAX_TITLE = 200
MAX_VENUE = 500
MAX_MINUTES = 24 * 60
#: Nobody plans longer ahead, and time zones are not known for longer.
MAX_AHEAD = timedelta(days=3_660)


async def plan_meeting(
    scope: TenantScope,
    committee_id: UUID,
    *,
    title: str,
    held_on: date,
    begins_at: str,
    minutes_allotted: int,
    venue: str,
    is_public: bool,
    second_time: bool | None = None,
) -> Meeting:
    """Plan a meeting of a committee. Day and time are those of the tenant's time zone.

    Args:
        begins_at: hours and minutes of a clock, `13:00`.
        second_time: which of the two, for a time that comes twice on that day.

    Raises:
        NotFound: no such committee that the viewer may see.
        Denied: the viewer lacks `meeting:plan` there.
        Invalid: a bad text or length, a day in the past or too far ahead, a time that does not exist or comes twice.
    """
    committee = await get_committee(scope, committee_id)
    scope.require(Permission.MEETING_PLAN, committee)
    # Other rules come into force before this meeting is there to be reminded of by them, or after.
    await share_committee(scope, committee.id)
    _check(title=title, minutes_allotted=minutes_allotted, venue=venue)
    meeting = Meeting(
        tenant_id=scope.tenant_id,
        committee_id=committee.id,
        title=title.strip(),
        held_on=held_on,
        starts_at=await _start(scope, held_on, begins_at, second_time),
        minutes_allotted=minutes_allotted,
        venue=venue.strip(),
        is_public=is_public,
    )
    scope.session.add(meeting)
    await scope.session.flush()
    await schedule_reminders(scope, meeting)
    scope.record("meeting.planned", meeting, held_on=held_on.isoformat(), is_public=is_public)
    return meeting


async def change_meeting(
    scope: TenantScope,
    meeting_id: UUID,
    *,
    title: str | None = None,
    held_on: date | None = None,
    begins_at: str | None = None,
    minutes_allotted: int | None = None,
    venue: str | None = None,
    is_public: bool | None = None,
    second_time: bool | None = None,
) -> Meeting:
    """Change what was planned, as long as notice is not given; what is None stays. Numbers of items follow the day.

    Raises:
        NotFound: no such meeting that the viewer may see.
        Denied: the viewer lacks `meeting:plan` there.
        Invalid: as in `plan_meeting`; or an item's matter is kept for public meetings.
        Conflict: the meeting is not PLANNED any more.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.MEETING_PLAN, meeting)
    if meeting.status != MeetingStatus.PLANNED:
        message = f"A meeting that is {meeting.status} is not changed: what was announced holds. Call it off instead."
        raise Conflict(message, code="WRONG_STATUS")
    _check(title=title, minutes_allotted=minutes_allotted, venue=venue)
    await _move(scope, meeting, held_on, begins_at, second_time)
    if title is not None:
        meeting.title = title.strip()
    if minutes_allotted is not None:
        meeting.minutes_allotted = minutes_allotted
    if venue is not None:
        meeting.venue = venue.strip()
    if is_public is not None:
        meeting.is_public = is_public
    meeting.revision += 1
    meeting.changed_at = scope.now()
    await _keep_agenda(scope, meeting)
    await schedule_reminders(scope, meeting)
    scope.record("meeting.changed", meeting, held_on=meeting.held_on.isoformat(), is_public=meeting.is_public)
    return meeting


async def _move(
    scope: TenantScope, meeting: Meeting, held_on: date | None, begins_at: str | None, second_time: bool | None
) -> None:
    """Give a meeting another day or time; what is not given stays, as clocks show it."""
    planned = (meeting.held_on, clock_of(meeting.starts_at, await time_zone_of(scope)))
    day = planned[0] if held_on is None else held_on
    clock = planned[1] if begins_at is None else begins_at
    if (day, clock) != planned or second_time is not None:
        meeting.starts_at = await _start(scope, day, clock, second_time)
        meeting.held_on = day


async def _keep_agenda(scope: TenantScope, meeting: Meeting) -> None:
    """Numbers follow the day, and matters stay where the rules want them."""
    items = await agenda_of(scope, meeting.id)
    if not items:
        return
    rules = await rules_of(scope, meeting.committee_id)
    for item in items:
        problems = public_matter_problems(rules, meeting.is_public, item.matter, item.is_private)
        if problems:
            raise Invalid([Problem(each.code, each.message, ("isPublic",)) for each in problems])
    arrange(items, rules.item_numbers, meeting.held_on)


async def _start(scope: TenantScope, held_on: date, begins_at: str, second_time: bool | None) -> datetime:
    """The instant at which a meeting begins.

    Raises:
        Invalid: as in `plan_meeting`.
    """
    zone = await time_zone_of(scope)
    now = day_of(scope.now(), zone)
    if held_on > now + MAX_AHEAD:
        message = f"Plan a meeting for a day until {now + MAX_AHEAD}."
        raise Invalid([Problem("MEETING_TOO_FAR", message, ("heldOn",))])
    past = Invalid([Problem("MEETING_IN_PAST", "A meeting is planned for a time that is still to come.", ("heldOn",))])
    if held_on < now:
        raise past
    starts_at = instant_of(held_on, begins_at, zone, second_time=second_time)
    if starts_at <= scope.now():
        raise past
    return starts_at


def _check(*, title: str | None, minutes_allotted: int | None, venue: str | None) -> None:
    problems = []
    if title is not None:
        problems += wording_problems(title, MAX_TITLE, ("title",))
    if venue is not None:
        problems += wording_problems(venue, MAX_VENUE, ("venue",))
    if minutes_allotted is not None and not 1 <= minutes_allotted <= MAX_MINUTES:
        message = f"A meeting lasts from 1 to {MAX_MINUTES} minutes."
        problems.append(Problem("BAD_MINUTES", message, ("minutesAllotted",)))
    if problems:
        raise Invalid(problems)
