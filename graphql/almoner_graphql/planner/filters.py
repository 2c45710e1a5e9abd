"""What lists can be filtered by: one input for each kind of value, and the SQL that each of its operators becomes.

Only operators whose functions PostgreSQL calls leakproof are here: any other would be run after row-level security and
would not reach an index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, TypeVar

import strawberry
from graphql import GraphQLInputObjectType, get_named_type
from sqlalchemy import ARRAY, ColumnElement, any_, bindparam, cast

from almoner.core.errors import Invalid, NotFound, Problem
from almoner.core.ids import new_id, split_global_id
from almoner_graphql.scalars import day, instant

Item = TypeVar("Item")
_EQ = "Equal to this."
_IN = "Equal to one of these; to none if the list is empty."
_NULL = "True: only without a value; false: only with one."


def _operator(description: str, name: str | None = None) -> Any:
    return strawberry.field(default=None, name=name, description=description)


@strawberry.input(description="Which of the values; all that is given must hold, and null counts as not given.")
class Filter(Generic[Item]):
    """For enums."""

    eq: Item | None = _operator(_EQ)
    in_: list[Item] | None = _operator(_IN, "in")
    is_null: bool | None = _operator(_NULL)


@strawberry.input(description="Which state; null counts as not given.")
class StateFilter(Generic[Item]):
    """For enums that follow from several columns: see `States`."""

    eq: Item | None = _operator(_EQ)


@strawberry.input(description="Whether there is a value; null counts as not given.")
class NullFilter:
    """For columns that are asked for by nothing else."""

    is_null: bool | None = _operator(_NULL)


@strawberry.input(description="Which texts; all that is given must hold, and null counts as not given.")
class TextFilter:
    """For codes and names; letters must match exactly."""

    eq: str | None = _operator(_EQ)
    in_: list[str] | None = _operator(_IN, "in")
    is_null: bool | None = _operator(_NULL)


@strawberry.input(
    description=(
        "Which things, by their ids; an unknown id matches nothing. All that is given must hold, and null counts as "
        "not given."
    )
)
class IdFilter:
    """For columns with the id of a row."""

    eq: strawberry.ID | None = _operator(_EQ)
    in_: list[strawberry.ID] | None = _operator(_IN, "in")
    is_null: bool | None = _operator(_NULL)


@strawberry.input(description="Which instants; all that is given must hold, and null counts as not given.")
class InstantFilter:
    """For timestamptz."""

    gt: datetime | None = _operator("After this.")
    gte: datetime | None = _operator("At this or after.")
    lt: datetime | None = _operator("Before this.")
    lte: datetime | None = _operator("At this or before.")
    is_null: bool | None = _operator(_NULL)


@strawberry.input(description="Which days; all that is given must hold, and null counts as not given.")
class DayFilter:
    """For dates."""

    eq: date | None = _operator(_EQ)
    gt: date | None = _operator("After this.")
    gte: date | None = _operator("On this or after.")
    lt: date | None = _operator("Before this.")
    lte: date | None = _operator("On this or before.")
    is_null: bool | None = _operator(_NULL)


@dataclass(frozen=True, slots=True)
class States:
    """What each value of an enum means for a row, where no column has it.

    Plans differ by the values of enums, so that each has a condition of its own, which PostgreSQL can weigh and an
    index may serve.
    """

    conditions: Mapping[Enum, ColumnElement[bool]]


_COMPARED: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda column, wanted: column == wanted,
    "gt": lambda column, wanted: column > wanted,
    "gte": lambda column, wanted: column >= wanted,
    "lt": lambda column, wanted: column < wanted,
    "lte": lambda column, wanted: column <= wanted,
}


#: The operators that ask for what stands between two values.
SPANS = frozenset({"gt", "gte", "lt", "lte"})


def condition(column: Any, operator: str, given: Any, parameter: str) -> ColumnElement[bool]:
    """The condition that an operator of a filter adds, with its parameter. `isNull` decides when it is planned."""
    if isinstance(column, States):
        return column.conditions[given]
    if operator == "isNull":
        return column.is_(None) if given else column.is_not(None)  # type: ignore[no-any-return]
    if operator == "in":
        return column == any_(cast(bindparam(parameter), ARRAY(column.type)))  # type: ignore[no-any-return]
    return _COMPARED[operator](column, bindparam(parameter, type_=column.type))


def stored(type_: GraphQLInputObjectType, operator: str, value: Any, path: tuple[str, ...]) -> Any:
    """What an operator is given, as the database has it.

    Raises:
        Invalid: a text that is no day, or no instant.
    """
    scalar = get_named_type(type_.fields[operator].type).name
    if isinstance(value, list):
        return [_stored(scalar, item, (*path, operator, str(place))) for place, item in enumerate(value)]
    return _stored(scalar, value, (*path, operator))


def _stored(scalar: str, value: Any, path: tuple[str, ...]) -> Any:
    if scalar == "Date":
        return day(value, *path)
    if scalar == "DateTime":
        return instant(value, *path)
    if scalar == "ID":
        return _row_id(str(value))
    if isinstance(value, str) and "\0" in value:
        message = "Leave out the character U+0000; it cannot be stored."
        raise Invalid([Problem("TEXT_NOT_STORABLE", message, path)])
    return value.value if isinstance(value, Enum) else value


def _row_id(text: str) -> Any:
    try:
        return split_global_id(text)[1]
    except NotFound:
        return new_id()  # which no row has: a broken id finds as much as an unknown one
