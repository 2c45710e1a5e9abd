"""Wall-clock times of a day as instants: on days when clocks are changed some do not exist, and some come twice."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from almoner.core.errors import Invalid, Problem

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_PATH = ("beginsAt",)


def instant_of(day: date, clock: str, zone: ZoneInfo, *, second_time: bool | None = None) -> datetime:
    """The instant, in UTC, at which a clock in that zone shows that time on that day.

    Args:
        clock: hours and minutes, `13:00`.
        second_time: which one, for a time that comes twice that day; says nothing of any other.

    Raises:
        Invalid: it is no time of a clock, there is no such time that day, or it comes twice and nobody says which.
    """
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise Invalid([Problem("TIME_MALFORMED", "Write the time as hh:mm, from 00:00 to 23:59.", _PATH)])
    shown = datetime(day.year, day.month, day.day, int(found.group(1)), int(found.group(2)))  # noqa: DTZ001
    instants = instants_of(shown, zone)
    if not instants:
        message = f"Clocks are put forward on {day}: there is no {clock} that day. Take another time."
        raise Invalid([Problem("NO_SUCH_TIME", message, _PATH)])
    if len(instants) == 1:
        return instants[0]
    if second_time is None:
        message = f"Clocks are put back on {day}: {clock} comes twice. Say with `secondTime` which one you mean."
        raise Invalid([Problem("AMBIGUOUS_TIME", message, ("secondTime",))])
    return instants[int(second_time)]


def instants_of(shown: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants, in UTC and in order, at which clocks in that zone show this: none, one or two."""
    found = {shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(instant for instant in found if instant.astimezone(zone).replace(tzinfo=None) == shown)


def clock_of(instant: datetime, zone: ZoneInfo) -> str:
    """What a clock in that zone shows at an instant, as `instant_of` takes it."""
    return instant.astimezone(zone).strftime("%H:%M")
