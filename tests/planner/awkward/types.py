"""How the awkward tables read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Union

import strawberry
from sqlalchemy import Text, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import literal_column
from tests.planner.awkward import tables

from almoner_graphql.connection import Connection
from almoner_graphql.planner.declare import Argument, any_of, by_id, computed, many, one, pages, reads, same
from almoner_graphql.planner.filters import DayFilter, Filter, IdFilter, InstantFilter, TextFilter
from almoner_graphql.planner.sources import TableRow, all_rows, rows_of
from almoner_graphql.schema import AlmonerSchema

VIEW = "job:view"  # `any` for some, `assigned` for integrators
DETAIL = "job:cancel"  # `any` for program administrators, `assigned` for actuaries and integrators, none for auditors
FAILURE = "job.failure_detail:view"  # program administrators only


def field(description: str = "It.") -> Any:
    """A column of that name."""
    return strawberry.field(description=description)


@strawberry.enum(description="How it feels; stored as nobody would.")
class Mood(Enum):
    """Names that differ from stored values, with quotes and a backslash among them."""

    HAPPY = "very happy"
    SAD = "it's sad"
    MEH = "MEH"
    SLASHED = "\\"


@strawberry.interface(description="Has an id.")
class Named:
    """Of several tables."""

    id: strawberry.ID = field()


@reads(tables.Secret, view=VIEW)
@strawberry.type(description="Not for everybody.")
class Secret(Named):
    """Read from `odd_secret`."""

    text: str = field()
    detail: str | None = computed(lambda row: row.detail, permission=DETAIL, description="Depends on the row.")
    failure: str | None = computed(lambda row: row.detail, permission=FAILURE, description="Depends on the role.")


@reads(tables.Plain, view="program:view")
@strawberry.type(description="For everybody.")
class Plain(Named):
    """Read from `odd_plain`."""

    text: str | None = field()


Target = Annotated[Union[Secret, Plain], strawberry.union("Target", description="One of several tables.")]  # noqa: UP007


@reads(
    tables.Odd,
    view=VIEW,
    kind=lambda row: case((row.kind == "circle", literal_column("'Circle'")), else_=literal_column("'Square'")),
)
@strawberry.interface(description="One of several types of one table.")
class Shape:
    """Told apart by a column."""

    label: str = field()


@reads(tables.Odd, view=VIEW)
@strawberry.type(description="Round.")
class Circle(Shape):
    """A row of `odd` that says so."""

    radius: Decimal | None = computed(lambda row: row.fixed, description="Its.")
    around: list[Shape] = many(
        rows_of(tables.Odd, lambda parent, row: row.parent_id == parent.id, order=lambda row: row.number.desc()),
        description="What hangs on it.",
    )


@reads(tables.Odd, view=VIEW)
@strawberry.type(description="Not round.")
class Square(Shape):
    """A row of `odd` that says otherwise."""

    side: Decimal | None = computed(lambda row: row.exact, description="Its.")


@reads()
@strawberry.type(description="A part of the same row.")
class Part:
    """Read from its parent's row."""

    big: str | None = computed(lambda row: cast(row.big, Text), description="A number as text.")
    mood: Mood | None = computed(lambda row: row.mood, description="As stored under another name.")
    moods: list[Mood | None] = computed(
        lambda row: func.jsonb_build_array("it's sad", row.mood, "\\", type_=JSONB),
        always=True,  # it builds one
        description="A list of them, in order.",
    )
    again: Part | None = same(when=lambda row: row.flag.is_(True), description="The same once more.")


@strawberry.input(description="Which numbers.")
class IntFilter:
    """For whole numbers, which no list of the product is asked by."""

    eq: int | None = None
    in_: list[int] | None = strawberry.field(default=None, name="in")
    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None
    is_null: bool | None = None


@strawberry.input(description="Which.")
class OddFilter:
    """All operators."""

    label: TextFilter | None = strawberry.field(default=None, description="By it.")
    note: TextFilter | None = strawberry.field(default=None, description="By it.")
    number: IntFilter | None = strawberry.field(default=None, description="By it.")
    small: IntFilter | None = strawberry.field(default=None, description="By it.")
    first_on: DayFilter | None = strawberry.field(default=None, description="By it.")
    day: DayFilter | None = strawberry.field(default=None, description="By it.")
    noted_at: InstantFilter | None = strawberry.field(default=None, description="By it.")
    mood: Filter[Mood] | None = strawberry.field(default=None, description="By it.")
    parent: IdFilter | None = strawberry.field(default=None, description="By it.")


