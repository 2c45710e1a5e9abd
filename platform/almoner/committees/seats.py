"""Seats of a committee: adding a category of them, and closing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from almoner.committees.changeable import changeable, changeable_part
from almoner.committees.rules import LARGEST
from almoner.committees.tables import Seat
from almoner.committees.words import SeatRole, SeatStandsFor, SeatVote
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_LINE, wording_problems


@dataclass(frozen=True, slots=True)
class NewSeat:
    """What somebody says of a category of seats; see `tables.Seat`."""

    title: str
    minimum: int
    maximum: int | None
    vote: SeatVote
    drawn_from: str
    stands_for: SeatStandsFor
    role: SeatRole


async def add_seat(scope: TenantScope, committee_id: UUID, new: NewSeat) -> Seat:
    """Add a category of seats.

    Raises:
        NotFound: no such committee that the viewer may see.
        Denied: the viewer lacks `committee:change`.
        Invalid: texts, numbers or a role that do not fit.
        Conflict: there is a seat of this title already.
    """
    await changeable(scope, committee_id)
    if problems := [*_problems(new)]:
        raise Invalid(problems)
    query = select(Seat.id).where(
        col(Seat.tenant_id) == scope.tenant_id,
        col(Seat.committee_id) == committee_id,
        col(Seat.title) == new.title.strip(),
    )
    if (await scope.session.execute(query)).first() is not None:
        raise Conflict("The committee has a seat of this title already.", code="SEAT_EXISTS", path=("title",))
    seat = Seat(
        tenant_id=scope.tenant_id,
        committee_id=committee_id,
        title=new.title.strip(),
        minimum=new.minimum,
        maximum=new.maximum,
        vote=new.vote,
        drawn_from=new.drawn_from.strip(),
        stands_for=new.stands_for,
        role=new.role,
    )
    scope.session.add(seat)
    await scope.session.flush()
    scope.record("seat.added", seat, committee=str(committee_id), title=seat.title, vote=seat.vote, role=seat.role)
    return seat


def _problems(new: NewSeat) -> Iterator[Problem]:
    yield from wording_problems(new.title, LONGEST_LINE, ("title",))
    yield from wording_problems(new.drawn_from, LONGEST_LINE, ("drawnFrom",))
    if not 0 <= new.minimum <= LARGEST:
        yield Problem("SEAT_NUMBERS", f"A seat has from 0 to {LARGEST} holders at least.", ("minimum",))
    elif new.maximum is not None and not max(new.minimum, 1) <= new.maximum <= LARGEST:
        message = f"The maximum is a number from the minimum, and from 1, to {LARGEST}; leave it out for any number."
        yield Problem("SEAT_NUMBERS", message, ("maximum",))
    if new.vote == SeatVote.VOTING and new.role == SeatRole.OBSERVER:
        yield Problem("SEAT_ROLE_CANNOT_VOTE", "Whoever votes sits as a member or in the chair.", ("role",))


async def close_seat(scope: TenantScope, seat_id: UUID) -> Seat:
    """Let nobody be appointed to a seat any more. Who holds one sits until the end of the term.

    Raises:
        NotFound: no such seat that the viewer may see.
        Denied: the viewer lacks `committee:change`.
        Conflict: it is closed already.
    """
    seat = await changeable_part(scope, Seat, seat_id)
    if seat.closed_at is not None:
        raise Conflict("This seat is closed already.", code="SEAT_CLOSED")
    seat.closed_at = scope.now()
    scope.record("seat.closed", seat, committee=str(seat.committee_id), title=seat.title)
    return seat
