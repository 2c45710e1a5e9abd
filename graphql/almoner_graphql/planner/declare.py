"""How types read: each field of a Strawberry type says where its value comes from.

    @reads(tables.Program, view="program:view")
    @strawberry.type(description="A payment program of the agency.")
    class Program:
        id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")
        code: str = strawberry.field(description="Short, and unique in the agency.")
        label: str = computed(lambda program: func.upper(program.code), always=True, description="…")
        periods: list[Period] = many(rows_of(tables.Period, …), description="Its periods, in time.")

A field that says nothing reads the column of its own name, and `id` the row's global id. `check` looks at all of it
when the schema is built.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from almoner.core.errors import NotFound
from almoner.core.ids import split_global_id
from almoner.core.tables import TenantTable
from almoner_graphql.planner.cursors import DEFAULT_PAGE, MAX_PAGE
from almoner_graphql.planner.sources import Given, Row, Source

T = TypeVar("T")

#: Under which a declaration stands in a Strawberry field's metadata.
DECLARED = "almoner.planner"
#: Whether the viewer holds a permission for a row, as an SQL condition.
Permitted = Callable[[str, Row], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a field, which its source finds among what is given.

    Attributes:
        type: its Python type, for Strawberry; null means that it is not given, unless `default` says otherwise.
        convert: from what GraphQL reads to what the database takes.
    """

    type: Any
    description: str
    default: Any = strawberry.UNSET
    convert: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Value:
    """A value: an expression on the row.

    Attributes:
        permission: null for those who lack it.
        always: it is never null, which the expression does not show; say why where you say it.
        asks: the expression depends on what the viewer may do with other rows: `read` is also given what permissions
            are.
    """

    read: Callable[..., Any]
    permission: str | None = None
    always: bool = False
    asks: bool = False

    def expression(self, row: Row, permitted: Permitted) -> Any:
        """The value in a row."""
        return self.read(row, permitted) if self.asks else self.read(row)


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is the same for all viewers with the same rights, and so is known when a query is planned.

    Attributes:
        read: given whether a permission is held at all; the value as Python writes JSON.
    """

    read: Callable[[Callable[[str], bool]], Any]


@dataclass(frozen=True, slots=True)
class Same:
    """An object that is read from the very same row; null unless `when`, if that is given."""

    when: Callable[[Row], ColumnElement[bool]] | None = None


@dataclass(frozen=True, slots=True)
class One:
    """At most one object; null if there is none.

    Attributes:
        permission: what the viewer must hold at all; otherwise the field is null, with an error.
        always: there is always such a row, so the field need not be nullable; say why where you say it.
    """

    rows: Source
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    permission: str | None = None
    always: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    """All objects, as a list.

    Attributes:
        expect: how many a cost reckons with.
        as_seen: only those that the viewer may see by the `visible` of their type, too.
    """

    rows: Source
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    expect: int = 10
    as_seen: bool = False


@dataclass(frozen=True, slots=True)
class Pages:
    """A connection, in the order of a key that is unique within its rows and never null.

    Attributes:
        key: the column's name.
        newest_first: the other way round.
        filter: the Strawberry input with what can be asked for; its fields are columns of the same names.
        where: for fields of the filter that are no column of the same name, the expression to compare.
        orders: an enum of orders: each value is a column's name.
        when: the connection is null unless this holds.
        permission: what the viewer must hold at all; otherwise the connection is null, with an error.
    """

    rows: Source
    key: str = "id"
    newest_first: bool = False
    filter: type[Any] | None = None
    where: Mapping[str, Callable[[Row], Any]] = field(default_factory=dict)
    orders: type[Any] | None = None
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    when: Callable[[Row, Given, Permitted], ColumnElement[bool]] | None = None
    permission: str | None = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """An object of whichever type a column names, with the row id in another; the field is of an interface or union."""

    type_column: str
    id_column: str


@dataclass(frozen=True, slots=True)
class ById:
    """A root that takes a global id, of the field's type or of any type of its interface."""


@dataclass(frozen=True, slots=True)
class Told:
    """A root whose object a verb tells, for no statement could: what it says is a parameter, as JSON.

    Its type reads members of `value`, and whatever relations lead to from there. What the verb raises of
    `core/errors.py` makes the root null, with that error.

    Attributes:
        verb: given a scope of the viewer, the catalog and the arguments that are given by their names; it only reads.
    """

    verb: Callable[..., Awaitable[Mapping[str, Any]]]
    arguments: Mapping[str, Argument] = field(default_factory=dict)


Field = Value | Known | Same | One | Many | Pages | AnyOf | ById | Told


