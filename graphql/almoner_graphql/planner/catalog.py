"""All declarations of a schema, found when it is built: what would go wrong later goes wrong at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from almoner_graphql.planner.declare import DECLARED, READS, Field, Reads, Value
from almoner_graphql.planner.sources import Row
from almoner_graphql.planner.values import global_id

_DEFINITION = "strawberry-definition"


class BadDeclaration(Exception):
    """Some declarations cannot be right; the message names each and says what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["The schema cannot be read from its tables:", *(f"  * {one}" for one in problems)]))
        self.problems = problems


def python_name(described: Any) -> str:
    """The name in Python of a field, of an argument or of an input's field of a Strawberry schema."""
    name: str = described.extensions[_DEFINITION].python_name
    return name


class Catalog:
    """How each type and field of one schema reads."""

    def __init__(self, schema: GraphQLSchema) -> None:
        """Find all declarations.

        Raises:
            BadDeclaration: a field says nothing, and no column has its name.
        """
        self.schema = schema
        self._reads = {name: READS.get(_origin(type_)) for name, type_ in schema.type_map.items()}
        self._fields: dict[tuple[str, str], Field] = {}
        problems = [*self._find_fields()]
        if problems:
            raise BadDeclaration(problems)

    def reads(self, type_: GraphQLNamedType) -> Reads:
        """What a type is read from; for one that says nothing, its parent's row."""
        return self._reads.get(type_.name) or Reads()

    def is_read(self, type_: GraphQLNamedType) -> bool:
        """Whether the objects of a type are read by the planner."""
        return self._reads.get(type_.name) is not None

    def field(self, type_: GraphQLObjectType, name: str) -> Field | None:
        """How a field is read; None for a root that Python answers."""
        return self._fields.get((type_.name, name))

    def table_name(self, type_: GraphQLNamedType) -> str:
        """What rows that point at anything call the table of a type."""
        table = self.reads(type_).table
        return type_.name if table is None else table.__name__

    def found_by_id(self, type_: GraphQLNamedType) -> list[GraphQLNamedType]:
        """The types with a table of their own that a type stands for: global ids name these."""
        possible = self.schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        return [one for one in possible if self.reads(one).table is not None]

    def kind(self, type_: GraphQLNamedType) -> Callable[[Row], Any] | None:
        """What tells the rows of a type from those of others in the same table; None if all rows are of the type."""
        table = self.reads(type_).table
        for interface in getattr(type_, "interfaces", ()):
            reads = self.reads(interface)
            if reads.kind is not None and reads.table is table:
                return reads.kind
        return None

    def objects(self) -> Iterator[GraphQLObjectType]:
        """The types that are declared, and the root."""
        for type_ in self.schema.type_map.values():
            if isinstance(type_, GraphQLObjectType) and (type_ is self.schema.query_type or self.is_read(type_)):
                yield type_

    def _find_fields(self) -> Iterator[str]:
        for type_ in self.objects():
            for name, definition in type_.fields.items():
                found = self._declared(type_, name, definition)
                if found is not None:
                    self._fields[type_.name, name] = found
                elif type_ is not self.schema.query_type:
                    yield _undeclared(type_, name, self.reads(type_))

    def _declared(self, type_: GraphQLObjectType, name: str, definition: GraphQLField) -> Field | None:
        declared: Field | None = definition.extensions[_DEFINITION].metadata.get(DECLARED)
        table = self.reads(type_).table
        if declared is not None or table is None:
            return declared
        if name == "id":
            return Value(lambda row: global_id(type_.name, row.id), always=True)
        column = python_name(definition)
        if column in table.model_fields and is_leaf_type(get_named_type(definition.type)):
            return Value(lambda row: getattr(row, column))
        return None


def _origin(type_: GraphQLNamedType) -> Any:
    definition = type_.extensions.get(_DEFINITION)
    return getattr(definition, "origin", None)


def _undeclared(type_: GraphQLObjectType, name: str, reads: Reads) -> str:
    columns = (
        "it has no table" if reads.table is None else "its columns are " + ", ".join(sorted(reads.table.model_fields))
    )
    return (
        f"{type_.name}.{name} does not say how it is read: declare it with computed, same, one, many, pages or any_of, "
        f"or call it like a column of {type_.name} ({columns})."
    )
