"""Which bodies a committee is made of, and who has held its seats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from almoner.committees.tables import Appointment, CommitteeBody, Seat
from almoner.committees.words import SeatVote
from almoner.core.scope import TenantScope


async def bodies_on(scope: TenantScope, committee_id: UUID, on: date) -> set[UUID]:
    """The bodies that a committee is made of on a day."""
    query = select(CommitteeBody.body_id).where(
        col(CommitteeBody.tenant_id) == scope.tenant_id,
        col(CommitteeBody.committee_id) == committee_id,
        col(CommitteeBody.since_on) <= on,
        or_(col(CommitteeBody.until_on).is_(None), col(CommitteeBody.until_on) > on),
    )
    return {*(await scope.session.execute(query)).scalars()}


async def terms_in(scope: TenantScope, committee_id: UUID) -> Sequence[Appointment]:
    """All terms in a committee's seats, past ones too."""
    query = select(Appointment).where(
        col(Appointment.tenant_id) == scope.tenant_id, col(Appointment.committee_id) == committee_id
    )
    return (await scope.session.execute(query)).scalars().all()


async def voting_terms(scope: TenantScope, committee_id: UUID) -> Sequence[Appointment]:
    """All terms in a committee's voting seats, past ones too."""
    query = (
        select(Appointment)
        .join(Seat, (col(Seat.tenant_id) == col(Appointment.tenant_id)) & (col(Seat.id) == col(Appointment.seat_id)))
        .where(
            col(Appointment.tenant_id) == scope.tenant_id,
            col(Appointment.committee_id) == committee_id,
            col(Seat.vote) == SeatVote.VOTING,
        )
    )
    return (await scope.session.execute(query)).scalars().all()