@dataclass(frozen=True, slots=True)
class Reads:
    """How a GraphQL type reads.

    Attributes:
        table: its table; None for a type that is read from another's row.
        view: the permission whose rows a viewer sees.
        own: rows that a viewer sees without that permission as well, wherever they come from.
        also: rows that a viewer sees without that permission as well, by another one: a condition that is given what
            permissions are.
        visible: a condition of its own, for a table whose rows are seen through another's.
        kind: of an interface or union whose types are all read from one table: the name of the row's type.
        also_found_as: the type in global ids of another kind that find its rows by their ids as well.
    """

    table: type[TenantTable] | None = None
    view: str | None = None
    own: Callable[[Row], ColumnElement[bool]] | None = None
    also: Callable[[Row, Permitted], ColumnElement[bool]] | None = None
    visible: Callable[[Row, Permitted], ColumnElement[bool]] | None = None
    kind: Callable[[Row], Any] | None = None
    also_found_as: str | None = None


#: By the class that Strawberry made a type of.
READS: dict[type[Any], Reads] = {}


def reads(table: type[TenantTable] | None = None, **options: Any) -> Callable[[type[T]], type[T]]:
    """Declare what a Strawberry type is read from; the options are those of `Reads`."""
    declared = Reads(table, **options)

    def declare(type_: type[T]) -> type[T]:
        READS[type_] = declared
        return type_

    return declare


def computed(
    read: Callable[..., Any],
    *,
    description: str,
    permission: str | None = None,
    always: bool = False,
    asks: bool = False,
) -> Any:
    """A field with the value of an expression; see `Value`."""
    return _field(Value(read, permission, always, asks), description)


def known(read: Callable[[Callable[[str], bool]], Any], *, description: str) -> Any:
    """A field with what follows from the viewer's rights alone; see `Known`."""
    return _field(Known(read), description)


def same(*, description: str, when: Callable[[Row], ColumnElement[bool]] | None = None) -> Any:
    """A field with an object of the same row; see `Same`."""
    return _field(Same(when), description)


def one(
    rows: Source,
    *,
    description: str,
    arguments: Mapping[str, Argument] | None = None,
    permission: str | None = None,
    always: bool = False,
) -> Any:
    """A field with at most one object; see `One`."""
    return _field(One(rows, arguments or {}, permission, always), description, arguments)


def many(
    rows: Source,
    *,
    description: str,
    arguments: Mapping[str, Argument] | None = None,
    expect: int = 10,
    as_seen: bool = False,
) -> Any:
    """A field with a list of objects; see `Many`."""
    return _field(Many(rows, arguments or {}, expect, as_seen), description, arguments)


def pages(rows: Source, *, description: str, **options: Any) -> Any:
    """A field with a connection; the options are those of `Pages`."""
    declared = Pages(rows, **options)
    return _field(declared, description, {**declared.arguments, **_paging(declared)})


def any_of(type_column: str, id_column: str, *, description: str) -> Any:
    """A field with an object of some type; see `AnyOf`."""
    return _field(AnyOf(type_column, id_column), description)


def by_id(*, description: str) -> Any:
    """A root that finds an object by its global id; see `ById`."""
    return _field(ById(), description, {"id": Argument(strawberry.ID, "Its id.")})


def told(
    verb: Callable[..., Awaitable[Mapping[str, Any]]],
    *,
    description: str,
    arguments: Mapping[str, Argument] | None = None,
) -> Any:
    """A root with what a verb tells; see `Told`."""
    return _field(Told(verb, arguments or {}), description, arguments)


def row_id(*types: str) -> Callable[[Any], UUID | None]:
    """Reads the row id in a global id of these types; None, which equals nothing, for any other text."""

    def read(text: Any) -> UUID | None:
        try:
            type_name, found = split_global_id(str(text))
        except NotFound:
            return None
        return found if type_name in types else None

    return read


def _paging(declared: Pages) -> dict[str, Argument]:
    what = f"How many at most: 0 to {MAX_PAGE}; {DEFAULT_PAGE} if neither `first` nor `last` is given."
    found = {
        "first": Argument(int | None, f"From the beginning. {what}"),
        "after": Argument(str | None, "A cursor of this list; only what follows it is given."),
        "last": Argument(int | None, f"From the end, in the same order. {what}"),
        "before": Argument(str | None, "A cursor of this list; only what stands before it is given."),
    }
    if declared.filter is not None:
        found["filter"] = Argument(declared.filter | None, "Only what all of this holds for.")
    if declared.orders is not None:
        found["order_by"] = Argument(declared.orders | None, "In which order; the same cursor fits no other.")
    return found


def _field(declared: Field, description: str, arguments: Mapping[str, Argument] | None = None) -> Any:
    made = strawberry.field(description=description, metadata={DECLARED: declared})
    made.arguments = [
        StrawberryArgument(
            name, None, StrawberryAnnotation(item.type), default=item.default, description=item.description
        )
        for name, item in (arguments or {}).items()
    ]
    return made
