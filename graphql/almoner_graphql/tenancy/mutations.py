"""Opening programs and their periods."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.tenancy import programs, tables
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.problems import answered, attempt
from almoner_graphql.scalars import day
from almoner_graphql.tenancy.types import CreatePeriodPayload, CreateProgramPayload


@strawberry.type(description="Mutations of programs.")
class TenancyMutations:
    """Part of `Mutation`."""

    @mutation(description="Open a program. Needs `program:create`.")
    async def create_program(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="2 to 40 of `a-z 0-9 -`, a letter first.")],
        name: Annotated[str, strawberry.argument(description="Its name.")],
    ) -> CreateProgramPayload:
        made = await attempt(info.context, programs.create_program, code=code, name=name)
        return answered(CreateProgramPayload, "program", *made)

    @mutation(description="Open a period of a program. Needs `program:create`.")
    async def create_period(
        self,
        info: Info,
        program: Annotated[strawberry.ID, strawberry.argument(description="The program's id.")],
        label: Annotated[str, strawberry.argument(description="Its name, unique in the program, for example SFY10.")],
        begin_on: Annotated[date, strawberry.argument(description="Its first day.")],
        until_on: Annotated[date, strawberry.argument(description="The day after its last.")],
    ) -> CreatePeriodPayload:
        async def create(scope: TenantScope) -> tables.Period:
            return await programs.create_period(
                scope,
                row_id_of("Program", program),
                label=label,
                begin_on=day(begin_on, "beginOn"),
                until_on=day(until_on, "untilOn"),
            )

        return answered(CreatePeriodPayload, "period", *await attempt(info.context, create))
