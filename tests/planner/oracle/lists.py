"""Filters, orders and pages, of lists in memory."""

from __future__ import annotations

import base64
import json
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from tests.planner.oracle.engine import Thing, day_text, utc

from almoner.core.errors import NotFound
from almoner.core.ids import split_global_id

Convert = Callable[[Any], Any]
#: asyncpg stores the first and the last instant of Python like this.
_ENDS = {datetime.min.replace(tzinfo=UTC): "-infinity", datetime.max.replace(tzinfo=UTC): "infinity"}
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "in": lambda found, wanted: found in wanted,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def asks_for_a_span(call: Any, name: str) -> bool:
    """Whether the filter says before or after which instants, of the field with this name; null says nothing."""
    given = (call.arguments.get("filter") or {}).get(name) or {}
    return any(given.get(operator) is not None for operator in ("gt", "gte", "lt", "lte"))


def instant(text: str) -> datetime:
    """What an `InstantFilter` is given; without an offset it is one of UTC."""
    return utc(datetime.fromisoformat(text))


def row_id(text: str) -> UUID | None:
    """The row id in a global id of whatever type."""
    try:
        return split_global_id(text)[1]
    except NotFound:
        return None


def matches(value: Any, operators: Mapping[str, Any], convert: Convert = lambda given: given) -> bool:
    """Whether a value passes all operators that are given; null asks for nothing."""
    for name, wanted in operators.items():
        if wanted is None:
            continue
        if name == "isNull":
            if (value is None) is not wanted:
                return False
        elif value is None:
            return False
        else:
            given = [convert(one) for one in wanted] if name == "in" else convert(wanted)
            if given is None or not _COMPARED[name](value, given):
                return False
    return True


def filtered(rows: Iterable[Any], given: Mapping[str, Any] | None, read: Mapping[str, Any]) -> list[Any]:
    """The rows that pass a filter.

    Args:
        read: by field of the filter: how a row's value is read, or that and how what is given is converted.
    """
    found = list(rows)
    for name, operators in (given or {}).items():
        if operators is not None:
            reader = read[name]
            value, convert = reader if isinstance(reader, tuple) else (reader, lambda one: one)
            found = [row for row in found if matches(value(row), operators, convert)]
    return found


@dataclass(frozen=True)
class Sorted:
    """How a connection is sorted.

    Attributes:
        kind: stands in its cursors.
        keys: read from a row; unique together.
        rank: of a key, where Python compares otherwise than the database.
    """

    kind: str
    keys: Sequence[Callable[[Any], Any]]
    descending: bool = False
    rank: Callable[[Any], Any] = lambda key: key

    def position(self, row: Any) -> tuple[Any, ...]:
        """Where a row stands."""
        return tuple(self.rank(key(row)) for key in self.keys)

    def cursor(self, row: Any) -> str:
        """The cursor of a row."""
        packed = json.dumps(
            [self.kind, *(_key_text(key(row)) for key in self.keys)], separators=(",", ":"), ensure_ascii=False
        )
        return base64.urlsafe_b64encode(packed.encode()).decode()

    def read(self, cursor: str, like: Any) -> tuple[Any, ...]:
        """The position in a cursor; `like` is any row of the list."""
        kind, *texts = json.loads(base64.urlsafe_b64decode(cursor))
        assert kind == self.kind, f"a cursor of {kind} for {self.kind}"
        return tuple(self.rank(_key(text, key(like))) for key, text in zip(self.keys, texts, strict=True))


def _key_text(key: Any) -> str:
    """A sort key as PostgreSQL writes it."""
    if isinstance(key, datetime):
        at = utc(key)
        fraction = f".{at.microsecond:06}".rstrip("0").rstrip(".")
        return _ENDS.get(at) or f"{day_text(at.date())} {at:%H:%M:%S}{fraction}+00"
    if isinstance(key, date):
        return {date.min: "-infinity", date.max: "infinity"}.get(key) or day_text(key)
    return str(key)


def _key(text: str, like: Any) -> Any:
    if isinstance(like, datetime):
        return {end: at for at, end in _ENDS.items()}.get(text) or utc(datetime.fromisoformat(text))
    if isinstance(like, date):
        return {"-infinity": date.min, "infinity": date.max}.get(text) or date.fromisoformat(text)
    return type(like)(text)


def connection(type_: str, rows: Sequence[Any], order: Sorted, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """One page as Relay has it."""
    total = len(rows)
    first, last, after, before = (arguments.get(name) for name in ("first", "last", "after", "before"))
    placed = sorted(((order.position(row), row) for row in rows), key=lambda item: item[0], reverse=order.descending)
    if placed and after is not None:
        position = order.read(after, placed[0][1])
        placed = [item for item in placed if (item[0] < position if order.descending else item[0] > position)]
    if placed and before is not None:
        position = order.read(before, placed[0][1])
        placed = [item for item in placed if (item[0] > position if order.descending else item[0] < position)]
    if last is not None:
        page = placed[len(placed) - min(last, len(placed)) :]
        more_before, more_after = len(placed) > last, before is not None
    else:
        size = 50 if first is None else first
        page = placed[:size]
        more_before, more_after = after is not None, len(placed) > size
    edges = [{"cursor": order.cursor(row), "node": Thing(type_, row)} for _position, row in page]
    return {
        "edges": edges,
        "nodes": [edge["node"] for edge in edges],
        "totalCount": total,
        "pageInfo": {
            "hasNextPage": more_after,
            "hasPreviousPage": more_before,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }
