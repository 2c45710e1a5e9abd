"""Connections: a page is one derived table, and edges, nodes, page info and count are read from it together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type
from graphql.execution.values import VariableValues, get_argument_values
from sqlalchemy import ColumnElement, Integer, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.elements import literal_column

from almoner.core.paging import page_size, position_of
from almoner_graphql.planner.declare import READS, Details, Pages, Place, Rows, SlowRoad
from almoner_graphql.planner.values import constant, cursor

if TYPE_CHECKING:
    from almoner_graphql.planner.build import Builder

_EMPTY = "'[]'::json"
#: `json_build_object` takes a hundred arguments.
MAX_PAIRS = 50


class Page:
    """Builds the JSON of one connection.

    The page's rows are numbered; one more than asked for is read, which tells whether there is a next page.
    """

    def __init__(
        self, builder: Builder, declared: Pages, definition: GraphQLField, details: Details, place: Place
    ) -> None:
        self._builder = builder
        self._declared = declared
        self._definition = definition
        self._details = details
        self._place = place
        type_ = get_named_type(definition.type)
        if not isinstance(type_, GraphQLObjectType):
            raise SlowRoad("a connection is an object")
        self._type = type_
        self._node_type = get_named_type(type_.fields["nodes"].type)
        self._edge_type = get_named_type(type_.fields["edges"].type)
        self._prefix = builder.name("p")
        self._arguments = builder.arguments(definition, details)
        self._first = bindparam(f"{self._prefix}_first", type_=Integer)
        self._nodes: list[ColumnElement[Any]] = []

    def json(self) -> Any:
        """The connection as JSON."""
        rows = self._rows()
        key = getattr(rows.row, self._declared.key)
        ordered = key.desc() if self._declared.newest_first else key
        reads = READS[self._node_type.name]
        if reads.table is None:
            raise SlowRoad(f"{self._node_type.name} has no table")
        here = Place(rows.row, (*self._place.outer, rows.from_), self._place.path)
        plans = [
            (response_key, details[0].node.name.value, self._planned(details, here.at(response_key)))
            for response_key, details in self._builder.subfields(self._type, self._details).items()
        ]
        page = (
            select(
                func.row_number().over(order_by=ordered).label("r"),
                cursor(reads.table.__name__, key).label("c"),
                *self._nodes,
            )
            .select_from(rows.from_)
            .where(*rows.where, *self._after(key))
            .order_by(ordered)
            .limit(bindparam(f"{self._prefix}_more", type_=Integer))
        )
        page = page.correlate(*self._place.outer) if self._place.outer else page
        table = page.subquery(self._builder.name("g"))
        columns = [self._written(name, plan, table).label(response_key) for response_key, name, plan in plans]
        self._builder.binders.append(self._bind)
        if not {name for _key, name, _plan in plans} & {"nodes", "edges", "pageInfo"}:
            return self._builder.json(select(*columns))
        # `having` makes it one row whatever is selected, and however many rows the page has.
        return self._builder.json(select(*columns).select_from(table).having(literal_column("true")))

    def _rows(self) -> Rows:
        rows = self._declared.rows(self._place.row, self._builder.name("t"))
        seen = self._builder.seen(self._node_type, rows)
        filters = [
            condition(rows.row, bindparam(self._parameter(path)))
            for path, condition in self._declared.filters.items()
            if _dig(self._arguments, path) is not None
        ]
        flags = [
            condition(rows.row)
            for path, condition in self._declared.flags.items()
            if _dig(self._arguments, path) is True
        ]
        return Rows(rows.row, rows.from_, (*seen.where, *filters, *flags))

    def _planned(self, details: Details, place: Place) -> Any:
        """What a field of the connection needs of the page: columns for nodes, selections for the rest."""
        name = details[0].node.name.value
        if name == "nodes":
            return self._node(details, place)
        if name != "edges":
            return details
        found = self._builder.subfields(self._edge_type, details)
        return [(key, one[0].node.name.value, self._edge(one, place.at(key))) for key, one in found.items()]

    def _edge(self, details: Details, place: Place) -> str | None:
        return self._node(details, place) if details[0].node.name.value == "node" else None

    def _node(self, details: Details, place: Place) -> str:
        columns = self._builder.columns(self._node_type, details, place)
        label = f"n{len(self._nodes)}"
        self._nodes.append(self._builder.json(select(*columns).correlate(*place.outer)).label(label))
        return label

    # --- reading the page ------------------------------------------------------------------------------------------

    def _written(self, name: str, plan: Any, page: Any) -> Any:
        match name:
            case "__typename":
                return constant(self._type.name)
            case "nodes":
                return self._listed(page.c[plan], page)
            case "edges":
                return self._listed(
                    _object([(key, self._of_edge(part, label, page)) for key, part, label in plan]), page
                )
            case "pageInfo":
                return self._page_info(plan, page)
            case "totalCount":
                return self._total()
        raise SlowRoad(f"{name} of a connection is not declared")

    def _of_edge(self, name: str, label: str | None, page: Any) -> Any:
        if name == "cursor":
            return page.c.c
        return constant(self._edge_type.name) if name == "__typename" else page.c[label]

    def _listed(self, item: Any, page: Any) -> Any:
        inside = func.json_agg(aggregate_order_by(item, page.c.r)).filter(page.c.r <= self._first)
        return func.coalesce(inside, literal_column(_EMPTY))

    def _page_info(self, details: Details, page: Any) -> Any:
        info = get_named_type(self._type.fields["pageInfo"].type)
        cursors = func.array_agg(aggregate_order_by(page.c.c, page.c.r.desc())).filter(page.c.r <= self._first)
        parts = {
            "__typename": constant(info.name),
            "hasNextPage": func.count(page.c.r) > self._first,
            "hasPreviousPage": literal_column("true" if self._has_after else "false"),
            "startCursor": func.max(page.c.c).filter((page.c.r == 1) & (page.c.r <= self._first)),
            "endCursor": _first_of(cursors),
        }
        found = self._builder.subfields(info, details)
        return _object([(key, parts[one[0].node.name.value]) for key, one in found.items()])

    def _total(self) -> Any:
        rows = self._rows()
        counted = select(func.count()).select_from(rows.from_).where(*rows.where)
        counted = counted.correlate(*self._place.outer) if self._place.outer else counted
        return counted.scalar_subquery()

    # --- parameters ------------------------------------------------------------------------------------------------

    @property
    def _has_after(self) -> bool:
        return self._arguments.get("after") is not None

    def _after(self, key: Any) -> list[ColumnElement[bool]]:
        if not self._has_after:
            return []
        position = bindparam(f"{self._prefix}_after", type_=key.type)
        return [key < position if self._declared.newest_first else key > position]

    def _parameter(self, path: str) -> str:
        return f"{self._prefix}_{path.replace('.', '_')}"

    def _bind(self, values: VariableValues) -> Mapping[str, Any]:
        """The parameters of this connection.

        Raises:
            Invalid: a bad page size or cursor.
        """
        arguments = get_argument_values(self._definition, self._details[0].node, values)
        first = page_size(arguments.get("first"))
        bound: dict[str, Any] = {f"{self._prefix}_first": first, f"{self._prefix}_more": first + 1}
        if self._has_after:
            reads = READS[self._node_type.name]
            kind = reads.table.__name__ if reads.table is not None else ""
            bound[f"{self._prefix}_after"] = self._position(position_of(kind, str(arguments["after"])))
        for path in self._declared.filters:
            value = _dig(arguments, path)
            if value is not None:
                bound[self._parameter(path)] = _stored(value)
        return bound

    def _position(self, keys: list[Any]) -> Any:
        match keys:
            case [str(text)]:
                try:
                    return self._declared.parse(text)
                except ValueError:
                    raise SlowRoad("a cursor that is none") from None
        raise SlowRoad("a cursor that is none")


def _first_of(array: Any) -> Any:
    """The first member of an array expression."""
    return func.array_to_json(array).op("->>")(literal_column("0"))


def _object(pairs: list[tuple[str, Any]]) -> Any:
    if len(pairs) > MAX_PAIRS:
        raise SlowRoad("more fields than a JSON object is built from")
    # Response keys are GraphQL names: letters, digits and underscores.
    parts: list[Any] = []
    for key, value in pairs:
        parts += [literal_column(f"'{key}'"), value]
    return func.json_build_object(*parts)


def _dig(arguments: Mapping[str, Any], path: str) -> Any:
    found: Any = arguments
    for name in path.split("."):
        if found is None:
            return None
        found = found.get(name)
    return found


def _stored(value: Any) -> Any:
    """An argument as the database has it: enums by their values."""
    if isinstance(value, list):
        return [_stored(item) for item in value]
    return getattr(value, "value", value)
