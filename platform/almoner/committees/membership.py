"""Which bodies a committee is made of, and who has held its seats."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import col, select

from almoner.committees.composition import Term
from almoner.committees.tables import Appointment, CommitteeBody, Seat
from almoner.committees.words import SeatVote
from almoner.core.scope import TenantScope

_SEAT = and_(col(Seat.tenant_id) == col(Appointment.tenant_id), col(Seat.id) == col(Appointment.seat_id))


async def bodies_on(scope: TenantScope, committee_id: UUID, on: date) -> set[UUID]:
    """The bodies that a committee is made of on a day."""
    query = select(CommitteeBody.body_id).where(
        col(CommitteeBody.tenant_id) == scope.tenant_id,
        col(CommitteeBody.committee_id) == committee_id,
        col(CommitteeBody.since_on) <= on,
        or_(col(CommitteeBody.until_on).is_(None), col(CommitteeBody.until_on) > on),
    )
    return {*(await scope.session.execute(query)).scalars()}


async def is_body_throughout(scope: TenantScope, committee_id: UUID, body_id: UUID, term: Term) -> bool:
    """Whether a committee is made of a body on all days of a term."""
    query = select(CommitteeBody.id).where(
        col(CommitteeBody.tenant_id) == scope.tenant_id,
        col(CommitteeBody.committee_id) == committee_id,
        col(CommitteeBody.body_id) == body_id,
        col(CommitteeBody.since_on) <= term.begins_on,
        col(CommitteeBody.until_on).is_(None)
        if term.ends_on is None
        else or_(col(CommitteeBody.until_on).is_(None), col(CommitteeBody.until_on) >= term.ends_on),
    )
    return (await scope.session.execute(query)).first() is not None


async def terms_in(scope: TenantScope, committee_id: UUID) -> Sequence[Appointment]:
    """All terms in a committee's seats, past ones too."""
    query = select(Appointment).where(
        col(Appointment.tenant_id) == scope.tenant_id, col(Appointment.committee_id) == committee_id
    )
    return (await scope.session.execute(query)).scalars().all()


async def terms_in_seats(scope: TenantScope, committee_id: UUID, votes: Collection[SeatVote]) -> Sequence[Appointment]:
    """The same for seats that vote like this, or do not."""
    query = (
        select(Appointment)
        .join(Seat, _SEAT)
        .where(
            col(Appointment.tenant_id) == scope.tenant_id,
            col(Appointment.committee_id) == committee_id,
            col(Seat.vote).in_(votes),
        )
    )
    return (await scope.session.execute(query)).scalars().all()


async def terms_of(scope: TenantScope, subject_ids: Collection[UUID]) -> list[tuple[Appointment, SeatVote]]:
    """All terms of these people in seats of any committee, past ones too, each with whether the seat votes."""
    query = (
        select(Appointment, col(Seat.vote))
        .join(Seat, _SEAT)
        .where(col(Appointment.tenant_id) == scope.tenant_id, col(Appointment.subject_id).in_(subject_ids))
        .order_by(col(Appointment.id))
    )
    return [(term, SeatVote(vote)) for term, vote in await scope.session.execute(query)]
