"""Ending an appointment before its time."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.offices import end_with_office
from almoner.authorization.permissions import Permission
from almoner.committees.attendance import unseat
from almoner.committees.read import get_committee, today
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Appointment, Meeting
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason


async def end_appointment(scope: TenantScope, appointment_id: UUID, *, reason: str) -> Appointment:
    """End an appointment today, and the role that it gave with it at once.

    Today is then the first day on which the seat is not held; a term that had not begun has no day at all. Whoever is
    in the room for it, in a meeting that goes on or is about to, leaves now.

    Raises:
        NotFound: no such appointment that the viewer may see.
        Denied: the viewer lacks `appointment:end`.
        Invalid: no reason.
        Conflict: it has ended already.
    """
    appointment = await scope.get(Appointment, appointment_id, Permission.APPOINTMENT_VIEW)
    scope.require(Permission.APPOINTMENT_END, appointment)
    require_reason(reason, "Say why the appointment ends.")
    # Meetings come before the committee, as for everybody who decides in one.
    meetings = await _hold_meetings(scope, appointment.committee_id)
    await get_committee(scope, appointment.committee_id, lock=True)
    await scope.session.refresh(appointment)
    this_day = await today(scope)
    if appointment.ended_at is not None or (appointment.ends_on is not None and appointment.ends_on <= this_day):
        raise Conflict("This appointment has ended already.", code="APPOINTMENT_ENDED")
    appointment.ends_on = max(this_day, appointment.begins_on)
    appointment.ended_at = scope.now()
    appointment.end_reason = reason.strip()
    await end_with_office(scope, appointment.assignment_id, reason=appointment.end_reason)
    await scope.session.flush()
    scope.record(
        "appointment.ended",
        appointment,
        committee=str(appointment.committee_id),
        seat=str(appointment.seat_id),
        holder=str(appointment.subject_id),
        ends_on=appointment.ends_on.isoformat(),
    )
    for meeting in meetings:
        await unseat(scope, meeting, appointment)
    return appointment


async def _hold_meetings(scope: TenantScope, committee_id: UUID) -> Sequence[Meeting]:
    """The meetings of a committee in which somebody may be in the room; nobody opens or closes them meanwhile."""
    query = (
        select(Meeting)
        .where(
            col(Meeting.tenant_id) == scope.tenant_id,
            col(Meeting.committee_id) == committee_id,
            col(Meeting.status).in_((MeetingStatus.AGENDA_PUBLISHED, MeetingStatus.IN_SESSION)),
        )
        .order_by(col(Meeting.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await scope.session.execute(query)).scalars().all()
