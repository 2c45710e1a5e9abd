"""From a GraphQL selection to one SQL statement. What a selection asks for twice under two names is read twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
)
from graphql.execution.collect_fields import collect_fields, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values
from sqlalchemy import ColumnElement, FromClause, Select, Text, Uuid, bindparam, case, func, null, or_, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSON, array
from sqlalchemy.sql.elements import literal_column

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.symbolic import symbolic_viewer
from almoner.core.viewer import Profile
from almoner_graphql.documents import Operation
from almoner_graphql.limits import MAX_TOLD, over_limit
from almoner_graphql.planner.binders import ArgumentBinder, IdBinder, Telling, bare
from almoner_graphql.planner.catalog import Catalog, python_name
from almoner_graphql.planner.cost import TOLD_OBJECTS, Cost, Share
from almoner_graphql.planner.declare import (
    AnyOf,
    Argument,
    ById,
    Field,
    Known,
    Many,
    One,
    Pages,
    Reads,
    Same,
    Told,
    Value,
)
from almoner_graphql.planner.pages import Page
from almoner_graphql.planner.render import Pair, columns, listed, whole_row, wrapped
from almoner_graphql.planner.sources import Asking, Given, Payload, Row, Rows, TableRow, told_element
from almoner_graphql.planner.values import constant, names_in, written

#: The places where a document asks for one response key, as graphql-core collects them.
Details = list[Any]
Binder = Callable[[VariableValues], Mapping[str, Any]]


class ForGraphQLCore(Exception):
    """A root is not read from tables, such as the schema itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the planner is: at a row, inside of `outer` in the statement, at `path` in the response, `share` times."""

    row: Row
    outer: tuple[FromClause, ...]
    path: tuple[str, ...]
    share: Share

    def at(self, key: str) -> Place:
        """One step down in the response."""
        return Place(self.row, self.outer, (*self.path, key), self.share)


class Builder:
    """Builds one statement for one operation, one shape of its variables and one profile.

    The viewer is symbolic: its tenant, subject and organizations are parameters, so that all viewers of a profile share
    a plan.

    Attributes:
        binders: what gives the parameters their values, for each request anew.
        redacted: response paths of fields that are withheld from this profile.
        denied: response paths of roots that this profile may not ask for, with the permission that they lack.
        cost: what the operation asks for.
        wanted: response keys of the roots that are about something that may not be there.
        filtered: a list is narrowed by values, on which the best way to its rows depends.
        tellings: verbs to ask first.
    """

    def __init__(
        self,
        catalog: Catalog,
        operation: Operation,
        variables: VariableValues,
        viewer: tuple[PolicyAuthorizer, Profile],
    ) -> None:
        self._catalog = catalog
        self._schema = catalog.schema
        self._variables = variables
        self._operation = operation
        self._authorizer, profile = viewer
        self.viewer = symbolic_viewer(profile)
        self._names = 0
        self.binders: list[Binder] = []
        self.redacted: list[tuple[str, ...]] = []
        self.denied: list[tuple[tuple[str, ...], str]] = []
        self.cost = Cost()
        self.wanted: list[str] = []
        self.filtered = False
        self.tellings: list[Telling] = []

    # --- what a plan is made of ------------------------------------------------------------------------------------

    def query(self) -> Select[Any]:
        """The statement of a query: one row with the finished `data` as JSON, and what is missing in it.

        Raises:
            ForGraphQLCore: a root is not read from tables.
        """
        pairs, others = self._roots()
        if others:
            raise ForGraphQLCore(", ".join(others))
        return self._data(pairs)

    def roots(self) -> Select[Any]:
        """The same of the roots that are read from tables, for an operation that has others too."""
        return self._data(self._roots()[0])

    def _data(self, pairs: list[Pair]) -> Select[Any]:
        """The roots in one object, and beside it which of those that are wanted are not there."""
        if not self.wanted:
            return self._alone(pairs)
        name = self.name("o")
        # The offset skips nothing: without it PostgreSQL would read a root once more to see whether it is there.
        inner = select(*columns(pairs)).offset(literal_column("0")).subquery(name)
        place = {key: column for (key, _), column in zip(pairs, inner.c, strict=True)}
        missing = array([place[key].is_(None) for key in self.wanted])
        return select(whole_row(pairs, name).label("json"), missing.label("missing"))

    def _roots(self) -> tuple[list[Pair], list[str]]:
        root = cast(GraphQLObjectType, self._schema.query_type)
        found = collect_fields(
            self._schema, self._operation.fragments, self._variables, root, self._operation.node
        ).grouped_field_set
        place = Place(Payload(self.viewer.tenant_id), (), (), Share())
        pairs, others = [], []
        for key, details in found.items():
            name = details[0].node.name.value
            if name != "__typename" and self._catalog.field(root, name) is None:
                others.append(name)
            else:
                pairs.append((key, self._field(root, details, place.at(key))))
        return pairs, others

    def one(self, type_: GraphQLNamedType, details: Details, path: tuple[str, ...], names: tuple[str, ...]) -> Any:
        """The statement of one object: a table's row by its `id`, or a payload that is made of what is given."""
        given = Payload(self.viewer.tenant_id, names)
        place = Place(given, (), path, Share())
        if self._catalog.reads(type_).table is None:
            return self._alone(self.pairs(type_, details, place))
        return select(
            self._object(type_, details, self._all_visible(type_, sql_cast(given.id, Uuid)), place).label("json")
        )

    def _alone(self, pairs: list[Pair]) -> Select[Any]:
        """The statement of one JSON object."""
        name = self.name("o")
        return select(whole_row(pairs, name).label("json")).select_from(select(*columns(pairs)).subquery(name))

    # --- objects ---------------------------------------------------------------------------------------------------

    def _object(self, type_: GraphQLNamedType, details: Details, rows: Rows, place: Place) -> Any:
        """One object as JSON, or null if there is no row."""
        here = self._inside(rows, place)
        if is_abstract_type(type_):
            return self._of([self.from_row(type_, details, here).label("json")], rows, place).scalar_subquery()
        pairs = self.pairs(type_, details, here)
        return wrapped(self._of(columns(pairs), rows, place), pairs, self.name("o"))

    def listed(self, type_: GraphQLNamedType, details: Details, rows: Rows, place: Place) -> Any:
        """All objects as a JSON list, in order."""
        here, name = self._inside(rows, place), self.name("o")
        if is_abstract_type(type_):
            inner = self._of([self.from_row(type_, details, here).label("json")], rows, place)
            return listed(inner, literal_column(f"{name}.json"), name)
        pairs = self.pairs(type_, details, here)
        return listed(self._of(columns(pairs), rows, place), whole_row(pairs, name), name)

    def from_row(self, type_: GraphQLNamedType, details: Details, place: Place) -> Any:
        """An object that is read from a row that is there; of an interface or union, what the row's kind says."""
        if not is_abstract_type(type_):
            return self._row(self.pairs(type_, details, place), place.outer)
        kind = self._catalog.reads(type_).kind
        if kind is None:
            raise TypeError(f"{type_.name} does not say which type a row is of")
        possible = self._schema.get_possible_types(type_)
        name = kind(place.row)
        return case(*((name == one.name, self.from_row(one, details, place)) for one in possible), else_=null())

    def pairs(self, type_: GraphQLNamedType, details: Details, place: Place) -> list[Pair]:
        """What a selection asks of a row, each with its response key."""
        if not isinstance(type_, GraphQLObjectType):
            raise TypeError(f"{type_.name} is no object type")
        self.cost.add(place.share)
        fields = self.subfields(type_, details)
        return [(key, self._field(type_, found, place.at(key))) for key, found in fields.items()]

    def subfields(self, type_: GraphQLObjectType, details: Details) -> dict[str, Details]:
        """The fields that are selected of an object, by response key."""
        return collect_subfields(
            self._schema, self._operation.fragments, self._variables, self._operation.node, type_, details
        ).grouped_field_set

    def _inside(self, rows: Rows, place: Place) -> Place:
        return Place(rows.row, (*place.outer, rows.from_), place.path, place.share)

    def _of(self, chosen: list[Any], rows: Rows, place: Place) -> Select[Any]:
        found = select(*chosen).select_from(rows.from_).where(*rows.where).order_by(*rows.order).limit(rows.limit)
        return found.correlate(*place.outer) if place.outer else found

    def _row(self, pairs: list[Pair], outer: tuple[FromClause, ...] = ()) -> ColumnElement[Any]:
        """One JSON object, whose members may look at the rows around it."""
        inner = select(*columns(pairs))
        return wrapped(inner.correlate(*outer) if outer else inner, pairs, self.name("o"))

    # --- fields ----------------------------------------------------------------------------------------------------

    def _field(self, type_: GraphQLObjectType, details: Details, place: Place) -> Any:
        name = details[0].node.name.value
        if name == "__typename":
            return constant(type_.name)
        declared, definition = self._catalog.field(type_, name), type_.fields[name]
        if declared is None:
            raise TypeError(f"{type_.name}.{name} is not declared")
        if isinstance(declared, Value):
            return self._value(declared, definition, place)
        if isinstance(declared, Known):
            known = json.dumps(declared.read(lambda one: self._authorizer.allows(self.viewer, one, None)))
            return sql_cast(bindparam(self.name("k"), known, type_=Text), JSON)
        return self._child(declared, definition, details, place)

    def _value(self, declared: Value, definition: GraphQLField, place: Place) -> Any:
        value = declared.expression(place.row, self.permitted)
        type_ = get_named_type(definition.type)
        if not isinstance(get_nullable_type(definition.type), GraphQLList):
            value = written(type_, value)
        elif isinstance(type_, GraphQLEnumType):
            value = names_in(type_, value)
        if declared.permission is None:
            return value
        rights = self.viewer.profile.rights.get(declared.permission)
        if rights is not None and rights.everywhere:
            return value
        self.redacted.append(place.path)
        if rights is None or not rights.allow:
            return null()
        return case((self.permitted(declared.permission, place.row), value), else_=null())

    def _child(self, declared: Field, definition: GraphQLField, details: Details, place: Place) -> Any:
        type_ = get_named_type(definition.type)
        match declared:
            case Same():
                found = self.from_row(type_, details, place)
                return found if declared.when is None else case((declared.when(place.row), found), else_=null())
            case AnyOf():
                return self._any_of(declared, type_, details, place)
            case ById():
                return self._by_id(type_, definition, details, place)
            case One() | Many() | Pages():
                return self._related(declared, definition, details, place)
            case Told():
                return self._told(declared, definition, details, place)
        raise TypeError(f"{type(declared).__name__} at {place.path}")

    def _related(self, declared: One | Many | Pages, definition: GraphQLField, details: Details, place: Place) -> Any:
        if not isinstance(declared, Many) and not self._may_ask(declared.permission, place):
            return null()
        if isinstance(declared, Pages):
            if declared.when is not None and len(place.path) == 1:
                self.wanted.append(place.path[0])
            return Page(self, declared, definition, details, place).json()
        type_ = get_named_type(definition.type)
        rows = self.rows(declared, type_, self.given(declared.arguments, definition, details), place)
        if isinstance(declared, Many):
            return self.listed(type_, details, rows, replace(place, share=place.share.of(declared.expect)))
        if len(place.path) == 1 and not declared.always:
            self.wanted.append(place.path[0])
        return self._object(type_, details, rows, place)

    def _may_ask(self, permission: str | None, place: Place) -> bool:
        if permission is None or self._authorizer.allows(self.viewer, permission, None):
            return True
        self.denied.append((place.path, permission))
        return False

    def _any_of(self, declared: AnyOf, type_: GraphQLNamedType, details: Details, place: Place) -> Any:
        row_id_, kind = getattr(place.row, declared.id_column), getattr(place.row, declared.type_column)
        cases = []
        for possible in self._catalog.found_by_id(type_):
            rows = self._all_visible(possible, row_id_)
            cases.append((kind == self._catalog.table_name(possible), self._object(possible, details, rows, place)))
        return case(*cases, else_=null())

    def _by_id(self, type_: GraphQLNamedType, definition: GraphQLField, details: Details, place: Place) -> Any:
        """The object with a global id. Ids of all types share a plan: a parameter each, null for the others."""
        self.wanted.append(place.path[-1])
        found: list[Any] = []
        types: dict[str, tuple[str, ...]] = {}
        for possible in self._catalog.found_by_id(type_):
            parameter = self.name("a")
            also = self._catalog.reads(possible).also_found_as
            types[parameter] = (possible.name, also) if also else (possible.name,)
            same = bindparam(parameter, type_=Uuid)
            found.append(self._object(possible, details, self._all_visible(possible, same), place))
        self.binders.append(IdBinder(definition, bare(details[0].node), types))
        return found[0] if len(found) == 1 else func.coalesce(*found)

    def _told(self, declared: Told, definition: GraphQLField, details: Details, place: Place) -> Any:
        parameter, given = self.name("told"), self.given(declared.arguments, definition, details)
        arguments = {name: one if isinstance(one, bool) else str(one.key) for name, one in given.items()}
        if len(self.tellings) == MAX_TOLD:
            raise over_limit("roots that a verb tells", MAX_TOLD + 1, MAX_TOLD)
        self.cost.add(place.share.of(TOLD_OBJECTS))
        self.tellings.append(Telling(place.path[0], declared.verb, arguments, parameter))
        rows = told_element(parameter)(place.row, self.name("t"), given)
        return self._object(get_named_type(definition.type), details, rows, place)

    # --- who sees what ---------------------------------------------------------------------------------------------

    def rows(self, declared: One | Many | Pages, type_: GraphQLNamedType, given: Given, place: Place) -> Rows:
        """The rows of a relation that the viewer may see; without a permission of its own, as its parent is seen."""
        if isinstance(declared.rows, Asking):
            return declared.rows.rows(place.row, self.name("t"), self.permitted)
        rows = declared.rows(place.row, self.name("t"), given)
        reads = self._catalog.reads(type_)
        if reads.view is None and not (isinstance(declared, Many) and declared.as_seen):
            return rows
        return replace(rows, where=(*rows.where, *self._visible(reads, rows.row)))

    def _all_visible(self, type_: GraphQLNamedType, same: Any) -> Rows:
        """The row with this id, if the viewer may see it."""
        reads = self._catalog.reads(type_)
        if reads.table is None:
            raise TypeError(f"{type_.name} has no table")
        row = TableRow.of(reads.table, self.name("t"))
        kind = self._catalog.kind(type_)
        of_type = () if kind is None else (kind(row) == type_.name,)
        return Rows(row, row.alias, (*self._visible(reads, row), *of_type, row.id == same))

    def _visible(self, reads: Reads, row: Row) -> tuple[ColumnElement[bool], ...]:
        same_tenant = row.tenant_id == self.viewer.tenant_id
        if reads.view is not None:
            rights = self.viewer.profile.rights.get(reads.view)
            without = [] if reads.own is None else [reads.own(row)]
            without += [] if reads.also is None else [reads.also(row, self.permitted)]
            if not without or (rights is not None and rights.everywhere):
                return (self.permitted(reads.view, row),)
            if rights is None or not rights.somewhere:
                return (same_tenant, or_(*without))
            return (same_tenant, or_(*without, self.permitted(reads.view, row)))
        return (same_tenant,) if reads.visible is None else (reads.visible(row, self.permitted), same_tenant)

    def permitted(self, permission: str, row: Row) -> ColumnElement[bool]:
        """Whether the viewer holds a permission for a row."""
        return self._authorizer.rows(self.viewer, permission, row)

    # --- arguments and names ---------------------------------------------------------------------------------------

    def arguments(self, definition: GraphQLField, details: Details) -> dict[str, Any]:
        """The arguments of a field with the values that they have now."""
        return get_argument_values(definition, details[0].node, self._variables)

    def given(self, declared: Mapping[str, Argument], definition: GraphQLField, details: Details) -> dict[str, Any]:
        """Parameters for the declared arguments that are given and not null, by their names in Python."""
        now, node = self.arguments(definition, details), details[0].node
        found: dict[str, Any] = {}
        for key, described in definition.args.items():
            name, value = python_name(described), now.get(key)
            argument = declared.get(name)
            if argument is None or value is None:
                continue
            if isinstance(value, bool):
                found[name] = value
            else:
                parameter = self.name("a")
                found[name] = bindparam(parameter)
                self.binders.append(ArgumentBinder(definition, bare(node), key, parameter, argument.convert))
        return found

    def name(self, prefix: str) -> str:
        """A name that nothing else in the statement has."""
        self._names += 1
        return f"{prefix}{self._names}"
