"""Where objects come from: sources of rows, for declarations to name.

A source is called once for each place in a statement where its rows are needed, with a name that nothing else there
has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    null,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import literal_column

from almoner.core.tables import INSTANT, TenantTable

if TYPE_CHECKING:
    from almoner_graphql.planner.declare import Permitted

#: An aliased table, or anything else with columns as attributes.
Row = Any
#: What a mutation gives to its payload: an id, ids, or JSON as text.
GivenValue = UUID | list[UUID] | str
#: One expression, or several.
Terms = ColumnElement[Any] | tuple[ColumnElement[Any], ...]
#: A field's arguments that are given and not null: parameters, and booleans as they are, for a plan is made for each.
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Where objects come from: a row to read, what to select it from, under which conditions, in which order."""

    row: Row
    from_: FromClause
    where: tuple[ColumnElement[bool], ...] = ()
    order: tuple[ColumnElement[Any], ...] = ()
    limit: Any = None


#: Gives the rows that belong to a parent row, under a name that is unique in the statement.
Source = Callable[[Row, str, Given], Rows]


@dataclass(frozen=True, slots=True)
class Asking:
    """A source whose conditions are of its own, by what the viewer may do with rows of other tables.

    Attributes:
        rows: given the parent's row, a name, and whether the viewer holds a permission for a row, as a condition.
    """

    rows: Callable[[Row, str, Permitted], Rows]

    def __call__(self, parent: Row, name: str, _given: Given) -> Rows:
        """The rows of somebody who may do everything, for checks of what is read from them."""
        return self.rows(parent, name, lambda _permission, _row: true())


class TableRow:
    """A table under another name, whose columns are attributes.

    SQLAlchemy's own `aliased` does the same for mapped classes and takes ten times as long, which a plan would feel. An
    alias never changes and its name says which it is, so `of` keeps them for the next plan.
    """

    __slots__ = ("_columns", "alias", "assigned_to", "barred_to", "owned_by", "public_since", "table")

    def __init__(self, table: type[TenantTable], name: str) -> None:
        clashing = {"alias", "table"} & {*table.model_fields}
        if clashing:
            raise ValueError(f"{table.__name__} must call {sorted(clashing)} otherwise: a row here has these itself")
        self.table = table
        self.alias: FromClause = table.__table__.alias(name)  # type: ignore[attr-defined]
        self.assigned_to = table.assigned_to
        self.owned_by = table.owned_by
        self.public_since = table.public_since
        self.barred_to = table.barred_to
        self._columns = self.alias.c

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(table: type[TenantTable], name: str) -> TableRow:
        """The table under this name."""
        return TableRow(table, name)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._columns[name]
        except KeyError:
            raise AttributeError(f"{self.table.__name__} has no column {name}") from None


#: Who asks, and when, as parameters of every statement.
TENANT: Any = bindparam("tenant", type_=Uuid)
SUBJECT: Any = bindparam("subject", type_=Uuid)
KIND: Any = bindparam("kind", type_=Text)
ROLES: Any = bindparam("roles", type_=ARRAY(Text))
#: The instant of the request, by the house's clock.
NOW: Any = bindparam("now", type_=INSTANT)


class Payload:
    """The row of what no table has: a root's parent, and what a mutation gives to its payload, as parameters."""

    def __init__(self, tenant_id: Any, names: tuple[str, ...] = ()) -> None:
        self.tenant_id = tenant_id
        self._names = frozenset(names)

    def __getattr__(self, name: str) -> Any:
        return bindparam(f"given_{name}") if name in self._names else null()


