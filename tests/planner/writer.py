"""Writes operations at random over any schema in which lists are Relay's: what a client could ask, and stranger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)

MAX_DEPTH = 6
_LONG = "a_response_key_that_is_equal_in_its_first_sixty_three_characters"
#: Names that the planner might use too, and words of SQL.
_PREFIXES = ("k", "k", "o", "o", "t", "g", "n", "r", "json", "select", "order", "Null", "_", _LONG)
_PAGING = frozenset({"first", "last", "after", "before"})


@dataclass(frozen=True)
class Samples:
    """What arguments are made of.

    Attributes:
        ids: global ids, good and bad.
        cursors: by connection type and order (or None).
        values: by `InputType.field` or `Type.field.argument`, else by the name of a scalar.
        without: roots that are not asked for.
    """

    ids: list[str]
    cursors: Mapping[tuple[str, str | None], list[str]]
    values: Mapping[str, list[Any]]
    without: frozenset[str] = frozenset()


@dataclass
class Written:
    """An operation with its variables."""

    text: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)

    def varied(self) -> dict[str, Any]:
        """Other values for the same document, of which some want another plan and some the same."""
        found = dict(self.variables)
        for name, value in self.variables.items():
            type_ = self.types[name]
            if isinstance(value, bool):
                found[name] = not value
            elif type_.startswith("Int") and value in range(4):
                found[name] = (value + 1) % 4
            elif type_ in {"String", "DateTime", "Date"} or type_.endswith("Filter"):
                found[name] = None
        return found

    def __str__(self) -> str:
        return f"{self.text}\nwith {json.dumps(self.variables)}"


class Writer:
    """Writes operations, with one source of choices."""

    def __init__(self, random: Random, schema: GraphQLSchema, samples: Samples, *, largest: int = 3) -> None:
        self._random = random
        self._schema = schema
        self._samples = samples
        self._largest = largest
        self._operation = Written()
        self._names = 0

    def write(self) -> Written:
        """A valid query; what happens to be none is written anew."""
        while True:
            self._operation, self._names = Written(), 0
            query = self._schema.query_type
            assert query is not None
            names = sorted({*query.fields} - self._samples.without)
            roots = [self._field(query, name, 0) for name in self._some(names, 3)]
            selection = "{ " + " ".join(["__typename"] * self._maybe(6) + roots) + " }"
            if self._maybe(5):
                selection = f"{{ {self._fragment('Query', selection)} }}"
            operation = self._operation
            head = f"query Q({', '.join(operation.declared)}) " if operation.declared else ""
            operation.text = f"{head}{selection}\n" + "\n".join(operation.fragments)
            if not validate(self._schema, parse(operation.text)):
                return operation

    def payload(self, mutation: str) -> Written:
        """A mutation with any selection of its payload, for what is read after it; its arguments are the caller's."""
        type_ = get_named_type(cast(Any, self._schema.mutation_type).fields[mutation.partition("(")[0]].type)
        while True:
            self._operation, self._names = Written(), 0
            selection = self._selection(type_, 1)
            operation = self._operation
            head = f" M({', '.join(operation.declared)})" if operation.declared else ""
            operation.text = f"mutation{head} {{ {mutation} {selection} }}\n" + "\n".join(operation.fragments)
            if not validate(self._schema, parse(operation.text)):
                return operation

    # --- chance ----------------------------------------------------------------------------------------------------

    def _maybe(self, one_in: int = 2) -> bool:
        return self._random.randrange(one_in) == 0

    def _one(self, options: Any) -> Any:
        return self._random.choice(options)

    def _some(self, options: list[str], most: int) -> list[str]:
        return self._random.choices(options, k=self._random.randint(1, most))

    def _name(self) -> str:
        self._names += 1
        return f"{self._one(_PREFIXES)}{self._names}"

    # --- selections ------------------------------------------------------------------------------------------------

    def _field(self, parent: Any, name: str, depth: int) -> str:
        definition = parent.fields[name]
        type_ = get_named_type(definition.type)
        arguments = self._arguments(parent.name, name, definition, depth)
        # Without arguments a field may stand twice under one name: its selections are merged.
        alias = "" if not arguments and self._maybe(3) else f"{self._name()}: "
        text = f"{alias}{name}{arguments}{self._directive()}"
        if is_leaf_type(type_):
            return text
        if type_.name.endswith("Connection"):
            return f"{text} {self._page(type_, depth)}"
        return f"{text} {self._selection(type_, depth + 1)}"

    def _directive(self, one_in: int = 12) -> str:
        if not self._maybe(one_in):
            return ""
        given = self._written(GraphQLNonNull(self._schema.type_map["Boolean"]), self._maybe(), certain=True)
        return f" @{self._one(['skip', 'include'])}(if: {given})"

    def _selection(self, type_: Any, depth: int) -> str:
        if self._maybe(25):
            return "{ " + f"{self._name()}: __typename @skip(if: true)" + " }"
        if is_abstract_type(type_):
            return self._of_abstract(type_, depth)
        names = self._names_of(type_, depth)
        parts = [self._field(type_, name, depth) for name in self._some(names, 4)] if names else ["__typename"]
        if self._maybe(6):
            parts.insert(0, "__typename")
        if self._maybe(5):
            on = self._one([type_.name, *(one.name for one in getattr(type_, "interfaces", ()))])
            part = self._selection(self._schema.type_map[on], depth + 1) if on != type_.name else " ".join(parts)
            parts = [self._fragment(on, part if part.startswith("{") else f"{{ {part} }}"), self._one(parts)]
        return "{ " + " ".join(parts) + " }"

    def _of_abstract(self, type_: Any, depth: int) -> str:
        own = sorted(getattr(type_, "fields", {}))
        parts = [f"{self._name()}: __typename"]
        parts += [self._field(type_, name, depth) for name in self._some(own, 2)] if own and self._maybe() else []
        for possible in sorted(self._schema.get_possible_types(type_), key=lambda one: one.name):
            if depth < MAX_DEPTH and self._maybe():
                parts.append(self._fragment(possible.name, self._selection(possible, depth + 1)))
        return "{ " + " ".join(parts) + " }"

    def _names_of(self, type_: Any, depth: int) -> list[str]:
        leaves: list[str] = []
        others: list[str] = []
        for name, definition in sorted(type_.fields.items()):
            (others if is_composite_type(get_named_type(definition.type)) else leaves).append(name)
        return leaves + (others * 2 if depth < MAX_DEPTH else [])

    def _fragment(self, on: str, selection: str) -> str:
        if self._maybe():
            condition = f" on {on}" if self._maybe(4) is False else ""
            if condition or on == "Query":
                return f"...{condition}{self._directive(6)} {selection}"
            return f"... on {on}{self._directive(6)} {selection}"
        name = f"F{len(self._operation.fragments)}"
        self._operation.fragments.append(f"fragment {name} on {on} {selection}")
        return f"...{name}{self._directive(6)}"

    def _page(self, type_: Any, depth: int) -> str:
        item = get_named_type(type_.fields["nodes"].type)
        edge = get_named_type(type_.fields["edges"].type)
        inside = {
            "nodes": lambda: self._selection(item, depth + 1),
            "edges": lambda: self._edge(edge, item, depth),
            "pageInfo": lambda: self._selection(self._schema.type_map["PageInfo"], MAX_DEPTH),
            "totalCount": lambda: "",
            "__typename": lambda: "",
        }
        weighed = ["nodes", "nodes", "edges", "edges", "pageInfo", "totalCount", "__typename"]
        chosen = self._some(weighed, 3)
        parts = []
        for name in chosen:
            alias = f"{self._name()}: " if self._maybe(3) else ""
            parts.append(f"{alias}{name}{self._directive(20)} {inside[name]()}")
        if self._maybe(8):
            return "{ " + self._fragment(type_.name, "{ " + " ".join(parts) + " }") + " }"
        return "{ " + " ".join(parts) + " }"

    def _edge(self, edge: Any, item: Any, depth: int) -> str:
        parts = []
        for name in self._some(["cursor", "node", "node", "__typename"], 3):
            alias = f"{self._name()}: " if self._maybe(3) else ""
            inside = self._selection(item, depth + 1) if name == "node" else ""
            parts.append(f"{alias}{name}{self._directive(20)} {inside}")
        return "{ " + " ".join(parts) + " }"

    # --- arguments -------------------------------------------------------------------------------------------------

    def _arguments(self, parent: str, name: str, definition: GraphQLField, depth: int) -> str:
        given = self._paging(definition, depth) if definition.args.keys() >= _PAGING else []
        for key, argument in definition.args.items():
            if key in _PAGING or key == "orderBy":
                continue
            if is_required_argument(argument) or self._maybe(3):
                place = f"{parent}.{name}.{key}"
                given.append(f"{key}: {self._written(argument.type, self._value(argument.type, place))}")
        self._random.shuffle(given)
        return f"({', '.join(given)})" if given else ""

    def _paging(self, definition: GraphQLField, depth: int) -> list[str]:
        given = []
        end = self._one(["first", "first", "last"])
        if depth > 1 or not self._maybe(4):
            size = self._random.choice([*range(self._largest + 1), self._largest])
            given.append(f"{end}: {self._written(definition.args[end].type, size)}")
            if self._maybe(8):
                other = "last" if end == "first" else "first"
                given.append(f"{other}: {self._written(definition.args[other].type, None)}")
        order = None
        if "orderBy" in definition.args and self._maybe():
            type_ = definition.args["orderBy"].type
            order = self._one([None, *cast(GraphQLEnumType, get_named_type(type_)).values])
            given.append(f"orderBy: {self._written(type_, order)}")
        found = self._samples.cursors.get((get_named_type(definition.type).name, order), [])
        for name in ("after", "before"):
            if self._maybe(4):
                cursor = self._one([*found, None])
                given.append(f"{name}: {self._written(definition.args[name].type, cursor)}")
        return given

    def _value(self, type_: Any, place: str) -> Any:
        """A value of an input type, as JSON."""
        if isinstance(type_, GraphQLNonNull):
            return self._sample(type_.of_type, place)
        return None if self._maybe(8) else self._sample(type_, place)

    def _sample(self, type_: Any, place: str) -> Any:
        if isinstance(type_, GraphQLList):
            return [self._value(type_.of_type, place) for _ in range(self._random.randint(0, 3))]
        if isinstance(type_, GraphQLInputObjectType):
            names = self._some(sorted(type_.fields), 2)
            return {name: self._value(type_.fields[name].type, self._deeper(type_, name, place)) for name in names}
        if isinstance(type_, GraphQLEnumType):
            return self._one(sorted(type_.values))
        if type_.name == "ID":
            return self._one(self._samples.ids)
        if type_.name == "Boolean":
            return self._maybe()
        return self._one(self._samples.values.get(place) or self._samples.values[type_.name])

    @staticmethod
    def _deeper(type_: GraphQLInputObjectType, name: str, place: str) -> str:
        """Values are known by the field of the filter, not by its operator."""
        operators = isinstance(get_named_type(type_.fields[name].type), GraphQLInputObjectType)
        return f"{type_.name}.{name}" if operators else place

    def _written(self, type_: Any, value: Any, *, certain: bool = False) -> str:
        """A value in the document: itself, or a variable anywhere in it."""
        if self._maybe(5):
            return f"${self._variable(type_, value, certain)}"
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if value is None:
            return "null"
        if isinstance(inner, GraphQLList):
            return "[" + ", ".join(self._written(inner.of_type, one) for one in value) + "]"
        if isinstance(inner, GraphQLInputObjectType):
            parts = (f"{name}: {self._written(inner.fields[name].type, one)}" for name, one in value.items())
            return "{" + ", ".join(parts) + "}"
        return self._literal(inner, value)

    def _literal(self, type_: Any, value: Any) -> str:
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if value is None:
            return "null"
        if isinstance(inner, GraphQLList):
            return "[" + ", ".join(self._literal(inner.of_type, one) for one in value) + "]"
        if isinstance(inner, GraphQLInputObjectType):
            parts = (f"{name}: {self._literal(inner.fields[name].type, one)}" for name, one in value.items())
            return "{" + ", ".join(parts) + "}"
        return value if isinstance(inner, GraphQLEnumType) else json.dumps(value, ensure_ascii=self._maybe())

    def _variable(self, type_: Any, value: Any, certain: bool) -> str:
        name = f"v{len(self._operation.declared)}"
        kind = self._random.randrange(4)
        nullable = not isinstance(type_, GraphQLNonNull)
        declared = f"${name}: {type_}"
        if kind == 0 and value is not None:
            # A default, and nothing is given.
            shown = type_.of_type if isinstance(type_, GraphQLNonNull) and self._maybe() else type_
            declared = f"${name}: {shown} = {self._literal(type_, value)}"
        elif kind == 1 and nullable and value is None and not certain:
            pass  # neither a default nor a value: as if the argument were not there
        elif kind == 2 and value is not None:
            # A default that is not what is given.
            declared += f" = {self._literal(type_, value)}"
            self._operation.variables[name] = value
        else:
            self._operation.variables[name] = value
        self._operation.declared.append(declared)
        self._operation.types[name] = str(type_)
        return name
