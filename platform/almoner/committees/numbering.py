"""Numbering schemes, which are rules of a committee: `{yy}{m}{nn}` makes 17708 of the eighth item in July 2017.

`{yyyy}` and `{yy}` are the year, `{mm}` and `{m}` the month with and without a leading zero, `{nn}` and `{n}` the
number within the meeting. Source: the agenda of 6 July 2017 and its action matrix (`17-03-08`).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

_PLACES = re.compile(r"\{(yyyy|yy|mm|m|nn|n)\}")
LONGEST = 40


def scheme_problem(scheme: Any) -> str | None:
    """What is wrong with a scheme, as a sentence; None if nothing is."""
    if not isinstance(scheme, str) or not 0 < len(scheme) <= LONGEST:
        return f"A numbering scheme is a text of at most {LONGEST} characters."
    if not {"n", "nn"} & set(_PLACES.findall(scheme)):
        return "A numbering scheme needs {n} or {nn}, the number within the meeting."
    if "{" in (rest := _PLACES.sub("", scheme)) or "}" in rest:
        return "A numbering scheme knows {yyyy}, {yy}, {mm}, {m}, {nn} and {n}."
    return None


def numbered(scheme: str, day: date, n: int) -> str:
    """The number of the n-th thing (from 1) of a meeting on that day."""
    values = {
        "yyyy": f"{day.year:04d}",
        "yy": f"{day.year % 100:02d}",
        "mm": f"{day.month:02d}",
        "m": str(day.month),
        "nn": f"{n:02d}",
        "n": str(n),
    }
    return _PLACES.sub(lambda found: values[found.group(1)], scheme)
