"""Who may sit in for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.holders import somebody_may
from almoner.authorization.permissions import Permission
from almoner.committees.composition import Days
from almoner.committees.exclusions import exclusion_problems
from almoner.committees.presence import voting_appointments
from almoner.committees.tables import Appointment, Attendance, Meeting, Seat
from almoner.core.errors import Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank

MAX_NAME = 200
_PATH = ("substitute", "account")


@dataclass(frozen=True, slots=True)
class Substitute:
    """Who sits in for somebody; without an account they are in the room, and neither vote nor count."""

    name: str
    account_id: UUID | None = None


async def insist_on_substitute(
    scope: TenantScope, meeting: Meeting, appointment: Appointment, substitute: Substitute | None
) -> None:
    """Insist that somebody may sit in for the holder of an appointment.

    Raises:
        Invalid: no name, or too long a one; an account that may not vote at the committee, that holds a voting seat of
            it, or that sits in for somebody else in this meeting; an exclusion keeps its holder from the seat that day.
    """
    if substitute is None:
        return
    problems = []
    if is_blank(substitute.name) or len(substitute.name.strip()) > MAX_NAME:
        message = f"Give the substitute's name, of at most {MAX_NAME} characters."
        problems.append(Problem("NAME_MISSING", message, ("substitute", "name")))
    if substitute.account_id is not None:
        problem = await _problem_of(scope, meeting, appointment, substitute.account_id)
        problems += [problem] if problem else await _excluded(scope, meeting, appointment, substitute.account_id)
    if problems:
        raise Invalid(problems)


async def _excluded(scope: TenantScope, meeting: Meeting, appointment: Appointment, account_id: UUID) -> list[Problem]:
    """What keeps from holding a seat keeps from sitting in it for a day."""
    seat = await scope.find(Seat, appointment.seat_id)
    if seat is None:
        raise LookupError("an appointment is to a seat")
    day = Days(meeting.held_on, meeting.held_on + timedelta(days=1))
    found = await exclusion_problems(scope, seat, account_id, day)
    return [Problem(each.code, each.message, _PATH) for each in found]


async def _problem_of(
    scope: TenantScope, meeting: Meeting, appointment: Appointment, account_id: UUID
) -> Problem | None:
    if not await somebody_may(scope, account_id, Permission.BALLOT_CAST, meeting):
        message = "This account may not vote at this committee: give it a role there, or leave the account away."
        return Problem("SUBSTITUTE_MAY_NOT_VOTE", message, _PATH)
    voting = await voting_appointments(scope, meeting.committee_id, meeting.held_on)
    if any(each.subject_id == account_id for each in voting):
        message = "A voting member cannot sit in for somebody: one person has one vote."
        return Problem("SUBSTITUTE_IS_MEMBER", message, _PATH)
    query = select(Attendance.id).where(
        col(Attendance.tenant_id) == scope.tenant_id,
        col(Attendance.meeting_id) == meeting.id,
        col(Attendance.substitute_id) == account_id,
        col(Attendance.appointment_id) != appointment.id,
    )
    if (await scope.session.execute(query.limit(1))).first() is not None:
        message = "This account sits in for somebody else in this meeting: one person has one vote."
        return Problem("SUBSTITUTE_IS_TAKEN", message, _PATH)
    return None