@strawberry.enum(description="Orders.")
class OddOrder(StrEnum):
    """By every kind of key."""

    LABEL_ASC = "label"
    LABEL_DESC = "-label"
    NUMBER_ASC = "number"
    NUMBER_DESC = "-number"
    FIRST_ON_ASC = "first_on"
    FIRST_ON_DESC = "-first_on"
    NOTED_AT_ASC = "noted_at"
    NOTED_AT_DESC = "-noted_at"


def _children_sum(odd: Any) -> Any:
    child = TableRow.of(tables.Odd, "summed")
    found = select(func.coalesce(func.sum(child.exact), 0))
    return (
        found.where(child.tenant_id == odd.tenant_id, child.parent_id == odd.id).correlate(odd.alias).scalar_subquery()
    )


def _numbered(parent: Any, name: str, given: Any) -> Any:
    def conditions(_parent: Any, row: Any) -> Any:
        own = (row.parent_id == parent.id,)
        flagged = (row.flag.is_(given["flag"]),) if "flag" in given else ()
        return (*own, *flagged, row.number >= given["least"]) if "least" in given else (*own, *flagged)

    return rows_of(tables.Odd, conditions)(parent, name, given)


_PAGING: dict[str, Any] = {
    "filter": OddFilter,
    "where": {"parent": lambda row: row.parent_id},
    "orders": OddOrder,
}


@reads(tables.Odd, view=VIEW)
@strawberry.type(description="Everything.")
class Odd(Named):
    """Read from `odd`."""

    label: str = field()
    number: int = field()
    first_on: date = field()
    noted_at: datetime = field()
    note: str | None = field()
    fixed: Decimal | None = field()
    exact: Decimal | None = field()
    small: int | None = field()
    day: date | None = field()
    at: datetime | None = field()
    tags: list[str | None] | None = field()
    mood: Mood | None = field()
    flag: bool | None = field()
    select: str | None = field()
    order: str | None = field()
    user: str | None = field()
    sum: Decimal = computed(_children_sum, description="Of its children.")
    never: str | None = computed(lambda _row: literal_column("null::text"), description="Null.")
    hidden: str | None = computed(lambda row: row.note, permission=DETAIL, description="Depends on the row.")
    part: Part = same(description="Of the same row.")
    maybe: Part | None = same(when=lambda row: row.flag.is_(False), description="Of the same row, perhaps.")
    parent: Odd | None = one(rows_of(tables.Odd, lambda odd, row: row.id == odd.parent_id), description="Above.")
    secret: Secret | None = one(rows_of(tables.Secret, lambda odd, row: row.id == odd.secret_id), description="It.")
    target: Target | None = any_of("target_type", "target_id", description="Of a union.")
    named: Named | None = any_of("target_type", "target_id", description="The same as an interface.")
    shape: Shape | None = one(
        rows_of(tables.Odd, lambda odd, row: row.id == odd.id), description="The same row, as what it is."
    )
    circle: Circle | None = same(when=lambda row: row.kind == "circle", description="The same row, if it is round.")
    square: Square | None = same(when=lambda row: row.kind != "circle", description="The same row, if it is not.")
    youngest: Odd | None = one(
        rows_of(tables.Odd, lambda odd, row: row.parent_id == odd.id, order=lambda row: row.first_on.desc(), limit=1),
        description="The last of its children.",
    )
    siblings: list[Odd] = many(
        rows_of(tables.Odd, lambda odd, row: row.parent_id == odd.parent_id, order=lambda row: row.noted_at, limit=3),
        description="Itself among them.",
    )
    children: Connection[Odd] = pages(
        _numbered,
        key="number",
        newest_first=True,
        arguments={
            "flag": Argument(bool | None, "Only with this flag.", default=None),
            "least": Argument(int | None, "From this number.", default=-3),
        },
        description="Below.",
        **_PAGING,
    )
    shapes: Connection[Shape] = pages(
        rows_of(tables.Odd, lambda odd, row: row.parent_id == odd.id), description="The same as shapes."
    )


@strawberry.type(description="Roots.")
class Query:
    """What can be asked."""

    odds: Connection[Odd] = pages(all_rows(tables.Odd), description="All.", **_PAGING)
    all: list[Odd] = many(all_rows(tables.Odd, order=lambda row: row.label), description="All at once.")
    shapes: list[Shape] = many(all_rows(tables.Odd, order=lambda row: row.noted_at), description="All, as shapes.")
    secrets: Connection[Secret] = pages(all_rows(tables.Secret), newest_first=True, description="All.")
    odd: Odd | None = by_id(description="One.")
    named: Named | None = by_id(description="One.")
    target: Target | None = by_id(description="One.")


SCHEMA = AlmonerSchema(query=Query, mutation=None, subscription=None, open_schema=True)
