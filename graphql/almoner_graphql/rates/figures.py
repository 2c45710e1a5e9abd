"""Figures in the schema."""

from __future__ import annotations

from decimal import Decimal

import strawberry
from sqlalchemy import func
from sqlalchemy.sql.elements import literal_column

from almoner.rates import tables
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import computed, many, reads
from almoner_graphql.rates import sources
from almoner_graphql.rates.enums import Exhibit, RateColumn, TieOut

_RATE_CELL = "A rate cell's code; in exhibits C also a program's name, or null for the grand total."
_CONTRACTOR = "A contractor's code; null for a total."
_COLUMN = "Null where the line has no range."


@reads(tables.RateFigure, visible=sources.figure_is_visible)
@strawberry.type(description="One number of an exhibit, unrounded and as shown, which explains itself.")
class RateFigure(Node):
    """Read from `rate_figure`."""

    revision: int = computed(
        sources.revision_number,
        always=True,  # a foreign key sees to it that there is one
        description="The number of the revision that it was computed for.",
    )
    exhibit: Exhibit = strawberry.field(description="Where it stands.")
    rate_cell: str | None = strawberry.field(description=_RATE_CELL)
    contractor: str | None = strawberry.field(description=_CONTRACTOR)
    line: str = strawberry.field(description="The line's name, for example `rate`.")
    column: RateColumn | None = computed(lambda figure: figure.rate_column, description=_COLUMN)
    value: Decimal = strawberry.field(description="Unrounded, to 40 significant digits.")
    display: str = strawberry.field(description="Rounded half up, as the exhibit shows it.")
    formula: str = strawberry.field(description="How it was computed, in line names and parameters.")
    printed: str | None = strawberry.field(description="The printed cell that it was compared with, as printed.")
    tie_out: TieOut | None = strawberry.field(description="How the two compare; null if nothing was printed.")
    repair: str | None = strawberry.field(description="What a misread cell probably says; null without support.")
    support: list[str] = computed(
        lambda figure: func.coalesce(func.to_json(figure.support), literal_column("'[]'::json")),
        description="Which sums among printed cells the repair mends.",
    )
    inputs: list[RateFigure] = many(
        sources.INPUTS_OF_FIGURE,
        expect=3,
        description="The figures that it was computed from, in the order of the calculation.",
    )


@reads()
@strawberry.type(description="One line of two revisions, side by side.")
class RateFigureComparison:
    """Read from the figures of both revisions together; see `sources.compared_figures`."""

    # Of the line's own revision, where it is not null; one of the two has the line.
    exhibit: Exhibit = computed(lambda line: line.exhibit, always=True, description="Where it stands.")
    rate_cell: str | None = computed(lambda line: line.rate_cell, description=_RATE_CELL)
    contractor: str | None = computed(lambda line: line.contractor, description=_CONTRACTOR)
    line: str = computed(lambda line: line.line, always=True, description="The line's name.")
    column: RateColumn | None = computed(lambda line: line.rate_column, description=_COLUMN)
    before: Decimal | None = computed(
        lambda line: line.before, description="In the earlier revision; null if it has no such line."
    )
    before_display: str | None = computed(lambda line: line.before_display, description="The same, as shown.")
    after: Decimal | None = computed(
        lambda line: line.after, description="In the later revision; null if it has no such line."
    )
    after_display: str | None = computed(lambda line: line.after_display, description="The same, as shown.")
    difference: Decimal | None = computed(
        lambda line: line.difference, description="`after` minus `before`; null if one of them is."
    )
