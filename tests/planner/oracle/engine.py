"""How a query is answered without the planner: graphql-core walks rows that were loaded before, field by field.

Slow and plain on purpose, and nothing here comes from the planner: the schema is the published text, and what a field
is stands in a dictionary of Python functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, build_schema, execute, parse

from almoner.core.ids import global_id
from almoner.core.numbers import plain

Path = tuple[str, ...]


@dataclass(frozen=True)
class Thing:
    """An object of the API and the row behind it."""

    type: str
    row: Any


@dataclass
class Asker:
    """Who asks, and what was found out meanwhile.

    Attributes:
        allows: whether the viewer holds a permission, for a row if there is one.
        withheld: the places of fields that were withheld, without the numbers of lists.
    """

    allows: Callable[..., bool]
    viewer: Any
    withheld: set[Path] = field(default_factory=set)

    def sees(self, thing: Any, permission: str) -> Any:
        """The thing, or None."""
        return thing if thing is not None and self.allows(permission, thing.row) else None


@dataclass(frozen=True)
class Call:
    """One field of one object: its row, its arguments, who asks."""

    row: Any
    arguments: Mapping[str, Any]
    asker: Asker
    path: Path

    def unless_withheld(self, permission: str, value: Any) -> Any:
        """The value; None, and its place noted, if the viewer lacks the permission for this row."""
        if self.asker.allows(permission, self.row):
            return value
        self.asker.withheld.add(self.path)
        return None

    def require(self, permission: str) -> None:
        """Insist on a permission.

        Raises:
            GraphQLError: the viewer does not hold it.
        """
        if not self.asker.allows(permission):
            raise GraphQLError(f"This needs {permission}.")


Fields = Mapping[str, Callable[[Call], Any]]


@dataclass(frozen=True)
class Answered:
    """The data, the places of roots that were denied, and the places of fields that were withheld."""

    data: Any
    denied: set[Path]
    withheld: set[Path]


class Oracle:
    """Answers operations over a schema in the schema definition language.

    Args:
        fields: by `Type.field`; what is not there is the attribute of that name, and `id` the row's global id.
    """

    def __init__(self, sdl: str, fields: Fields) -> None:
        self.schema: GraphQLSchema = build_schema(sdl)
        self._fields = fields
        written: dict[str, Callable[[Any], Any]] = {"Decimal": plain, "Date": day_text, "DateTime": instant_text}
        for name, serialize in written.items():
            if name in self.schema.type_map:
                self.schema.type_map[name].coerce_output_value = serialize  # type: ignore[attr-defined]

    def knows(self, type_name: str, field_name: str, table: type[Any]) -> bool:
        """Whether a field of a table's rows can be answered."""
        return f"{type_name}.{field_name}" in self._fields or hasattr(table, snake(field_name))

    async def answer(self, text: str, variables: dict[str, Any], asker: Asker) -> Answered:
        """Run an operation."""
        found = execute(
            self.schema,
            parse(text),
            variable_values=variables,
            context_value=asker,
            field_resolver=self._resolve,
            type_resolver=lambda value, *_: value.type,
        )
        result = await found if isawaitable(found) else found
        assert isinstance(result, ExecutionResult)
        errors = result.errors or []
        for error in errors:
            if not str(error.message).startswith("This needs "):
                raise error
        return Answered(result.data, {_place(error.path or []) for error in errors}, asker.withheld)

    def _resolve(self, source: Any, info: Any, **arguments: Any) -> Any:
        if isinstance(source, dict) and info.parent_type.name != "Query":
            return source[info.field_name]
        row = source.row if isinstance(source, Thing) else source
        found = self._fields.get(f"{info.parent_type.name}.{info.field_name}")
        if found is not None:
            return found(Call(row, arguments, info.context, _place(info.path.as_list())))
        if info.field_name == "id":
            return global_id(info.parent_type.name, row.id)
        return getattr(row, snake(info.field_name))


def _place(path: list[Any]) -> Path:
    return tuple(key for key in path if isinstance(key, str))


def snake(name: str) -> str:
    """A GraphQL name as Python writes it."""
    return re.sub("([A-Z])", lambda match: f"_{match[1].lower()}", name)


def day_text(value: date) -> str:
    """A day as the API shows it."""
    return f"{value.year:04}-{value.month:02}-{value.day:02}"


def utc(value: datetime) -> datetime:
    """The same instant in UTC; asyncpg gives the ends of time without a zone."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def instant_text(value: datetime) -> str:
    """An instant as the API shows it."""
    at = utc(value)
    return f"{day_text(at.date())}T{at:%H:%M:%S}.{at.microsecond:06}+00:00"


def exact_difference(after: Decimal, before: Decimal) -> Decimal:
    """To all digits, as no context of decimal rounds it."""
    places = max(0, *(-int(number.as_tuple().exponent) for number in (after, before)))
    return Decimal(f"{_units(after, places) - _units(before, places)}E-{places}")


def _units(number: Decimal, places: int) -> int:
    sign, digits, exponent = number.as_tuple()
    units = int("".join(map(str, digits))) * 10 ** (places + int(exponent))
    return -units if sign else units
