"""Wall-clock times as instants: every change of clocks in every time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from almoner.committees.local_time import clock_of, instant_of, instants_of
from almoner.core.errors import Invalid

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
STEP = timedelta(days=5)
BEGIN, END = datetime(1972, 1, 1, tzinfo=UTC), datetime(2037, 12, 31, tzinfo=UTC)


class Change(NamedTuple):
    """Clocks of a zone are changed at an instant, by so much: forward if that is positive."""

    zone: str
    at: datetime
    by: timedelta


def offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    found = instant.astimezone(zone).utcoffset()
    assert found is not None
    return found


@lru_cache(maxsize=1024)
def changes(name: str) -> list[Change]:
    """All changes of a zone's clocks between BEGIN and END, found by halving the spans in which its offset changes."""
    zone, found, instant = ZoneInfo(name), [], BEGIN
    while instant < END:
        before, after = instant, instant + STEP
        if offset(zone, before) != offset(zone, after):
            while after - before > timedelta(seconds=1):
                middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
                before, after = (middle, after) if offset(zone, middle) == offset(zone, before) else (before, middle)
            found.append(Change(name, after, offset(zone, after) - offset(zone, before)))
        instant += STEP
    return found


# Zones of which clocks were changed at all; most of them are other names for the same.
some_change = st.sampled_from(ZONES).filter(changes).flatmap(lambda name: st.sampled_from(changes(name)))


def shown(zone: ZoneInfo, instant: datetime) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def codes(verb) -> list[str]:
    with pytest.raises(Invalid) as refused:
        verb()
    return [problem.code for problem in refused.value.problems]


@given(some_change, st.floats(0, 1, exclude_max=True))
def test_no_time_that_clocks_skip_exists_and_every_time_that_they_repeat_comes_twice(change, share):
    zone = ZoneInfo(change.zone)
    within = timedelta(seconds=int(abs(change.by).total_seconds() * share))
    old = (change.at - timedelta(seconds=1)).astimezone(zone)
    # What the clock would have shown without the change.
    reached = old.replace(tzinfo=None) + timedelta(seconds=1)
    if change.by > timedelta(0):
        assert instants_of(reached + within, zone) == []
        assert instants_of(reached + change.by, zone) == [change.at]
        assert instants_of(reached - timedelta(seconds=1), zone) == [change.at - timedelta(seconds=1)]
    elif change.by < timedelta(0):
        first, second = instants_of(reached + change.by + within, zone)
        assert second - first == -change.by
        assert first < change.at <= second


@given(
    st.sampled_from(ZONES), st.datetimes(BEGIN.replace(tzinfo=None), END.replace(tzinfo=None), timezones=st.just(UTC))
)
def test_what_a_clock_shows_leads_back_to_the_instant(name, instant):
    zone, instant = ZoneInfo(name), instant.replace(second=0, microsecond=0)
    local = shown(zone, instant)
    assume(not local.second)  # an offset with seconds, of which a clock's hours and minutes do not tell
    second = bool(instant.astimezone(zone).fold)
    assert instant_of(local.date(), local.strftime("%H:%M"), zone, second_time=second) == instant
    assert clock_of(instant, zone) == local.strftime("%H:%M")


def test_there_are_changes_of_both_kinds_to_look_at():
    found = [
        change for name in ("Europe/London", "America/New_York", "Australia/Lord_Howe") for change in changes(name)
    ]
    assert {change.by for change in found} >= {timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=30)}
    assert len(found) > 300
    assert changes("America/Phoenix") == []


@pytest.mark.parametrize(
    ("zone", "day", "clock", "code"),
    [
        ("Europe/London", date(2017, 3, 26), "01:30", "NO_SUCH_TIME"),
        ("Europe/London", date(2017, 10, 29), "01:30", "AMBIGUOUS_TIME"),
        ("America/New_York", date(2026, 3, 8), "02:00", "NO_SUCH_TIME"),
        ("America/New_York", date(2026, 11, 1), "01:00", "AMBIGUOUS_TIME"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "02:29", "NO_SUCH_TIME"),
        # A day that there never was.
        ("Pacific/Apia", date(2011, 12, 30), "13:00", "NO_SUCH_TIME"),
        *[
            ("Europe/London", date(2017, 7, 6), clock, "TIME_MALFORMED")
            for clock in ("", "1pm", "24:00", "13:60", "13:00:00", "1:00", "13.00", "١٣:٠٠", " 13:00", "13:00\n")
        ],
    ],
)
def test_a_time_that_says_no_instant_is_refused(zone, day, clock, code):
    assert codes(lambda: instant_of(day, clock, ZoneInfo(zone))) == [code]


def test_a_time_that_comes_twice_is_the_one_that_is_said():
    zone, day = ZoneInfo("Europe/London"), date(2017, 10, 29)
    assert instant_of(day, "01:30", zone, second_time=False) == datetime(2017, 10, 29, 0, 30, tzinfo=UTC)
    assert instant_of(day, "01:30", zone, second_time=True) == datetime(2017, 10, 29, 1, 30, tzinfo=UTC)


def test_no_answer_is_needed_for_a_time_that_comes_once():
    zone, day = ZoneInfo("Europe/London"), date(2017, 7, 6)
    assert {instant_of(day, "13:00", zone, second_time=each) for each in (None, False, True)} == {
        datetime(2017, 7, 6, 12, tzinfo=UTC)
    }
