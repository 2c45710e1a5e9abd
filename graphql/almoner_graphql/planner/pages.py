"""Connections: a page is one derived table, and edges, nodes, page info and count are read from it together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLObjectType, get_named_type
from sqlalchemy import ColumnElement, DateTime, Integer, Select, bindparam, case, func, null, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.elements import literal_column

from almoner_graphql.planner.binders import PageBinder, asked, bare, compared, positions
from almoner_graphql.planner.catalog import python_name
from almoner_graphql.planner.cursors import parser
from almoner_graphql.planner.declare import Pages
from almoner_graphql.planner.filters import SPANS, condition
from almoner_graphql.planner.render import EMPTY_LIST, json_object
from almoner_graphql.planner.sources import Row, Rows
from almoner_graphql.planner.values import constant, cursor

if TYPE_CHECKING:
    from almoner_graphql.planner.build import Builder, Details, Place


#: Fields of a connection that are read without numbering its rows.
_WITHOUT_PAGE = frozenset({"nodes", "totalCount", "__typename"})


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted.

    Attributes:
        kind: stands in its cursors, so that a cursor of another list or order is noticed.
        keys: unique together, never null.
        descending: all of them.
    """

    kind: str
    keys: list[Any]
    descending: bool

    @property
    def parsers(self) -> list[Callable[[str], Any]]:
        """How each key is read from a cursor."""
        return [parser(key) for key in self.keys]

    def by(self, *, reverse: bool) -> list[Any]:
        """The keys as the statement sorts by them."""
        return [key.desc() if self.descending != reverse else key for key in self.keys]

    def beyond(self, names: list[str], *, before: bool) -> ColumnElement[bool]:
        """What stands after a position, or before it; the names are parameters for its keys."""
        position = tuple_(*(bindparam(name, type_=key.type) for name, key in zip(names, self.keys, strict=True)))
        keys = tuple_(*self.keys)
        return keys < position if self.descending != before else keys > position


def order_of(declared: Pages, type_name: str, row: Row, wanted: Enum | None, span: str | None = None) -> Order:
    """The order that is wanted, or the list's own.

    Args:
        span: the instant by which the list is filtered, if it is. The newest are then the last of that span: by the
            id, PostgreSQL would go through all that are newer to find them.
    """
    if wanted is not None:
        name = str(wanted.value)
    elif span is not None:
        name = f"-{span}" if declared.newest_first else span
    else:
        return Order(type_name, [getattr(row, declared.key)], declared.newest_first)
    descending, column = name.startswith("-"), name.removeprefix("-")
    return Order(f"{type_name} by {name}", [getattr(row, column), row.id], descending)


