"""Who sits on a committee, who is in the room, and whether that is a quorum."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from almoner.committees.quorum import Quorum, Sitting, quorum_of
from almoner.committees.read import rules_of
from almoner.committees.rules import Rules
from almoner.committees.tables import Appointment, Attendance, Meeting, Seat
from almoner.committees.words import SeatVote
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope


async def voting_appointments(scope: TenantScope, committee_id: UUID, on: date) -> Sequence[Appointment]:
    """Those who hold a voting seat of a committee on a day."""
    query = (
        select(Appointment)
        .join(Seat, (col(Seat.tenant_id) == col(Appointment.tenant_id)) & (col(Seat.id) == col(Appointment.seat_id)))
        .where(
            col(Appointment.tenant_id) == scope.tenant_id,
            col(Appointment.committee_id) == committee_id,
            col(Appointment.begins_on) <= on,
            or_(col(Appointment.ends_on).is_(None), col(Appointment.ends_on) > on),
            col(Seat.vote) == SeatVote.VOTING,
        )
        .order_by(col(Appointment.id))
    )
    return (await scope.session.execute(query)).scalars().all()


async def quorum_in(scope: TenantScope, meeting: Meeting, rules: Rules) -> Quorum:
    """The quorum of a meeting as people are in the room now. A substitute counts where substitutes vote."""
    voting = await voting_appointments(scope, meeting.committee_id, meeting.held_on)
    query = select(Attendance).where(
        col(Attendance.tenant_id) == scope.tenant_id,
        col(Attendance.meeting_id) == meeting.id,
        col(Attendance.is_present),
    )
    there = {each.appointment_id: each for each in (await scope.session.execute(query)).scalars()}
    present = [
        Sitting(each.id, each.body_id)
        for each in voting
        if each.id in there and (there[each.id].substitute is None or rules.substitutes_vote)
    ]
    return quorum_of(rules.quorum, present, len(voting))


async def insist_on_quorum(scope: TenantScope, meeting: Meeting) -> None:
    """Refuse what only a quorate meeting may do.

    Raises:
        Conflict: the meeting is inquorate now, and what is lacking.
    """
    quorum = await quorum_in(scope, meeting, await rules_of(scope, meeting.committee_id))
    if not quorum.is_there:
        lacking = " and ".join(quorum.lacking)
        raise Conflict(f"The meeting is inquorate: it lacks {lacking}.", code="INQUORATE")
