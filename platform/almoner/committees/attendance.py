"""Recording who is in the room: apologies, arrivals, departures; the quorum is watched meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.composition import holds
from almoner.committees.moments import BEFORE_ITS_END, insist_on_status
from almoner.committees.presence import watch_quorum
from almoner.committees.read import get_meeting, today
from almoner.committees.status import MeetingStatus
from almoner.committees.substitutes import Substitute, insist_on_substitute
from almoner.committees.tables import Appointment, Attendance, AttendanceSpan, Meeting
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope

#: While people come and go.
_GATHERING = (MeetingStatus.AGENDA_PUBLISHED, MeetingStatus.IN_SESSION)


async def record_apologies(
    scope: TenantScope, meeting_id: UUID, appointment_id: UUID, substitute: Substitute | None = None
) -> Attendance:
    """Record that somebody will not come, and who sits in for them; again, to name somebody else.

    Raises:
        NotFound: no such meeting or appointment that the viewer may see.
        Denied: the viewer lacks `attendance:record` for the meeting.
        Invalid: this person is not appointed on the day of the meeting, or as `insist_on_substitute` says.
        Conflict: the meeting is over, or they are in the room.
    """
    moment = await _begin(scope, meeting_id, appointment_id)
    insist_on_status(moment.meeting, BEFORE_ITS_END)
    attendance = moment.attendance
    if attendance.is_present:
        raise Conflict("They are in the room: record their departure first.", code="ALREADY_PRESENT")
    await insist_on_substitute(scope, moment.meeting, moment.appointment, substitute)
    _sits_in(attendance, substitute)
    attendance.apologies_at = attendance.apologies_at or scope.now()
    scope.record("attendance.apologies_recorded", attendance, substitute=substitute is not None)
    return attendance


async def record_arrival(
    scope: TenantScope,
    meeting_id: UUID,
    appointment_id: UUID,
    substitute: Substitute | None = None,
    *,
    in_person: bool = False,
) -> Attendance:
    """Record that somebody has come, or their substitute: the one given, or who was named with the apologies.

    Args:
        in_person: the holder has come after all, and nobody sits in for them any more.

    Raises:
        NotFound, Denied, Invalid: as for apologies.
        Conflict: the meeting's agenda is not published or the meeting is over, its day has not come, or they are in
            the room already.
    """
    moment = await _begin(scope, meeting_id, appointment_id)
    meeting, attendance = moment.meeting, moment.attendance
    insist_on_status(meeting, _GATHERING)
    if await today(scope) < meeting.held_on:
        raise Conflict(f"This meeting is on {meeting.held_on}: nobody arrives before.", code="BEFORE_ITS_DAY")
    if attendance.is_present:
        raise Conflict("They are in the room already.", code="ALREADY_PRESENT")
    if in_person and substitute is not None:
        message = "Say who has come: the holder in person, or a substitute."
        raise Invalid([Problem("SUBSTITUTE_NOT_WANTED", message, ("substitute",))])
    comes = None if in_person else substitute or _named(attendance)
    await insist_on_substitute(scope, meeting, moment.appointment, comes)
    _sits_in(attendance, comes)
    if comes is None:
        attendance.apologies_at = None
    attendance.is_present = True
    await scope.session.flush()
    span = AttendanceSpan(
        tenant_id=scope.tenant_id,
        attendance_id=attendance.id,
        arrived_at=scope.now(),
        substitute=attendance.substitute,
        substitute_id=attendance.substitute_id,
    )
    scope.session.add(span)
    scope.record("attendance.arrival_recorded", attendance, substitute=comes is not None)
    await _watch(scope, meeting)
    return attendance


async def record_departure(scope: TenantScope, meeting_id: UUID, appointment_id: UUID) -> Attendance:
    """Record that somebody has left; before the opening, that they have not attended so far.

    Raises:
        NotFound, Denied: as for apologies.
        Invalid: this person is not appointed on the day of the meeting.
        Conflict: the meeting's agenda is not published or the meeting is over, or they are not in the room.
    """
    moment = await _begin(scope, meeting_id, appointment_id)
    insist_on_status(moment.meeting, _GATHERING)
    if not moment.attendance.is_present:
        raise Conflict("They are not in the room.", code="NOT_PRESENT")
    await depart(scope, moment.meeting, moment.attendance)
    return moment.attendance


async def depart(scope: TenantScope, meeting: Meeting, attendance: Attendance) -> None:
    """Somebody leaves a meeting, whoever says so."""
    attendance.is_present = False
    spans = update(AttendanceSpan).where(
        col(AttendanceSpan.tenant_id) == scope.tenant_id,
        col(AttendanceSpan.attendance_id) == attendance.id,
        col(AttendanceSpan.left_at).is_(None),
    )
    await scope.session.execute(spans.values(left_at=scope.now()))
    scope.record("attendance.departure_recorded", attendance)
    await _watch(scope, meeting)


async def publish_attendance(scope: TenantScope, meeting: Meeting) -> None:
    """Let everybody know of what was recorded before a public meeting was opened; what follows is public at once.

    It is what anybody in the public gallery sees.
    """
    rows = update(Attendance).where(
        col(Attendance.tenant_id) == scope.tenant_id, col(Attendance.meeting_id) == meeting.id
    )
    await scope.session.execute(rows.values(public_at=scope.now()))


async def unseat(scope: TenantScope, meeting: Meeting, appointment: Appointment) -> None:
    """A term has ended: whoever is in the room for it leaves, and the quorum may be another one without its seat."""
    attendance = await _attendance_if_any(scope, meeting, appointment)
    if attendance is not None and attendance.is_present:
        await depart(scope, meeting, attendance)
    else:
        await _watch(scope, meeting)


async def _watch(scope: TenantScope, meeting: Meeting) -> None:
    """The first look at the quorum is at the opening."""
    await scope.session.flush()
    if meeting.status == MeetingStatus.IN_SESSION:
        await watch_quorum(scope, meeting)


@dataclass(frozen=True, slots=True)
class _Moment:
    meeting: Meeting
    appointment: Appointment
    attendance: Attendance


async def _begin(scope: TenantScope, meeting_id: UUID, appointment_id: UUID) -> _Moment:
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.ATTENDANCE_RECORD, meeting)
    appointment = await scope.get(Appointment, appointment_id, Permission.APPOINTMENT_VIEW)
    is_seated = holds(appointment, meeting.held_on) and appointment.ended_at is None
    if appointment.committee_id != meeting.committee_id or not is_seated:
        message = "Name somebody who is appointed to this committee on the day of the meeting."
        raise Invalid([Problem("NOT_APPOINTED", message, ("appointment",))])
    return _Moment(meeting, appointment, await _attendance_of(scope, meeting, appointment))


async def _attendance_of(scope: TenantScope, meeting: Meeting, appointment: Appointment) -> Attendance:
    found = await _attendance_if_any(scope, meeting, appointment)
    if found is None:
        found = Attendance(
            tenant_id=scope.tenant_id,
            committee_id=meeting.committee_id,
            meeting_id=meeting.id,
            appointment_id=appointment.id,
            public_at=scope.now() if meeting.is_public and meeting.status == MeetingStatus.IN_SESSION else None,
        )
        scope.session.add(found)
    return found


async def _attendance_if_any(scope: TenantScope, meeting: Meeting, appointment: Appointment) -> Attendance | None:
    query = select(Attendance).where(
        col(Attendance.tenant_id) == scope.tenant_id,
        col(Attendance.meeting_id) == meeting.id,
        col(Attendance.appointment_id) == appointment.id,
    )
    return (await scope.session.execute(query)).scalar_one_or_none()


def _named(attendance: Attendance) -> Substitute | None:
    return None if attendance.substitute is None else Substitute(attendance.substitute, attendance.substitute_id)


def _sits_in(attendance: Attendance, substitute: Substitute | None) -> None:
    attendance.substitute = None if substitute is None else substitute.name.strip()
    attendance.substitute_id = None if substitute is None else substitute.account_id
