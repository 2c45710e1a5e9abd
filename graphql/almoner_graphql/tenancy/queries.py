"""Reading programs."""

from __future__ import annotations

import strawberry

from almoner.tenancy import read, tables
from almoner_graphql.context import Info
from almoner_graphql.fields import resolved
from almoner_graphql.planner.declare import ROOTS, Many, all_rows
from almoner_graphql.tenancy.types import Program

ROOTS["programs"] = Many(all_rows(tables.Program, order=lambda program: program.code))


@strawberry.type(description="Queries about programs.")
class TenancyQueries:
    """Part of `Query`."""

    @resolved(description="The agency's programs that the viewer may see (`program:view`), by code.")
    async def programs(self, info: Info) -> list[Program]:
        return [Program.of(row) for row in await info.context.read(read.programs)]
