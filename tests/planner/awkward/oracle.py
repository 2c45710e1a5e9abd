"""What the fields of the awkward schema are, written by hand over rows in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from sqlmodel import select
from tests.planner.awkward.tables import Odd, Plain, Secret
from tests.planner.oracle.engine import Call, Fields, Thing, utc
from tests.planner.oracle.lists import Sorted, asks_for_a_span, connection, filtered, instant, row_id

from almoner.core.errors import NotFound
from almoner.core.ids import split_global_id

VIEWS = {"Odd": "job:view", "Secret": "job:view", "Plain": "program:view"}
MOODS = {"very happy": "HAPPY", "it's sad": "SAD", "MEH": "MEH", "\\": "SLASHED", None: None}
_EXACT = Context(prec=300)
Rows = dict[str, list[Any]]
Read = Callable[[Any], Any]


async def load(house: Any, tenant_id: UUID) -> Rows:
    """All rows of a tenant."""
    async with house.database.tenant_transaction(tenant_id) as session:
        return {
            table.__name__: list((await session.execute(select(table))).scalars()) for table in (Odd, Secret, Plain)
        }


class Reading:
    """How rows are found."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def seen(self, call: Call, type_: str, on: Read = lambda row: True) -> list[Any]:
        """The rows that a viewer sees and that some condition holds for, by id."""
        found = [row for row in self._rows[type_] if on(row) and call.asker.allows(VIEWS[type_], row)]
        return sorted(found, key=lambda row: row.id)

    def one(self, call: Call, type_: str, wanted: Any) -> Thing | None:
        """One of them by its id."""
        found = self.seen(call, type_, lambda row: row.id == wanted) if wanted is not None else []
        return Thing(type_, found[0]) if found else None

    def by_id(self, call: Call, *types: str) -> Thing | None:
        """One of them by its global id."""
        try:
            type_, wanted = split_global_id(call.arguments["id"])
        except NotFound:
            return None
        return self.one(call, type_, wanted) if type_ in types else None

    def target(self, call: Call, *types: str) -> Thing | None:
        """What a row points at."""
        type_ = call.row.target_type
        return self.one(call, type_, call.row.target_id) if type_ in types else None


def shape(row: Any) -> Thing:
    """The row as what it says that it is."""
    return Thing("Circle" if row.kind == "circle" else "Square", row)


def things(type_: str, rows: list[Any]) -> list[Thing]:
    """The rows as objects."""
    return [Thing(type_, row) for row in rows]


def _page(call: Call, rows: list[Any], own: Sorted) -> Any:
    read: dict[str, Any] = {
        "label": lambda row: row.label,
        "note": lambda row: row.note,
        "number": lambda row: row.number,
        "small": lambda row: row.small,
        "firstOn": (lambda row: row.first_on, date.fromisoformat),
        "day": (lambda row: row.day, date.fromisoformat),
        "notedAt": (lambda row: utc(row.noted_at), instant),
        "mood": lambda row: MOODS[row.mood],
        "parent": (lambda row: row.parent_id, row_id),
    }
    found = filtered(rows, call.arguments.get("filter"), read)
    order = call.arguments.get("orderBy")
    if order is None and not asks_for_a_span(call, "notedAt"):
        return connection("Odd", found, own, call.arguments)
    order = order or ("NOTED_AT_DESC" if own.descending else "NOTED_AT_ASC")
    column = order.removesuffix("_ASC").removesuffix("_DESC").lower()
    descending = order.endswith("_DESC")
    keys: list[Read] = [
        lambda row: utc(row.noted_at) if column == "noted_at" else getattr(row, column),
        lambda row: row.id,
    ]
    kind = f"Odd by {'-' if descending else ''}{column}"
    return connection("Odd", found, Sorted(kind, keys, descending), call.arguments)


def _as_shapes(page: dict[str, Any]) -> dict[str, Any]:
    edges = [{**edge, "node": shape(edge["node"].row)} for edge in page["edges"]]
    return {**page, "edges": edges, "nodes": [edge["node"] for edge in edges]}


def fields_of(rows: Rows) -> Fields:
    """Every field that is no column of the same name."""
    reading = Reading(rows)
    return {**_roots(reading), **_plain_fields(), **_relations(reading), **_children(reading)}


