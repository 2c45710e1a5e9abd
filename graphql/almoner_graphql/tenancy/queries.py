"""Reading programs."""

from __future__ import annotations

import strawberry

from almoner.tenancy import tables
from almoner_graphql.planner.declare import many
from almoner_graphql.planner.sources import all_rows
from almoner_graphql.tenancy.types import Program


@strawberry.type(description="Queries about programs.")
class TenancyQueries:
    """Part of `Query`."""

    programs: list[Program] = many(
        all_rows(tables.Program, order=lambda program: program.code),
        description="The agency's programs that the viewer may see (`program:view`), by code.",
    )
