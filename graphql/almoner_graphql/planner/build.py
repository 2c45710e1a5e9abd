"""From a GraphQL selection to one SQL statement. What a selection asks for twice under two names is read twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values
from sqlalchemy import ColumnElement, Select, Uuid, bindparam, case, func, null, select
from sqlalchemy.sql.elements import literal_column

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.symbolic import symbolic_viewer
from almoner.core.errors import AlmonerError
from almoner.core.ids import split_global_id
from almoner.core.viewer import Profile
from almoner_graphql.planner.declare import (
    READS,
    ROOTS,
    AnyNode,
    ById,
    Details,
    Field,
    Many,
    One,
    Pages,
    Place,
    Reads,
    Row,
    Rows,
    Same,
    SlowRoad,
    Value,
    all_rows,
)
from almoner_graphql.planner.pages import Page
from almoner_graphql.planner.values import constant, global_id, is_known, written

#: PostgreSQL cuts longer identifiers, and a response key becomes one.
MAX_KEY = 63

Binder = Callable[[VariableValues], Mapping[str, Any]]


class _Tenant:
    """The parent of a root's rows: nothing but a tenant."""

    def __init__(self, tenant_id: Any) -> None:
        self.tenant_id = tenant_id


class Builder:
    """Builds one statement for one operation, one shape of its variables and one profile.

    The viewer is symbolic: its tenant, subject and organizations are parameters, so that all viewers of a profile
    share a plan.

    Attributes:
        binders: what gives the parameters their values, for each request anew.
        redacted: response paths of fields that are withheld from this profile.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
        viewer: tuple[PolicyAuthorizer, Profile],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._operation = operation
        self._authorizer, profile = viewer
        self._viewer = symbolic_viewer(profile)
        self._names = 0
        self.binders: list[Binder] = []
        self.redacted: list[list[str]] = []

    def statement(self) -> Select[Any]:
        """The statement: one row with one column, the finished `data` as JSON.

        Raises:
            SlowRoad: a part of the operation is not declared.
        """
        root = self._schema.query_type
        if root is None:
            raise SlowRoad("no query type")
        fields = collect_fields(self._schema, self._fragments, self._variables, root, self._operation)
        _check_keys(fields.grouped_field_set)
        columns = [self._root(root, key, details).label(key) for key, details in fields.grouped_field_set.items()]
        return self._row_to_json(select(*columns))

    # --- roots -----------------------------------------------------------------------------------------------------

    def _root(self, root: GraphQLObjectType, key: str, details: Details) -> Any:
        name = details[0].node.name.value
        if name == "__typename":
            return constant(root.name)
        declared = ROOTS.get(name)
        if declared is None:
            raise SlowRoad(f"Query.{name} is not declared")
        place = Place(_Tenant(self._viewer.tenant_id), (), (key,))
        if isinstance(declared, ById):
            return self._by_id(declared, root.fields[name], details, place)
        return self._child(declared, root.fields[name], details, place)

    def _by_id(self, declared: ById, definition: GraphQLField, details: Details, place: Place) -> Any:
        """The object with a global id. Ids of all types share a plan: a parameter each, null for the others."""
        if declared.type_name is not None:
            return self._of_type(self._schema.type_map[declared.type_name], definition, details, place)
        interface = get_named_type(definition.type)
        if not isinstance(interface, GraphQLInterfaceType):
            raise SlowRoad(f"{interface.name} is no interface")
        possible = self._schema.get_possible_types(interface)
        return func.coalesce(*(self._of_type(type_, definition, details, place) for type_ in possible))

    def _of_type(self, type_: GraphQLNamedType, definition: GraphQLField, details: Details, place: Place) -> Any:
        reads, node, name = _table_of(type_), details[0].node, self.name("id")

        def bind(values: VariableValues) -> Mapping[str, Any]:
            try:
                found, row_id = split_global_id(str(get_argument_values(definition, node, values)["id"]))
            except AlmonerError:
                return {name: None}
            return {name: row_id if found == type_.name else None}

        self.binders.append(bind)
        same = bindparam(name, type_=Uuid)
        return self._object(type_, details, self._all_visible(reads, lambda row: row.id == same), place)

    def _all_visible(self, reads: Reads, on: Callable[[Row], ColumnElement[bool]]) -> Rows:
        """The rows of a table that the viewer may see, under a condition."""
        rows = all_rows(reads.table)(None, self.name("t"))  # type: ignore[arg-type]
        return replace(rows, where=(*self._visible(reads, rows.row), on(rows.row)))

    # --- objects ---------------------------------------------------------------------------------------------------

    def _object(self, type_: GraphQLNamedType, details: Details, rows: Rows, place: Place) -> Any:
        """One object as JSON, or null if there is no row."""
        return self.json(self._selection(type_, details, rows, place))

    def _list(self, type_: GraphQLNamedType, details: Details, rows: Rows, place: Place) -> Any:
        """All objects as a JSON list, in order."""
        name = self.name("o")
        inner = self._selection(type_, details, rows, place).subquery(name)
        listed = func.coalesce(func.json_agg(func.row_to_json(literal_column(name))), literal_column("'[]'::json"))
        return select(listed).select_from(inner).scalar_subquery()

    def json(self, selection: Select[Any]) -> Any:
        """A row as a JSON object."""
        return self._row_to_json(selection).scalar_subquery()

    def _row_to_json(self, selection: Select[Any]) -> Select[Any]:
        name = self.name("o")
        return select(func.row_to_json(literal_column(name)).label("json")).select_from(selection.subquery(name))

    def _selection(self, type_: GraphQLNamedType, details: Details, rows: Rows, place: Place) -> Select[Any]:
        columns = self.columns(type_, details, Place(rows.row, (*place.outer, rows.from_), place.path))
        statement = select(*columns).select_from(rows.from_).where(*rows.where).order_by(*rows.order).limit(rows.limit)
        return statement.correlate(*place.outer) if place.outer else statement

    def columns(self, type_: GraphQLNamedType, details: Details, place: Place) -> list[ColumnElement[Any]]:
        """What a selection asks of a row, each under its response key."""
        fields = self.subfields(type_, details)
        return [
            self._field(type_, found, place.at(key)).label(key)
            for key, found in fields.items()
            if isinstance(type_, GraphQLObjectType)
        ]

    def subfields(self, type_: GraphQLNamedType, details: Details) -> dict[str, Details]:
        """The fields that are selected of an object, by response key."""
        if not isinstance(type_, GraphQLObjectType):
            raise SlowRoad(f"{type_.name} is no object type")
        found = collect_subfields(self._schema, self._fragments, self._variables, self._operation, type_, details)
        _check_keys(found.grouped_field_set)
        return found.grouped_field_set

    def _field(self, type_: GraphQLObjectType, details: Details, place: Place) -> Any:
        name = details[0].node.name.value
        if name == "__typename":
            return constant(type_.name)
        declared = _declared(type_, name)
        if isinstance(declared, Value):
            return self._value(declared, type_.fields[name], place)
        return self._child(declared, type_.fields[name], details, place)

    def _value(self, declared: Value, definition: GraphQLField, place: Place) -> Any:
        leaf = get_named_type(definition.type)
        value = declared.read(place.row)
        if isinstance(_nullable(definition.type), GraphQLList):
            return value
        if not is_known(leaf):
            raise SlowRoad(f"{leaf.name} is not written by SQL")
        if declared.permission is None:
            return written(leaf, value)
        rights = self._viewer.profile.rights.get(declared.permission)
        if rights is None or not rights.allow:
            self.redacted.append(list(place.path))
            return null()
        if rights.everywhere:
            return written(leaf, value)
        # Which rows it is withheld for, and so whether to say so, only the rows tell.
        raise SlowRoad(f"{declared.permission} depends on the row")

    def _child(self, declared: Field, definition: GraphQLField, details: Details, place: Place) -> Any:
        type_ = get_named_type(definition.type)
        if isinstance(declared, Same):
            json = self.json(select(*self.columns(type_, details, place)).correlate(*place.outer))
            return json if declared.when is None else case((declared.when(place.row), json), else_=null())
        if isinstance(declared, AnyNode):
            return self._any_node(declared, type_, details, place)
        if not isinstance(declared, One | Many | Pages):
            raise SlowRoad(f"{place.path[-1]} is not declared as an object")
        given = {name for name, value in self.arguments(definition, details).items() if value is not None}
        if declared.slow & given:
            raise SlowRoad(f"{place.path[-1]} is given an argument that Python answers")
        if isinstance(declared, Pages):
            self._insist(declared.permission)
            return Page(self, declared, definition, details, place).json()
        rows = self.seen(type_, declared.rows(place.row, self.name("t")))
        build = self._object if isinstance(declared, One) else self._list
        return build(type_, details, rows, place)

    def _any_node(self, declared: AnyNode, type_: GraphQLNamedType, details: Details, place: Place) -> Any:
        if not isinstance(type_, GraphQLInterfaceType):
            raise SlowRoad(f"{type_.name} is no interface")
        row_id = getattr(place.row, declared.id_column)
        cases = []
        for possible in self._schema.get_possible_types(type_):
            rows = self._all_visible(_table_of(possible), lambda row: row.id == row_id)
            json = self._object(possible, details, rows, place)
            cases.append((getattr(place.row, declared.type_column) == possible.name, json))
        return case(*cases, else_=null())

    # --- who sees what ---------------------------------------------------------------------------------------------

    def seen(self, type_: GraphQLNamedType, rows: Rows) -> Rows:
        """The rows that the viewer may see. A table without a permission of its own is seen through its parent."""
        reads = READS.get(type_.name)
        if reads is None or reads.view is None:
            return rows
        return replace(rows, where=(*rows.where, *self._visible(reads, rows.row)))

    def _visible(self, reads: Reads, row: Row) -> tuple[ColumnElement[bool], ...]:
        if reads.view is not None:
            return (self._permitted(reads.view, row),)
        if reads.visible is None:
            raise SlowRoad("a table that is seen through another's rows")
        return (reads.visible(row, self._permitted), row.tenant_id == self._viewer.tenant_id)

    def _permitted(self, permission: str, row: Row) -> ColumnElement[bool]:
        return self._authorizer.rows(self._viewer, permission, row)

    def _insist(self, permission: str | None) -> None:
        if permission is not None and not self._authorizer.allows(self._viewer, permission, None):
            raise SlowRoad(f"the viewer lacks {permission}")

    # --- small things ----------------------------------------------------------------------------------------------

    def arguments(self, definition: GraphQLField, details: Details) -> dict[str, Any]:
        """The arguments of a field with the values that they have now."""
        return get_argument_values(definition, details[0].node, self._variables)

    def name(self, prefix: str) -> str:
        """A name that nothing else in the statement has."""
        self._names += 1
        return f"{prefix}{self._names}"


def _check_keys(fields: Mapping[str, Details]) -> None:
    """Leave what SQL would say differently to the slow road: an object without fields, and keys that would be cut."""
    if not fields:
        raise SlowRoad("everything of an object is skipped")
    if any(len(key) > MAX_KEY for key in fields):
        raise SlowRoad("a response key is longer than an identifier")


def _nullable(type_: Any) -> Any:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _table_of(type_: GraphQLNamedType) -> Reads:
    reads = READS.get(type_.name)
    if reads is None or reads.table is None:
        raise SlowRoad(f"{type_.name} is not declared")
    return reads


_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def snake(name: str) -> str:
    """A GraphQL field's name in Python's spelling."""
    return _HUMP.sub(lambda match: "_" + match.group(1).lower(), name)


def _declared(type_: GraphQLObjectType, name: str) -> Field:
    """How a field is read: as declared, or from the column of its name.

    Raises:
        SlowRoad: neither.
    """
    reads = READS.get(type_.name)
    if reads is None:
        raise SlowRoad(f"{type_.name} is not declared")
    attribute = snake(name)
    found = reads.fields.get(attribute)
    if found is not None:
        return found
    if name == "id" and reads.table is not None:
        return Value(lambda row: global_id(type_.name, row.id))
    is_column = reads.table is not None and attribute in reads.table.model_fields
    if is_column and is_leaf_type(get_named_type(type_.fields[name].type)):
        return Value(lambda row: getattr(row, attribute))
    raise SlowRoad(f"{type_.name}.{name} is not declared")
