"""How types read: one declaration beside each type, for fields that are not simply the column of their name.

    @reads(tables.Job, view="job:view", progress=Same(), subject=Node("subject_type", "subject_id"))
    @strawberry.type
    class Job: …

A field that is not named reads the column of its own name. A field that neither is declared nor has such a column can
be answered by Python only, and takes its query down the slow road.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, FromClause, Text, any_, cast, column, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import literal_column

from almoner.core.tables import TenantTable

#: An aliased table, or anything else with columns as attributes.
Row = Any
T = TypeVar("T")


#: The places where a document asks for one response key, as graphql-core collects them.
Details = list[Any]


class SlowRoad(Exception):
    """This query has a part that only Python can answer."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Where objects come from: a row to read, what to select it from, under which conditions, in which order."""

    row: Row
    from_: FromClause
    where: tuple[ColumnElement[bool], ...] = ()
    order: tuple[ColumnElement[Any], ...] = ()
    limit: int | None = None


class TableRow:
    """A table under another name, whose columns are attributes.

    SQLAlchemy's own `aliased` does the same for mapped classes and takes ten times as long, which a plan would feel. An
    alias never changes and its name says which it is, so `of` keeps them for the next plan.
    """

    __slots__ = ("_columns", "alias", "assigned_to", "owned_by", "public_since")

    def __init__(self, table: type[TenantTable], name: str) -> None:
        self.alias: FromClause = table.__table__.alias(name)  # type: ignore[attr-defined]
        self.assigned_to = table.assigned_to
        self.owned_by = table.owned_by
        self.public_since = table.public_since
        self._columns = self.alias.c

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(table: type[TenantTable], name: str) -> TableRow:
        """The table under this name."""
        return TableRow(table, name)

    def __getattr__(self, name: str) -> Any:
        return self._columns[name]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the planner is: at a row, inside of `outer` in the statement, at `path` in the response."""

    row: Row
    outer: tuple[FromClause, ...]
    path: tuple[str, ...]

    def at(self, key: str) -> Place:
        """One step down in the response."""
        return Place(self.row, self.outer, (*self.path, key))


#: Gives the rows that belong to a parent row, under a name that is unique in the statement.
Source = Callable[[Row, str], Rows]


@dataclass(frozen=True, slots=True)
class Value:
    """A value: an expression on the row. With a permission, it is null for those who lack it."""

    read: Callable[[Row], Any]
    permission: str | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """An object that is read from the very same row; null unless `when`, if that is given."""

    when: Callable[[Row], ColumnElement[bool]] | None = None


@dataclass(frozen=True, slots=True)
class One:
    """At most one object; null if there is none. Arguments in `slow` need Python's answer."""

    rows: Source
    slow: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Many:
    """All objects, as a list."""

    rows: Source
    slow: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pages:
    """A connection, paged by the key: a column that is unique within the rows.

    Attributes:
        key, parse: the column's name, and how its value is read from a cursor.
        filters: by path of an argument (`filter.rateCell`), the condition that it adds, given its parameter.
        flags: the same for booleans, whose value decides at planning.
        permission: what the viewer must hold at all; without it the slow road says so.
    """

    rows: Source
    key: str = "id"
    parse: Callable[[str], Any] = UUID
    newest_first: bool = False
    filters: Mapping[str, Callable[[Row, Any], ColumnElement[bool]]] = field(default_factory=dict)
    flags: Mapping[str, Callable[[Row], ColumnElement[bool]]] = field(default_factory=dict)
    slow: frozenset[str] = frozenset()
    permission: str | None = None


@dataclass(frozen=True, slots=True)
class AnyNode:
    """An object of whichever `Node` type a column names, with the row id in another."""

    type_column: str
    id_column: str


@dataclass(frozen=True, slots=True)
class ById:
    """A root field that takes the global id of a type, or of any type if none is named."""

    type_name: str | None


Field = Value | Same | One | Many | Pages | AnyNode


@dataclass(frozen=True, slots=True)
class Reads:
    """How a GraphQL type reads.

    Attributes:
        table: its table; None for a type that is read from another's row.
        view: the permission whose rows a viewer sees.
        visible: a condition of its own, for a table whose rows are seen through another's.
    """

    table: type[TenantTable] | None
    view: str | None
    fields: Mapping[str, Field]
    visible: Callable[[Row, Callable[[str, Row], ColumnElement[bool]]], ColumnElement[bool]] | None = None


READS: dict[str, Reads] = {}
ROOTS: dict[str, ById | Pages | Many] = {}


def reads(
    table: type[TenantTable] | None = None,
    *,
    view: str | None = None,
    visible: Callable[[Row, Callable[[str, Row], ColumnElement[bool]]], ColumnElement[bool]] | None = None,
    **fields: Field,
) -> Callable[[type[T]], type[T]]:
    """Declare how a Strawberry type reads; keywords are its fields in Python's spelling."""

    def declare(type_: type[T]) -> type[T]:
        READS[type_.__name__] = Reads(table, view, fields, visible)
        return type_

    return declare


def one_of(column: Any, wanted: Any) -> ColumnElement[bool]:
    """The column has one of the values in an array parameter."""
    return column == any_(cast(wanted, ARRAY(Text)))  # type: ignore[no-any-return]


def rows_of(
    table: type[TenantTable],
    on: Callable[[Row, Row], ColumnElement[bool] | tuple[ColumnElement[bool], ...]],
    *,
    order: Callable[[Row], ColumnElement[Any]] | None = None,
    limit: int | None = None,
) -> Source:
    """The rows of a table that belong to a parent row. The tenant is always among the conditions."""

    def source(parent: Row, name: str) -> Rows:
        row = TableRow.of(table, name)
        found = on(parent, row)
        conditions = found if isinstance(found, tuple) else (found,)
        ordered = () if order is None else (order(row),)
        return Rows(row, row.alias, (row.tenant_id == parent.tenant_id, *conditions), ordered, limit)

    return source


def all_rows(table: type[TenantTable], *, order: Callable[[Row], ColumnElement[Any]] | None = None) -> Source:
    """All rows of a table, for a root; the planner adds who may see them."""

    def source(_parent: Row, name: str) -> Rows:
        row = TableRow.of(table, name)
        return Rows(row, row.alias, (), () if order is None else (order(row),))

    return source


def elements(read: Callable[[Row], Any]) -> Source:
    """The elements of a jsonb list, each as the column `value`."""

    def source(parent: Row, name: str) -> Rows:
        listed = func.jsonb_array_elements(read(parent)).table_valued(column("value", JSONB), with_ordinality="n")
        return _numbered(listed, name)

    return source


def members(read: Callable[[Row], Any]) -> Source:
    """The members of a jsonb object, each as the columns `key` and `value`."""

    def source(parent: Row, name: str) -> Rows:
        members = (column("key", Text), column("value", JSONB))
        return _numbered(func.jsonb_each(read(parent)).table_valued(*members, with_ordinality="n"), name)

    return source


def _numbered(function: Any, name: str) -> Rows:
    listed = function.render_derived(name=name)
    return Rows(listed.c, listed, (), (listed.c.n,))


def text_of(json: Any) -> ColumnElement[Any]:
    """The text in a jsonb string; null for null, and the JSON of anything else."""
    return json.op("#>>")(literal_column("'{}'"))  # type: ignore[no-any-return]
