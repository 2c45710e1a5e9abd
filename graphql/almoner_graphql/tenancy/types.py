"""Programs and periods in the schema."""

from __future__ import annotations

from datetime import date

import strawberry

from almoner.tenancy import tables
from almoner.tenancy.read import periods_of
from almoner_graphql.context import Info
from almoner_graphql.fields import resolved
from almoner_graphql.node import node_id
from almoner_graphql.planner.declare import Many, reads, rows_of
from almoner_graphql.problems import Problem


@reads(tables.Period, view="program:view")
@strawberry.type(description="A span of days in a program; those of one program never overlap.")
class Period:
    """Built from a row of `period`."""

    id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")
    label: str = strawberry.field(description="Its name, for example SFY10.")
    begin_on: date = strawberry.field(description="Its first day.")
    until_on: date = strawberry.field(description="The day after its last.")

    @classmethod
    def of(cls, row: tables.Period) -> Period:
        """The period in a row."""
        return cls(id=node_id("Period", row.id), label=row.label, begin_on=row.begin_on, until_on=row.until_on)


@reads(
    tables.Program,
    view="program:view",
    periods=Many(
        rows_of(
            tables.Period,
            lambda program, period: period.program_id == program.id,
            order=lambda period: period.begin_on,
        )
    ),
)
@strawberry.type(description="A payment program of the agency.")
class Program:
    """Built from a row of `program`."""

    row: strawberry.Private[tables.Program]
    id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")
    code: str = strawberry.field(description="Short, and unique in the agency.")
    name: str = strawberry.field(description="Its name.")

    @resolved(description="Its periods, in time.")
    async def periods(self, info: Info) -> list[Period]:
        return [Period.of(row) for row in await info.context.read(periods_of, self.row.id)]

    @classmethod
    def of(cls, row: tables.Program) -> Program:
        """The program in a row."""
        return cls(row=row, id=node_id("Program", row.id), code=row.code, name=row.name)


@strawberry.type(description="What became of `createProgram`.")
class CreateProgramPayload:
    """The new program, or problems."""

    program: Program | None = strawberry.field(description="The new program; null if it was refused.")
    problems: list[Problem] = strawberry.field(description="Why it was refused; empty if it was not.")


@strawberry.type(description="What became of `createPeriod`.")
class CreatePeriodPayload:
    """The new period, or problems."""

    period: Period | None = strawberry.field(description="The new period; null if it was refused.")
    problems: list[Problem] = strawberry.field(description="Why it was refused; empty if it was not.")
