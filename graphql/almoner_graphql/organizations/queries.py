"""Reading organizations."""

from __future__ import annotations

from enum import StrEnum

import strawberry

from almoner.authorization.document import OrganizationKind
from almoner.organizations import tables
from almoner_graphql.connection import Connection
from almoner_graphql.enums import publish
from almoner_graphql.organizations.types import Organization
from almoner_graphql.planner.declare import by_id, pages
from almoner_graphql.planner.filters import Filter, NullFilter, TextFilter
from almoner_graphql.planner.sources import all_rows


@strawberry.input(description="Which organizations; what is not given or null means any.")
class OrganizationFilter:
    """Columns of `organization`."""

    kind: Filter[OrganizationKind] | None = strawberry.field(default=None, description="What they are.")
    code: TextFilter | None = strawberry.field(default=None, description="What they are called by.")
    name: TextFilter | None = strawberry.field(default=None, description="Their whole name.")
    closed_at: NullFilter | None = strawberry.field(
        default=None, description="Whether they are closed; `{isNull: true}` for those that take part."
    )


class OrganizationOrder(StrEnum):
    """Columns of `organization`; a minus sign turns the order round."""

    NAME_ASC = "name"
    NAME_DESC = "-name"


publish(
    OrganizationOrder,
    description="An order of organizations.",
    values={
        OrganizationOrder.NAME_ASC: "By name; same names by age.",
        OrganizationOrder.NAME_DESC: "By name, the other way round.",
    },
)


@strawberry.type(description="Queries about organizations.")
class OrganizationQueries:
    """Part of `Query`."""

    organization: Organization | None = by_id(
        description="An organization; null for an id that the viewer may not know of. Needs `organization:view`."
    )
    organizations: Connection[Organization] = pages(
        all_rows(tables.Organization),
        key="code",
        filter=OrganizationFilter,
        orders=OrganizationOrder,
        description=(
            "The organizations that the viewer may see (`organization:view`), closed ones too, by code unless ordered "
            "otherwise."
        ),
    )
