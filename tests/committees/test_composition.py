"""Terms of days: when they overlap, and how many hold at once."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from almoner.committees.composition import Days, holds, most_at_once, overlap

FIRST = date(2017, 1, 1)
#: All days on which anything can differ.
CALENDAR = [FIRST + timedelta(days=n) for n in range(30)]


def days(begin: int, end: int | None) -> Days:
    return Days(CALENDAR[begin], None if end is None else CALENDAR[end])


numbers = st.integers(0, 20)
lengths = st.integers(0, 9)
# Also terms without a day: those that were ended before they began.
terms = st.builds(
    lambda begin, length: days(begin, None if length is None else begin + length), numbers, st.none() | lengths
)


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


def test_a_term_ends_before_its_last_day_and_the_next_begins_on_it():
    first, next_ = days(0, 10), days(10, 20)
    assert overlap(first, next_) is None
    assert [holds(first, CALENDAR[9]), holds(first, CALENDAR[10]), holds(next_, CALENDAR[10])] == [True, False, True]
    assert most_at_once([first], next_) == 0
