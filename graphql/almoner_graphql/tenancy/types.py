"""Programs and periods in the schema."""

from __future__ import annotations

from datetime import date

import strawberry

from almoner.tenancy import tables
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.sources import given_row, no_rows, rows_of
from almoner_graphql.problems import Problem

_NEW = "null if it was refused."
_PROBLEMS = "Why it was refused; empty if it was not."


@reads(tables.Period, view="program:view")
@strawberry.type(description="A span of days in a program; those of one program never overlap.")
class Period:
    """Read from `period`."""

    id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")
    label: str = strawberry.field(description="Its name, for example SFY10.")
    begin_on: date = strawberry.field(description="Its first day.")
    until_on: date = strawberry.field(description="The day after its last.")


@reads(tables.Program, view="program:view")
@strawberry.type(description="A payment program of the agency.")
class Program:
    """Read from `program`."""

    id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")
    code: str = strawberry.field(description="Short, and unique in the agency.")
    name: str = strawberry.field(description="Its name.")
    periods: list[Period] = many(
        rows_of(
            tables.Period,
            lambda program, period: period.program_id == program.id,
            order=lambda period: period.begin_on,
        ),
        description="Its periods, in time.",
    )


@reads()
@strawberry.type(description="What became of `createProgram`.")
class CreateProgramPayload:
    """The new program, or problems."""

    program: Program | None = one(given_row(tables.Program, "program"), description=f"The new program; {_NEW}")
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `createPeriod`.")
class CreatePeriodPayload:
    """The new period, or problems."""

    period: Period | None = one(given_row(tables.Period, "period"), description=f"The new period; {_NEW}")
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)
