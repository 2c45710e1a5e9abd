"""Reading fields of unparsed input: every reader reports what is wrong and goes on with a harmless stand-in.

A stand-in (an empty text, the number 1) lets the rest of the input be checked in the same pass, so that all problems
come back in one answer. What was read is only used when no problem was reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from almoner.core.errors import Invalid, Problem
from almoner.core.numbers import NumberRefused, parse_decimal
from almoner.core.texts import is_blank

MAX_TEXT = 200
MAX_PROBLEMS = 1000

Path = tuple[str, ...]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STAND_IN = Decimal(1)


class Problems:
    """The problems found so far; after the first thousand they are only counted."""

    __slots__ = ("found", "left_out")

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.left_out = 0

    def add(self, code: str, message: str, path: Path) -> None:
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(Problem(code, message, path))
        else:
            self.left_out += 1

    @property
    def full(self) -> bool:
        return len(self.found) >= MAX_PROBLEMS

    def raise_if_any(self) -> None:
        """Raises: Invalid: with everything found, and with how many were left out."""
        if self.left_out:
            message = f"{self.left_out} more problems are not listed; correct these first."
            raise Invalid([*self.found, Problem("TOO_MANY_PROBLEMS", message, ("input",))])
        if self.found:
            raise Invalid(self.found)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a number must be besides a number."""

    code: str
    message: str
    accepts: Callable[[Decimal], bool]


def number(problems: Problems, raw: Mapping[str, object], key: str, path: Path, rule: Rule) -> Decimal:
    """Read `raw[key]` as a decimal that `rule` accepts; 1 when it is not."""
    value = raw.get(key)
    if value is None:
        problems.add("REQUIRED", f"Give {key}.", (*path, key))
        return _STAND_IN
    try:
        result = parse_decimal(value)
    except NumberRefused as refused:
        problems.add(refused.code, refused.message, (*path, key))
        return _STAND_IN
    if not rule.accepts(result):
        problems.add(rule.code, rule.message, (*path, key))
        return _STAND_IN
    return result


def text(problems: Problems, raw: Mapping[str, object], key: str, path: Path) -> str:
    """Read `raw[key]` as a text of 1 to 200 characters that is not blank; the empty text when it is not."""
    value = raw.get(key)
    if value is None:
        problems.add("REQUIRED", f"Give {key}.", (*path, key))
        return ""
    return checked_text(problems, value, (*path, key))


def checked_text(problems: Problems, value: object, path: Path) -> str:
    """`value`, if it is a text that can be stored and read; else the empty text."""
    if not isinstance(value, str):
        problems.add("NOT_TEXT", "Give a text.", path)
    elif is_blank(value):
        problems.add("TEXT_BLANK", "Give a text that is not blank.", path)
    elif len(value) > MAX_TEXT:
        problems.add("TEXT_TOO_LONG", f"Give at most {MAX_TEXT} characters.", path)
    elif value.isascii() and value.isprintable():
        return value
    elif "\0" in value:
        problems.add("TEXT_HAS_NUL", "Leave out the character U+0000; it cannot be stored.", path)
    elif any("\ud800" <= character <= "\udfff" for character in value):
        problems.add(
            "TEXT_NOT_UNICODE", "Leave out unpaired surrogates (U+D800 to U+DFFF); they are no characters.", path
        )
    else:
        return value
    return ""


def boolean(problems: Problems, raw: Mapping[str, object], key: str, path: Path) -> bool:
    value = raw.get(key)
    if value is None:
        problems.add("REQUIRED", f"Give {key}.", (*path, key))
    elif not isinstance(value, bool):
        problems.add("NOT_A_BOOLEAN", "Give true or false.", (*path, key))
    return value is True


def day(problems: Problems, raw: Mapping[str, object], key: str, path: Path) -> date | None:
    """Read `raw[key]` as a day, `yyyy-mm-dd`; None when it is none."""
    value = raw.get(key)
    if value is None:
        problems.add("REQUIRED", f"Give {key}.", (*path, key))
    elif not isinstance(value, str) or _DAY.fullmatch(value) is None:
        problems.add("DATE_MALFORMED", "Write the day as yyyy-mm-dd.", (*path, key))
    else:
        try:
            result = date.fromisoformat(value)
        except ValueError:
            problems.add("DATE_NOT_REAL", "Give a day that is in the calendar.", (*path, key))
        else:
            if result != date.max:
                return result
            # The day after it, with which the period would end, cannot be written.
            problems.add("DATE_NOT_REAL", "Give a day before 9999-12-31.", (*path, key))
    return None


def record(problems: Problems, value: object, path: Path, known: frozenset[str]) -> Mapping[str, object] | None:
    """`value` as an object with no other than the known fields; None when it is no object."""
    if not isinstance(value, Mapping):
        problems.add("NOT_AN_OBJECT", "Give an object with named fields.", path)
        return None
    if not value.keys() <= known:
        for name in sorted(str(key) for key in value.keys() - known):
            # The name is the sender's and may be of any length.
            problems.add("UNKNOWN_FIELD", "Leave out this field; it is not known here.", (*path, name[:MAX_TEXT]))
    return value


def required_record(
    problems: Problems, raw: Mapping[str, object], key: str, path: Path, known: frozenset[str]
) -> Mapping[str, object] | None:
    """`raw[key]` as an object; None, and a problem, when it is missing or none."""
    if raw.get(key) is None:
        problems.add("REQUIRED", f"Give {key}.", (*path, key))
        return None
    return record(problems, raw[key], (*path, key), known)


def items(
    problems: Problems, raw: Mapping[str, object], key: str, path: Path, *, required: bool = True
) -> Sequence[object] | None:
    """`raw[key]` as a list; None, and a problem, when it is none. A list that is not required may be missing."""
    value = raw.get(key)
    if value is None:
        if required:
            problems.add("REQUIRED", f"Give {key}.", (*path, key))
            return None
        return ()
    if not isinstance(value, list | tuple):
        problems.add("NOT_A_LIST", "Give a list.", (*path, key))
        return None
    return value


def records(
    problems: Problems,
    raw: Mapping[str, object],
    key: str,
    path: Path,
    known: frozenset[str],
    *,
    required: bool = True,
) -> tuple[list[tuple[Path, Mapping[str, object]]], bool]:
    """The objects in the list `raw[key]` with the path of each, and whether all of it could be read."""
    values = items(problems, raw, key, path, required=required)
    if values is None:
        return [], False
    found = []
    for index, value in enumerate(values):
        here = (*path, key, str(index))
        entry = record(problems, value, here, known)
        if entry is not None:
            found.append((here, entry))
    if required and not values:
        problems.add("LIST_EMPTY", f"Give at least one of {key}.", (*path, key))
    return found, len(found) == len(values) and (bool(values) or not required)
