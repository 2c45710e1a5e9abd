"""Terms of days: when they overlap, how many hold at once, how seats are filled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from almoner.committees.composition import Days, SeatFilling, composition, holds, most_at_once, overlap

FIRST = date(2017, 1, 1)
#: All days on which anything can differ.
CALENDAR = [FIRST + timedelta(days=n) for n in range(30)]
LEFT, RIGHT = UUID(int=1), UUID(int=2)


def days(begin: int, end: int | None) -> Days:
    return Days(CALENDAR[begin], None if end is None else CALENDAR[end])


numbers = st.integers(0, 20)
# Also terms without a day: those that were ended before they began.
terms = st.tuples(numbers, st.none() | numbers).map(lambda pair: days(pair[0], None if pair[1] is None else max(pair)))


@dataclass(frozen=True)
class Holding:
    seat_id: UUID
    begins_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Category:
    id: UUID
    minimum: int
    maximum: int | None


@given(terms, terms)
def test_the_overlap_of_two_terms_is_the_days_on_which_both_hold(one, other):
    shared = overlap(one, other)
    both = [day for day in CALENDAR if holds(one, day) and holds(other, day)]
    assert both == ([] if shared is None else [day for day in CALENDAR if holds(shared, day)])
    assert (shared is None) == (not both)
    assert overlap(other, one) == shared


@given(st.lists(terms, max_size=8), terms)
def test_the_most_at_once_is_the_count_of_the_fullest_day(held, within):
    counts = [sum(holds(term, day) for term in held) for day in CALENDAR if holds(within, day)]
    assert most_at_once(held, within) == max(counts, default=0)


@given(st.lists(terms, max_size=8), st.integers(1, 3), terms)
def test_who_is_appointed_only_below_the_maximum_never_makes_a_day_with_more(wanted, maximum, last):
    held: list[Days] = []
    for term in [*wanted, last]:
        if most_at_once(held, term) < maximum:
            held.append(term)
    assert all(sum(holds(term, day) for term in held) <= maximum for day in CALENDAR)


@given(
    st.lists(st.tuples(st.sampled_from((LEFT, RIGHT)), terms), max_size=8),
    st.integers(0, 3),
    st.none() | st.integers(1, 3),
    st.sampled_from(CALENDAR),
)
def test_a_composition_counts_those_who_hold_a_seat_on_the_day(held, minimum, maximum, on):
    seats = [Category(LEFT, minimum, maximum), Category(RIGHT, 0, None)]
    left, right = composition(seats, [Holding(seat, term.begins_on, term.ends_on) for seat, term in held], on)
    filled = sum(seat == LEFT and holds(term, on) for seat, term in held)
    assert left == SeatFilling(
        LEFT, filled, max(0, minimum - filled), is_full=maximum is not None and filled >= maximum
    )
    assert (right.lacking, right.is_full) == (0, False)


def test_a_term_ends_before_its_last_day_and_the_next_begins_on_it():
    first, next_ = days(0, 10), days(10, 20)
    assert overlap(first, next_) is None
    assert [holds(first, CALENDAR[9]), holds(first, CALENDAR[10]), holds(next_, CALENDAR[10])] == [True, False, True]
    assert most_at_once([first], next_) == 0