def rows_of(
    table: type[TenantTable],
    on: Callable[[Row, Row], Terms],
    *,
    order: Callable[[Row], Terms] | None = None,
    limit: int | None = None,
) -> Source:
    """The rows of a table that belong to a parent row. The tenant is always among the conditions.

    Args:
        on: the conditions, given the parent's row and the row.
        order: of lists, which need one; the id is added, so that nothing of it is left to chance.
    """

    def source(parent: Row, name: str, _given: Given) -> Rows:
        row = TableRow.of(table, name)
        conditions = _all(on(parent, row))
        ordered = () if order is None else dict.fromkeys((*_all(order(row)), row.id))
        return Rows(row, row.alias, (row.tenant_id == parent.tenant_id, *conditions), tuple(ordered), limit)

    return source


def _all(terms: Terms) -> tuple[ColumnElement[Any], ...]:
    return terms if isinstance(terms, tuple) else (terms,)


def all_rows(table: type[TenantTable], *, order: Callable[[Row], Terms] | None = None) -> Source:
    """All of a tenant's rows, for a root; the planner adds who may see them."""

    def everything(_parent: Row, _row: Row) -> tuple[ColumnElement[bool], ...]:
        return ()

    return rows_of(table, everything, order=order)


def given_row(table: type[TenantTable], name: str) -> Source:
    """The row whose id a mutation gives to its payload under this name."""
    return rows_of(table, lambda payload, row: row.id == cast(getattr(payload, name), Uuid))


def given_rows(table: type[TenantTable], name: str) -> Source:
    """The rows whose ids a mutation gives to its payload under this name, in that order."""

    def source(payload: Row, alias: str, _given: Given) -> Rows:
        row, ids = TableRow.of(table, alias), cast(getattr(payload, name), ARRAY(Uuid))
        conditions = (row.tenant_id == payload.tenant_id, row.id == any_(ids))
        return Rows(row, row.alias, conditions, (func.array_position(ids, row.id),))

    return source


def elements(read: Callable[[Row], Any]) -> Source:
    """The elements of a jsonb list, each as the column `value`."""

    def source(parent: Row, name: str, _given: Given) -> Rows:
        listed = func.jsonb_array_elements(_there(read(parent))).table_valued(
            column("value", JSONB), with_ordinality="n"
        )
        return _numbered(listed, name)

    return source


def members(read: Callable[[Row], Any]) -> Source:
    """The members of a jsonb object, each as the columns `key` and `value`."""

    def source(parent: Row, name: str, _given: Given) -> Rows:
        members = (column("key", Text), column("value", JSONB))
        return _numbered(func.jsonb_each(_there(read(parent))).table_valued(*members, with_ordinality="n"), name)

    return source


def known_elements(read: Callable[[], str]) -> Source:
    """The elements of a JSON list that Python knows and that never changes in a process, each as the column `value`."""

    def source(parent: Row, name: str, given: Given) -> Rows:
        return elements(lambda _parent: cast(bindparam(f"{name}_known", read()), JSONB))(parent, name, given)

    return source


#: Nothing, for a list that is always empty where it is read: the problems of a mutation that was done.
no_rows = elements(lambda _parent: literal_column("'[]'::jsonb"))


def given_elements(name: str) -> Source:
    """The elements of the JSON list that a mutation gives to its payload under this name, as `elements` has them."""
    return elements(lambda payload: cast(getattr(payload, name), JSONB))


def told_element(parameter: str) -> Source:
    """What a verb tells: a parameter with a JSON list of one object, or of none if it refused."""
    return elements(lambda _root: cast(bindparam(parameter), JSONB))


def _there(json: Any) -> Any:
    """JSON's null has no elements, and asking it for them is an error; SQL's has none either, but no error."""
    return func.nullif(json, literal_column("'null'::jsonb"))


def _numbered(function: Any, name: str) -> Rows:
    listed = function.render_derived(name=name)
    return Rows(listed.c, listed, (), (listed.c.n,))


def text_of(json: Any) -> ColumnElement[Any]:
    """The text in a jsonb string; null for null, and the JSON of anything else."""
    return json.op("#>>")(literal_column("'{}'"))  # type: ignore[no-any-return]
