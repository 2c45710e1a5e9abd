"""How seats are filled, and when terms overlap: pure functions of seats and the days on which people hold them.

Days are half-open: a term of `[begins_on, ends_on)` does not hold on `ends_on`; without an end it is for good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID


class Term(Protocol):
    """The days on which somebody holds a seat."""

    @property
    def begins_on(self) -> date:
        """The first day."""

    @property
    def ends_on(self) -> date | None:
        """The first day on which they do not hold it; None: for good."""


class SeatRange(Protocol):
    """A category of seats, with how many people hold one at a time."""

    id: UUID
    minimum: int
    maximum: int | None


class Holding(Term, Protocol):
    """A term in a seat."""

    seat_id: UUID


@dataclass(frozen=True, slots=True)
class Days:
    """A term and nothing else."""

    begins_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class SeatFilling:
    """A category of seats on a day.

    Attributes:
        filled: how many people hold one.
        lacking: how many are missing from the minimum.
        is_full: nobody else can be appointed.
    """

    seat_id: UUID
    filled: int
    lacking: int
    is_full: bool


def holds(term: Term, on: date) -> bool:
    """Whether a term holds on a day."""
    return term.begins_on <= on and (term.ends_on is None or on < term.ends_on)


def overlap(one: Term, other: Term) -> Days | None:
    """The days that two terms have in common; None if there is none."""
    begin = max(one.begins_on, other.begins_on)
    end = min((end for end in (one.ends_on, other.ends_on) if end is not None), default=None)
    return Days(begin, end) if end is None or begin < end else None


def most_at_once(terms: Iterable[Term], within: Term) -> int:
    """How many of the terms hold at once on the fullest day of `within`; 0 if that has no day."""
    shared = [each for each in (overlap(term, within) for term in terms) if each is not None]
    # The number rises on first days only, so the fullest day is one of these.
    return max((sum(holds(each, first.begins_on) for each in shared) for first in shared), default=0)


def composition(seats: Sequence[SeatRange], appointments: Iterable[Holding], on: date) -> list[SeatFilling]:
    """How the seats of a committee are filled on a day, in the order of the seats."""
    filled = Counter(each.seat_id for each in appointments if holds(each, on))
    return [
        SeatFilling(
            seat.id,
            filled[seat.id],
            max(seat.minimum - filled[seat.id], 0),
            seat.maximum is not None and filled[seat.id] >= seat.maximum,
        )
        for seat in seats
    ]