def _roots(reading: Reading) -> Fields:
    def odds(call: Call) -> Any:
        return _page(call, reading.seen(call, "Odd"), Sorted("Odd", [lambda row: row.id]))

    def secrets(call: Call) -> Any:
        order = Sorted("Secret", [lambda row: row.id], descending=True)
        return connection("Secret", reading.seen(call, "Secret"), order, call.arguments)

    return {
        "Query.odds": odds,
        "Query.secrets": secrets,
        "Query.all": lambda call: things("Odd", sorted(reading.seen(call, "Odd"), key=lambda row: row.label)),
        "Query.shapes": lambda call: [
            shape(row) for row in sorted(reading.seen(call, "Odd"), key=lambda row: utc(row.noted_at))
        ],
        "Query.odd": lambda call: reading.by_id(call, "Odd"),
        "Query.named": lambda call: reading.by_id(call, "Odd", "Secret", "Plain"),
        "Query.target": lambda call: reading.by_id(call, "Secret", "Plain"),
    }


def _plain_fields() -> Fields:
    return {
        "Secret.detail": lambda call: call.unless_withheld("job:cancel", call.row.detail),
        "Secret.failure": lambda call: call.unless_withheld("job.failure_detail:view", call.row.detail),
        "Odd.hidden": lambda call: call.unless_withheld("job:cancel", call.row.note),
        "Odd.mood": lambda call: MOODS[call.row.mood],
        "Odd.never": lambda _call: None,
        "Odd.part": lambda call: call.row,
        "Odd.maybe": lambda call: call.row if call.row.flag is False else None,
        "Part.big": lambda call: None if call.row.big is None else str(call.row.big),
        "Part.mood": lambda call: MOODS[call.row.mood],
        "Part.moods": lambda call: ["SAD", MOODS[call.row.mood], "SLASHED"],
        "Part.again": lambda call: call.row if call.row.flag is True else None,
        "Circle.radius": lambda call: call.row.fixed,
        "Square.side": lambda call: call.row.exact,
    }


def _relations(reading: Reading) -> Fields:
    def siblings(call: Call) -> Any:
        same = call.row.parent_id
        found = reading.seen(call, "Odd", lambda row: same is not None and row.parent_id == same)
        return things("Odd", sorted(found, key=lambda row: utc(row.noted_at))[:3])

    def total(call: Call) -> Decimal:
        found = Decimal(0)
        for row in reading._rows["Odd"]:
            if row.parent_id == call.row.id and row.exact is not None:
                found = _EXACT.add(found, row.exact)
        return found

    def youngest(call: Call) -> Any:
        below = reading.seen(call, "Odd", lambda row: row.parent_id == call.row.id)
        found = sorted(below, key=lambda row: row.first_on.toordinal(), reverse=True)
        return Thing("Odd", found[0]) if found else None

    return {
        "Odd.sum": total,
        "Odd.siblings": siblings,
        "Odd.youngest": youngest,
        "Odd.parent": lambda call: reading.one(call, "Odd", call.row.parent_id),
        "Odd.secret": lambda call: reading.one(call, "Secret", call.row.secret_id),
        "Odd.shape": lambda call: shape(call.row),
        "Odd.circle": lambda call: call.row if call.row.kind == "circle" else None,
        "Odd.square": lambda call: call.row if call.row.kind != "circle" else None,
        "Odd.target": lambda call: reading.target(call, "Secret", "Plain"),
        "Odd.named": lambda call: reading.target(call, "Secret", "Plain", "Odd"),
    }


def _children(reading: Reading) -> Fields:
    def below(call: Call) -> list[Any]:
        return reading.seen(call, "Odd", lambda row: row.parent_id == call.row.id)

    def children(call: Call) -> Any:
        flag, least = call.arguments.get("flag"), call.arguments.get("least")
        found = [row for row in below(call) if flag is None or row.flag is flag]
        found = [row for row in found if least is None or row.number >= least]
        return _page(call, found, Sorted("Odd", [lambda row: row.number], descending=True))

    def shapes(call: Call) -> Any:
        return _as_shapes(connection("Shape", below(call), Sorted("Shape", [lambda row: row.id]), call.arguments))

    def around(call: Call) -> Any:
        return [shape(row) for row in sorted(below(call), key=lambda row: row.number, reverse=True)]

    return {"Odd.children": children, "Odd.shapes": shapes, "Circle.around": around}
