"""Reading rate developments."""

from __future__ import annotations

from typing import Annotated

import strawberry

from almoner.core.errors import NotFound
from almoner.core.ids import row_id_of
from almoner.rates import read, tables
from almoner.rates.compare import compare_revisions
from almoner.rates.rules import get_rate_rules
from almoner_graphql.connection import After, Connection, First, connection
from almoner_graphql.context import Info
from almoner_graphql.fields import resolved
from almoner_graphql.planner.declare import ROOTS, ById, Pages, all_rows, one_of
from almoner_graphql.rates.enums import Status
from almoner_graphql.rates.figures import RateFigureComparison
from almoner_graphql.rates.sources import with_package
from almoner_graphql.rates.types import RateDevelopment, RateRules, find_rate_development

ROOTS["rateDevelopment"] = ById("RateDevelopment")
ROOTS["rateDevelopments"] = Pages(
    all_rows(tables.RateDevelopment),
    newest_first=True,
    filters={
        "statuses": lambda development, wanted: one_of(development.status, wanted),
        "packageDigest": with_package,
    },
)


@strawberry.type(description="Queries about capitation rates.")
class RateQueries:
    """Part of `Query`."""

    @resolved(
        description="A rate development; null for an id that the viewer may not know of. Needs `rate_development:view`."
    )
    async def rate_development(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> RateDevelopment | None:
        info.context.require_session()
        try:
            development_id = row_id_of("RateDevelopment", id)
        except NotFound:
            return None
        return await find_rate_development(info.context, development_id)

    @resolved(description="The rate developments that the viewer may see (`rate_development:view`), newest first.")
    async def rate_developments(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        statuses: Annotated[
            list[Status] | None, strawberry.argument(description="Only those with one of these statuses.")
        ] = None,
        package_digest: Annotated[
            str | None, strawberry.argument(description="Only those with a revision of exactly this package.")
        ] = None,
    ) -> Connection[RateDevelopment]:
        page = await info.context.read(
            read.rate_developments, first=first, after=after, statuses=statuses, package_digest=package_digest
        )
        return connection(page, RateDevelopment.of, after=after)

    @resolved(
        description=(
            "Two revisions of a development side by side, in the order of the later calculation; null for an id or a "
            "revision that the viewer may not know of. Needs `rate_development:view`."
        )
    )
    async def rate_revision_comparison(
        self,
        info: Info,
        *,
        id: Annotated[strawberry.ID, strawberry.argument(description="The development's id.")],
        before_revision: Annotated[int, strawberry.argument(description="The number of the earlier revision.")],
        after_revision: Annotated[int, strawberry.argument(description="The number of the later revision.")],
        changed_only: Annotated[
            bool, strawberry.argument(description="Leave out lines whose value is the same.")
        ] = True,
        first: First = None,
        after: After = None,
    ) -> Connection[RateFigureComparison] | None:
        info.context.require_session()
        try:
            development_id = row_id_of("RateDevelopment", id)
        except NotFound:
            return None
        page = await info.context.find(
            compare_revisions,
            development_id,
            before_revision,
            after_revision,
            changed_only=changed_only,
            first=first,
            after_cursor=after,
        )
        return None if page is None else connection(page, RateFigureComparison.of, after=after)

    @resolved(description="What the agency has set for its rates. Needs `rate_rules:view`.")
    async def rate_rules(self, info: Info) -> RateRules | None:
        return RateRules.of(await info.context.read(get_rate_rules))
