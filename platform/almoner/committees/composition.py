"""When terms overlap, and how many hold at once: pure functions of the days on which people hold seats.

Days are half-open: a term of `[begins_on, ends_on)` does not hold on `ends_on`; without an end it is for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol


class Term(Protocol):
    """The days on which somebody holds a seat."""

    @property
    def begins_on(self) -> date:
        """The first day."""

    @property
    def ends_on(self) -> date | None:
        """The first day on which they do not hold it; None: for good."""


@dataclass(frozen=True, slots=True)
class Days:
    """A term and nothing else."""

    begins_on: date
    ends_on: date | None = None


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