class Page:
    """Builds the JSON of one connection.

    The page's rows are numbered; one more than asked for is read, which tells whether there is another page.
    """

    def __init__(
        self, builder: Builder, declared: Pages, definition: GraphQLField, details: Details, place: Place
    ) -> None:
        self._builder = builder
        self._declared = declared
        self._definition = definition
        self._details = details
        self._place = place
        self._given = builder.given(declared.arguments, definition, details)
        self._type = cast(GraphQLObjectType, get_named_type(definition.type))
        self._node_type = get_named_type(self._type.fields["nodes"].type)
        self._edge_type = cast(GraphQLObjectType, get_named_type(self._type.fields["edges"].type))
        self._prefix = builder.name("p")
        self._arguments = builder.arguments(definition, details)
        self._size = bindparam(f"{self._prefix}_size", type_=Integer)
        self._nodes: list[ColumnElement[Any]] = []

    def json(self) -> Any:
        """The connection as JSON; null if it has a condition that does not hold."""
        when = self._declared.when
        if when is None:
            return self._json()
        return case((when(self._place.row, self._given, self._builder.permitted), self._json()), else_=null())

    def _json(self) -> Any:
        rows = self._rows()
        wanted = self._arguments.get("orderBy")
        order = order_of(self._declared, self._node_type.name, rows.row, wanted, self._span(rows.row))
        self._builder.cost.add(self._place.share)
        self._builder.binders.append(
            PageBinder(self._definition, bare(self._details[0].node), self._prefix, order.kind, order.parsers)
        )
        fields = {
            key: (details[0].node.name.value, details)
            for key, details in self._builder.subfields(self._type, self._details).items()
        }
        if {name for name, _ in fields.values()} <= _WITHOUT_PAGE and not self._backward:
            pairs = [(key, self._without_page(name, details, key, order)) for key, (name, details) in fields.items()]
            return self._correlated(select(json_object(pairs).label("json"))).scalar_subquery()
        here = self._inside(rows)
        plans = [(key, name, self._planned(details, here.at(key))) for key, (name, details) in fields.items()]
        page = self._page(rows, order).subquery(self._builder.name("g"))
        pairs = [(response_key, self._written(name, plan, page)) for response_key, name, plan in plans]
        # `having` makes it one row whatever is selected, and however many rows the page has.
        found = select(json_object(pairs).label("json")).select_from(page).having(literal_column("true"))
        return found.scalar_subquery()

    def _inside(self, rows: Rows) -> Place:
        share = self._place.share.page(f"{self._prefix}_size")
        return replace(self._place, row=rows.row, outer=(*self._place.outer, rows.from_), share=share)

    def _without_page(self, name: str, details: Details, key: str, order: Order) -> Any:
        """A field that needs no numbers and no cursors: the rows go straight into a list."""
        if name == "totalCount":
            return self._total()
        if name == "__typename":
            return constant(self._type.name)
        rows = self._rows()
        own = replace(order, keys=[getattr(rows.row, column.name) for column in order.keys])
        page = replace(
            rows, where=(*rows.where, *self._bounds(own)), order=tuple(own.by(reverse=False)), limit=self._size
        )
        share = self._place.share.page(f"{self._prefix}_size")
        return self._builder.listed(self._node_type, details, page, replace(self._place, share=share).at(key))

    def _page(self, rows: Rows, order: Order) -> Select[Any]:
        by = order.by(reverse=self._backward)
        found = (
            select(
                func.row_number().over(order_by=by).label("r"),
                cursor(order.kind, order.keys).label("c"),
                *self._nodes,
            )
            .select_from(rows.from_)
            .where(*rows.where, *self._bounds(order))
            .order_by(*by)
            .limit(bindparam(f"{self._prefix}_more", type_=Integer))
        )
        return self._correlated(found)

    def _correlated(self, found: Select[Any]) -> Select[Any]:
        return found.correlate(*self._place.outer) if self._place.outer else found

    def _rows(self) -> Rows:
        """All rows of the connection: those of its source that the viewer may see and that the filter lets through."""
        rows = self._builder.rows(self._declared, self._node_type, self._given, self._place)
        self._builder.filtered |= any(asked(self._arguments))
        conditions = [
            condition(self._filtered(rows.row, name), operator, value, compared(self._prefix, name, operator))
            for name, operator, value in asked(self._arguments)
        ]
        return replace(rows, where=(*rows.where, *conditions), order=())

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
        label = f"n{len(self._nodes)}"
        self._nodes.append(self._builder.from_row(self._node_type, details, place).label(label))
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
                    json_object([(key, self._of_edge(part, label, page)) for key, part, label in plan]), page
                )
            case "pageInfo":
                return self._page_info(plan, page)
        return self._total()

    def _of_edge(self, name: str, label: str | None, page: Any) -> Any:
        if name == "cursor":
            return page.c.c
        return constant(self._edge_type.name) if name == "__typename" else page.c[label]

    def _listed(self, item: Any, page: Any) -> Any:
        numbered = page.c.r.desc() if self._backward else page.c.r
        inside = func.json_agg(aggregate_order_by(item, numbered)).filter(page.c.r <= self._size)
        return func.coalesce(inside, EMPTY_LIST)

    def _page_info(self, details: Details, page: Any) -> Any:
        info = cast(GraphQLObjectType, get_named_type(self._type.fields["pageInfo"].type))
        near = func.max(page.c.c).filter((page.c.r == 1) & (page.c.r <= self._size))
        cursors = func.array_agg(aggregate_order_by(page.c.c, page.c.r.desc())).filter(page.c.r <= self._size)
        far = func.array_to_json(cursors).op("->>")(literal_column("0"))
        more = func.count(page.c.r) > self._size
        beside: ColumnElement[Any] = literal_column(
            "true" if self._is_given("before" if self._backward else "after") else "false"
        )
        parts = {
            "__typename": constant(info.name),
            "hasNextPage": beside if self._backward else more,
            "hasPreviousPage": more if self._backward else beside,
            "startCursor": far if self._backward else near,
            "endCursor": near if self._backward else far,
        }
        found = self._builder.subfields(info, details)
        return json_object([(key, parts[one[0].node.name.value]) for key, one in found.items()])

    def _total(self) -> Any:
        rows = self._rows()
        return self._correlated(select(func.count()).select_from(rows.from_).where(*rows.where)).scalar_subquery()

    # --- arguments -------------------------------------------------------------------------------------------------

    def _is_given(self, name: str) -> bool:
        return self._arguments.get(name) is not None

    @property
    def _backward(self) -> bool:
        return self._is_given("last")

    def _bounds(self, order: Order) -> list[ColumnElement[bool]]:
        return [
            order.beyond(positions(self._prefix, name, len(order.keys)), before=name == "before")
            for name in ("after", "before")
            if self._is_given(name)
        ]

    @cached_property
    def _filter_type(self) -> GraphQLInputObjectType:
        return cast(GraphQLInputObjectType, get_named_type(self._definition.args["filter"].type))

    def _filtered(self, row: Row, name: str) -> Any:
        attribute = python_name(self._filter_type.fields[name])
        read = self._declared.where.get(attribute)
        return getattr(row, attribute) if read is None else read(row)

    def _span(self, row: Row) -> str | None:
        """The column with an instant, never null, between whose values the filter wants rows."""
        for name, operator, _ in asked(self._arguments):
            column = self._filtered(row, name)
            if operator in SPANS and isinstance(column.type, DateTime) and not getattr(column, "nullable", True):
                return str(column.name)
        return None
