"""Cursors: a page begins at a position, never after a count of rows."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, Integer, String, Uuid

from almoner.core.errors import Invalid, Problem

MAX_PAGE = 100
DEFAULT_PAGE = 50


def page_size(arguments: dict[str, Any]) -> int:
    """How many items to give, by `first` or `last`.

    Raises:
        Invalid: fewer than 0 or more than `MAX_PAGE` are asked for, or from both ends at once.
    """
    given = {name: arguments[name] for name in ("first", "last") if arguments.get(name) is not None}
    if len(given) > 1:
        raise Invalid([Problem("PAGE_CONTRADICTION", "Give `first` or `last`, not both.", ("last",))])
    for name, size in given.items():
        if not 0 <= size <= MAX_PAGE:
            raise Invalid([Problem("PAGE_SIZE", f"`{name}` must be from 0 to {MAX_PAGE}.", (name,))])
    return next(iter(given.values()), DEFAULT_PAGE)


def position(kind: str, text: str, argument: str, parsers: list[Callable[[str], Any]]) -> list[Any]:
    """The sort keys of the row that a cursor stands on.

    Args:
        kind: names the list and its order; a cursor of any other is none of this one.

    Raises:
        Invalid: it is no cursor of this list in this order.
    """
    try:
        unpacked = json.loads(base64.b64decode(text, altchars=b"-_", validate=True))
        if isinstance(unpacked, list) and unpacked[:1] == [kind] and len(unpacked) == 1 + len(parsers):
            keys = unpacked[1:]
            if all(isinstance(key, str) for key in keys):
                return [parse(key) for parse, key in zip(parsers, keys, strict=True)]
    except (binascii.Error, ValueError, OverflowError, RecursionError):
        raise _bad_cursor(argument) from None
    raise _bad_cursor(argument)


def _bad_cursor(argument: str) -> Invalid:
    message = f"`{argument}` is no cursor of this list in this order; take one from `pageInfo`."
    return Invalid([Problem("BAD_CURSOR", message, (argument,))])


def parser(column: Any) -> Callable[[str], Any]:
    """How a sort key is read back from the text that PostgreSQL wrote.

    Raises:
        TypeError: nobody has thought of this type yet.
    """
    for kind, parse in _PARSERS.items():
        if isinstance(column.type, kind):
            return parse
    if isinstance(getattr(column.type, "impl_instance", column.type), String):
        return _storable
    raise TypeError(f"lists cannot be ordered by {column.type}")


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("not storable")
    text.encode()
    return text


def _instant(text: str) -> datetime:
    ends = {"-infinity": datetime.min.replace(tzinfo=UTC), "infinity": datetime.max.replace(tzinfo=UTC)}
    return ends.get(text) or datetime.fromisoformat(text).astimezone(UTC)


def _day(text: str) -> date:
    ends = {"-infinity": date.min, "infinity": date.max}
    return ends.get(text) or date.fromisoformat(text)


def _integer(text: str) -> int:
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError("no row has such a number")
    return number


_PARSERS: dict[type[Any], Callable[[str], Any]] = {Uuid: UUID, Integer: _integer, DateTime: _instant, Date: _day}
