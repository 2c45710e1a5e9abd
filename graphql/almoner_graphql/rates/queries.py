"""Reading rate developments."""

from __future__ import annotations

from enum import StrEnum

import strawberry

from almoner.authorization.permissions import Permission
from almoner_graphql.connection import Connection
from almoner_graphql.enums import publish
from almoner_graphql.planner.declare import Argument, by_id, one, pages, row_id
from almoner_graphql.planner.filters import Filter, InstantFilter
from almoner_graphql.rates import sources
from almoner_graphql.rates.enums import Status
from almoner_graphql.rates.figures import RateFigureComparison
from almoner_graphql.rates.types import RateDevelopment, RateRules


@strawberry.input(description="Which rate developments; what is not given or null means any.")
class RateDevelopmentFilter:
    """Columns of `rate_development`."""

    status: Filter[Status] | None = strawberry.field(default=None, description="Where they stand.")
    submitted_at: InstantFilter | None = strawberry.field(default=None, description="When they were first submitted.")


class RateDevelopmentOrder(StrEnum):
    """Columns of `rate_development`; a minus sign turns the order round."""

    SUBMITTED_AT_ASC = "submitted_at"
    SUBMITTED_AT_DESC = "-submitted_at"
    NAME_ASC = "name"
    NAME_DESC = "-name"


publish(
    RateDevelopmentOrder,
    description="An order of rate developments.",
    values={
        RateDevelopmentOrder.SUBMITTED_AT_ASC: "The one that was first submitted first comes first.",
        RateDevelopmentOrder.SUBMITTED_AT_DESC: "The one that was first submitted last comes first.",
        RateDevelopmentOrder.NAME_ASC: "By name, as the database sorts texts.",
        RateDevelopmentOrder.NAME_DESC: "By name, the other way round.",
    },
)


@strawberry.type(description="Queries about capitation rates.")
class RateQueries:
    """Part of `Query`."""

    rate_development: RateDevelopment | None = by_id(
        description="A rate development; null for an id that the viewer may not know of. Needs `rate_development:view`."
    )
    rate_developments: Connection[RateDevelopment] = pages(
        sources.developments_with_package,
        newest_first=True,
        filter=RateDevelopmentFilter,
        orders=RateDevelopmentOrder,
        arguments={
            "package_digest": Argument(str | None, "Only those with a revision of exactly this package.", default=None)
        },
        description=(
            "The rate developments that the viewer may see (`rate_development:view`), newest first unless ordered "
            "otherwise."
        ),
    )
    rate_revision_comparison: Connection[RateFigureComparison] | None = pages(
        sources.compared_figures,
        key="place",
        when=sources.can_be_compared,
        arguments={
            "id": Argument(strawberry.ID, "The development's id.", convert=row_id("RateDevelopment")),
            "before_revision": Argument(int, "The number of the earlier revision."),
            "after_revision": Argument(int, "The number of the later revision."),
            "changed_only": Argument(bool, "Leave out lines whose value is the same.", default=True),
        },
        description=(
            "Two revisions of a development side by side, in the order of the later calculation; null for an id or a "
            "revision that the viewer may not know of. Needs `rate_development:view`."
        ),
    )
    rate_rules: RateRules | None = one(
        sources.rules_in_force,
        permission=Permission.RATE_RULES_VIEW,
        description="What the agency has set for its rates. Needs `rate_rules:view`.",
    )
