"""Whether declarations can keep what the schema promises. No resolver is there to raise when a row is otherwise.

A field that is not null must read something that is never null, an Int something that fits, and an object that a scope
may hide must be nullable. Filters and orders must reach an index, or sift the rows of one parent only.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
)
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    BinaryExpression,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    Uuid,
    bindparam,
    true,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import operators

from almoner.core.tables import TenantTable
from almoner_graphql.planner.catalog import BadDeclaration, Catalog, python_name
from almoner_graphql.planner.cursors import parser
from almoner_graphql.planner.declare import AnyOf, Argument, ById, Field, Many, One, Pages, Same, Told, Value
from almoner_graphql.planner.nulls import never_null
from almoner_graphql.planner.sources import Payload, Row, Rows, TableRow, told_element
from almoner_graphql.planner.values import is_known

#: What SQL must give for a scalar to be written as it is; enums are stored as texts.
_WRITTEN_FROM: dict[str, tuple[type[Any], ...]] = {
    "String": (String, Uuid),
    "ID": (String, Uuid),
    "Int": (Integer,),
    "Boolean": (Boolean,),
    "Decimal": (Numeric, Integer),
    "Date": (Date,),
    "DateTime": (DateTime,),
}
_IN_LISTS = frozenset({"String", "Int", "Boolean", "ID"})


def check(catalog: Catalog) -> None:
    """Check every declaration.

    Raises:
        BadDeclaration: some cannot be right; all are named.
    """
    walk = _Walk(catalog)
    nothing = Payload(bindparam("tenant"))
    if catalog.schema.query_type is not None:
        walk.type(catalog.schema.query_type, nothing)
    # Then what only mutations and subscriptions reach; a type without a table that is left is a payload.
    for type_ in sorted(catalog.objects(), key=lambda type_: catalog.reads(type_).table is None):
        table = catalog.reads(type_).table
        walk.type(type_, nothing if table is None else TableRow.of(table, "checked"))
    if walk.problems:
        raise BadDeclaration(walk.problems)


class _Walk:
    """Visits each type once, at the first row that it is read from."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._seen: set[str] = set()
        self._where = ""
        self.problems: list[str] = []

    def type(self, type_: GraphQLNamedType, row: Row) -> None:
        """Check the fields of a type, and what they lead to."""
        if type_.name in self._seen:
            return
        self._seen.add(type_.name)
        if is_abstract_type(type_):
            self._abstract(type_, row)
            return
        if type_ is not self._catalog.schema.query_type and not self._catalog.is_read(type_):
            self._wrong(f"leads to {type_.name}, which does not say what it is read from: put @reads(…) above it")
            return
        for name, definition in cast(GraphQLObjectType, type_).fields.items():
            declared = self._catalog.field(cast(GraphQLObjectType, type_), name)
            if declared is None:
                continue
            self._where = where = f"{type_.name}.{name}"
            try:
                self._field(declared, definition, row)
            except (AttributeError, KeyError, TypeError, ValueError, SQLAlchemyError) as error:
                self._where = where
                self._wrong(f"cannot be read: {error}")

    def _abstract(self, type_: GraphQLAbstractType, row: Row) -> None:
        """An interface or union whose types are all read from the same row."""
        possible = self._catalog.schema.get_possible_types(type_)
        if not possible:
            self._wrong(f"leads to {type_.name}, which no type in the schema is; name one in a field")
        for one in possible:
            self.type(one, row)

    def _wrong(self, what: str) -> None:
        self.problems.append(f"{self._where} {what}.")

    def _field(self, declared: Field, definition: GraphQLField, row: Row) -> None:
        type_ = get_named_type(definition.type)
        match declared:
            case Value():
                self._value(declared, definition, row)
            case Same():
                self._must_be_nullable(definition, declared.when is not None, "its condition may not hold")
                self.type(type_, row)
            case One():
                self._one(declared, definition, row)
            case Many():
                self._many(declared, definition, row)
            case Pages():
                self._pages(declared, definition, row)
            case AnyOf():
                self._must_be_nullable(definition, True, "a scope may hide what it is about")
                if not is_abstract_type(type_):
                    self._wrong("is declared as any_of, but is neither an interface nor a union")
                getattr(row, declared.type_column), getattr(row, declared.id_column)
            case Told():
                self._told(definition, row)
            case ById():
                self._must_be_nullable(definition, True, "there may be nothing with an id")
                if not self._catalog.found_by_id(type_):
                    self._wrong(f"finds {type_.name} by an id, but none of its types names a table")

    def _value(self, declared: Value, definition: GraphQLField, row: Row) -> None:
        expression, type_ = declared.expression(row, lambda _permission, _row: true()), get_named_type(definition.type)
        if is_list_type(get_nullable_type(definition.type)):
            if isinstance(type_, GraphQLEnumType):
                if not isinstance(expression.type, JSON):
                    self._wrong(f"is a list of {type_.name}, which is read from jsonb only")
            elif type_.name not in _IN_LISTS:
                self._wrong(f"is a list of {type_.name}, whose members SQL would write otherwise: make them objects")
        elif not is_known(type_):
            self._wrong(f"is a {type_.name}, which planner/values.py cannot write")
        else:
            self._fits(type_, expression)
        self._must_be_nullable(definition, declared.permission is not None, "it is null for who lacks its permission")
        if is_non_null_type(definition.type) and not declared.always and not never_null(expression):
            self._wrong(
                "is not nullable, but what it reads may be null: read a NOT NULL column, a coalesce or an aggregate, "
                "make it nullable, or, if something else sees to it, say always=True and what that is"
            )

    def _fits(self, type_: GraphQLNamedType, expression: Any) -> None:
        read = getattr(expression.type, "impl_instance", expression.type)
        if type_ is GraphQLInt and isinstance(read, BigInteger):
            self._wrong("is an Int, but reads a bigint, which may not fit: make it a Decimal or a String")
        known = (*(one for kinds in _WRITTEN_FROM.values() for one in kinds), ARRAY)
        # What a function of PostgreSQL gives is unknown here, and believed.
        if isinstance(read, known) and not isinstance(read, _WRITTEN_FROM.get(type_.name, (String,))):
            self._wrong(
                f"is a {type_.name}, but reads a {type(read).__name__.lower()}, which is written otherwise: cast it"
            )

    def _one(self, declared: One, definition: GraphQLField, row: Row) -> None:
        type_ = get_named_type(definition.type)
        if is_list_type(get_nullable_type(definition.type)):
            self._wrong("is declared as one, but is a list: declare it as many")
        reads = self._catalog.reads(type_)
        self._must_be_nullable(definition, declared.permission is not None, "it is null for who lacks its permission")
        self._must_be_nullable(definition, reads.view is not None, f"a scope of {reads.view} may hide it")
        self._must_be_nullable(definition, not declared.always, "there may be no such row; always=True says otherwise")
        self.type(type_, declared.rows(row, "one", _given(declared.arguments)).row)

    def _many(self, declared: Many, definition: GraphQLField, row: Row) -> None:
        if not is_list_type(get_nullable_type(definition.type)):
            self._wrong("is declared as many, but is no list")
        rows = declared.rows(row, "many", _given(declared.arguments))
        if not rows.order:
            self._wrong("is a list, but in no order: its source must say one")
        self.type(get_named_type(definition.type), rows.row)

    def _pages(self, declared: Pages, definition: GraphQLField, row: Row) -> None:
        connection = cast(GraphQLObjectType, get_named_type(definition.type))
        if not {"nodes", "edges", "pageInfo", "totalCount"} <= connection.fields.keys():
            return self._wrong("is declared as pages, but is no Connection")
        hidden = declared.permission is not None or declared.when is not None
        self._must_be_nullable(
            definition, hidden, "it is null for who lacks its permission, or unless its condition holds"
        )
        rows = declared.rows(row, "pages", _given(declared.arguments))
        self._order(rows, declared.key)
        self._tell_apart(rows, declared.key)
        for order in declared.orders or ():
            self._order(rows, cast(Enum, order).value.removeprefix("-"))
        if declared.filter is not None:
            self._filter(declared, definition, rows)
        self.type(get_named_type(connection.fields["nodes"].type), rows.row)
        return None

    def _told(self, definition: GraphQLField, row: Row) -> None:
        self._must_be_nullable(definition, True, "its verb may refuse")
        if self._where.partition(".")[0] != "Query":
            self._wrong("is told by a verb, which only a root can be")
        else:
            self.type(get_named_type(definition.type), told_element("told")(row, "told", {}).row)

    def _order(self, rows: Rows, name: str) -> None:
        key = getattr(rows.row, name)
        parser(key)
        if isinstance(key, Column) and key.nullable:
            self._wrong(f"is ordered by {name}, which may be null")
        self._reach(rows, name)

    def _tell_apart(self, rows: Rows, key: str) -> None:
        """The key must be unique within the list, or pages would skip what shares it."""
        if isinstance(rows.row, TableRow) and not getattr(rows.row, key).nullable:
            found = {key, *_fixed(rows)}
            if not any({column.name for column in one.columns} <= found for one in _unique(rows.row.table)):
                self._wrong(f"is paged by {key}, which no constraint makes unique within the list")

    def _filter(self, declared: Pages, definition: GraphQLField, rows: Rows) -> None:
        input_type = cast(GraphQLInputObjectType, get_named_type(definition.args["filter"].type))
        for field in input_type.fields.values():
            name = python_name(field)
            if name in declared.where:
                declared.where[name](rows.row)
            else:
                getattr(rows.row, name)
                self._reach(rows, name)

    def _reach(self, rows: Rows, name: str) -> None:
        if not isinstance(rows.row, TableRow):
            return
        fixed = _fixed(rows)
        if fixed == {"tenant_id"} and not _leads(rows.row.table, fixed, name):
            self._wrong(f"filters or orders all of a tenant's rows by {name}, which no index begins with")

    def _must_be_nullable(self, definition: GraphQLField, may_be_null: bool, why: str) -> None:
        if may_be_null and is_non_null_type(definition.type):
            self._wrong(f"must be nullable: {why}")


def _given(arguments: Any) -> dict[str, Any]:
    return {name: _example(name, argument) for name, argument in arguments.items()}


def _example(name: str, argument: Argument) -> Any:
    return True if argument.type is bool else bindparam(name)


def _fixed(rows: Rows) -> set[str]:
    """The columns that a source holds equal to something."""
    return {
        one.left.name
        for one in rows.where
        if isinstance(one, BinaryExpression) and one.operator is operators.eq and isinstance(one.left, Column)
    }


def _unique(table: type[TenantTable]) -> list[Any]:
    constraints = table.__table__.constraints  # type: ignore[attr-defined]
    return [one for one in constraints if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)]


def _leads(table: type[TenantTable], fixed: set[str], name: str) -> bool:
    """Whether an index has the column right behind columns that are fixed."""
    indexed: Any = table.__table__  # type: ignore[attr-defined]
    keys = [[column.name for column in one.columns] for one in (*indexed.indexes, *_unique(table))]
    return any(name in key and set(key[: key.index(name)]) <= fixed for key in keys)
