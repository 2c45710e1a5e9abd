"""Figures in the schema."""

from __future__ import annotations

from decimal import Decimal

import strawberry
from sqlalchemy import func
from sqlalchemy.sql.elements import literal_column

from almoner.rates import tables
from almoner.rates.compare import FigureComparison
from almoner.rates.read import inputs_of
from almoner_graphql.context import Info
from almoner_graphql.fields import resolved
from almoner_graphql.node import Node, node_id
from almoner_graphql.planner.declare import Many, Value, reads
from almoner_graphql.rates import sources
from almoner_graphql.rates.enums import Exhibit, RateColumn, TieOut

_RATE_CELL = "A rate cell's code; in exhibits C also a program's name, or null for the grand total."
_CONTRACTOR = "A contractor's code; null for a total."
_COLUMN = "Null where the line has no range."


@reads(
    tables.RateFigure,
    visible=sources.figure_is_visible,
    revision=Value(sources.revision_number),
    column=Value(lambda figure: figure.rate_column),
    support=Value(lambda figure: func.coalesce(func.to_json(figure.support), literal_column("'[]'::json"))),
    inputs=Many(sources.INPUTS_OF_FIGURE),
)
@strawberry.type(description="One number of an exhibit, unrounded and as shown, which explains itself.")
class RateFigure(Node):
    """Built from a row of `rate_figure`."""

    row: strawberry.Private[tables.RateFigure]
    revision: int = strawberry.field(description="The number of the revision that it was computed for.")
    exhibit: Exhibit = strawberry.field(description="Where it stands.")
    rate_cell: str | None = strawberry.field(description=_RATE_CELL)
    contractor: str | None = strawberry.field(description=_CONTRACTOR)
    line: str = strawberry.field(description="The line's name, for example `rate`.")
    column: RateColumn | None = strawberry.field(description=_COLUMN)
    value: Decimal = strawberry.field(description="Unrounded, to 40 significant digits.")
    display: str = strawberry.field(description="Rounded half up, as the exhibit shows it.")
    formula: str = strawberry.field(description="How it was computed, in line names and parameters.")
    printed: str | None = strawberry.field(description="The printed cell that it was compared with, as printed.")
    tie_out: TieOut | None = strawberry.field(description="How the two compare; null if nothing was printed.")
    repair: str | None = strawberry.field(description="What a misread cell probably says; null without support.")
    support: list[str] = strawberry.field(description="Which sums among printed cells the repair mends.")

    @resolved(description="The figures that it was computed from, in the order of the calculation.")
    async def inputs(self, info: Info) -> list[RateFigure]:
        return [RateFigure.of(row, self.revision) for row in await info.context.read(inputs_of, self.row)]

    @classmethod
    def of(cls, row: tables.RateFigure, revision: int) -> RateFigure:
        """The figure in a row of that revision."""
        return cls(
            id=node_id("RateFigure", row.id),
            row=row,
            revision=revision,
            exhibit=Exhibit(row.exhibit),
            rate_cell=row.rate_cell,
            contractor=row.contractor,
            line=row.line,
            column=None if row.rate_column is None else RateColumn(row.rate_column),
            value=row.value,
            display=row.display,
            formula=row.formula,
            printed=row.printed,
            tie_out=None if row.tie_out is None else TieOut(row.tie_out),
            repair=row.repair,
            support=row.support or [],
        )


@strawberry.type(description="One line of two revisions, side by side.")
class RateFigureComparison:
    """See `almoner.rates.compare.FigureComparison`."""

    exhibit: Exhibit = strawberry.field(description="Where it stands.")
    rate_cell: str | None = strawberry.field(description=_RATE_CELL)
    contractor: str | None = strawberry.field(description=_CONTRACTOR)
    line: str = strawberry.field(description="The line's name.")
    column: RateColumn | None = strawberry.field(description=_COLUMN)
    before: Decimal | None = strawberry.field(description="In the earlier revision; null if it has no such line.")
    before_display: str | None = strawberry.field(description="The same, as shown.")
    after: Decimal | None = strawberry.field(description="In the later revision; null if it has no such line.")
    after_display: str | None = strawberry.field(description="The same, as shown.")
    difference: Decimal | None = strawberry.field(description="`after` minus `before`; null if one of them is.")

    @classmethod
    def of(cls, line: FigureComparison) -> RateFigureComparison:
        """The line that the domain compared."""
        return cls(
            exhibit=line.exhibit,
            rate_cell=line.rate_cell,
            contractor=line.contractor,
            line=line.line,
            column=line.column,
            before=line.before,
            before_display=line.before_display,
            after=line.after,
            after_display=line.after_display,
            difference=line.difference,
        )
