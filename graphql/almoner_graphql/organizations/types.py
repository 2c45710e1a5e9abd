"""Organizations in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry

from almoner.authorization.document import OrganizationKind
from almoner.authorization.permissions import Permission
from almoner.organizations import tables
from almoner_graphql.enums import publish
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.sources import given_row, no_rows
from almoner_graphql.problems import Problem

publish(
    OrganizationKind,
    description="What an organization is to the agency's programs; many roles are held at one kind only.",
    values={
        OrganizationKind.ACO: "An accountable care organization.",
        OrganizationKind.RBHA: "A Regional Behavioral Health Authority.",
        OrganizationKind.COMMITTEE: "A committee, board or panel.",
        OrganizationKind.BODY: "A body that committees are made of, and that delegates decisions to them.",
        OrganizationKind.OTHER: "Any other party.",
    },
)


@reads(tables.Organization, view=Permission.ORGANIZATION_VIEW)
@strawberry.type(description="A party of the agency's programs. People hold roles at it, and rows belong to it.")
class Organization(Node):
    """Read from `organization`."""

    kind: OrganizationKind = strawberry.field(description="What it is.")
    code: str = strawberry.field(
        description="What people call it by, for example `A0001`: unique in the agency, and the same for good."
    )
    name: str = strawberry.field(description="Its name.")
    closed_at: datetime | None = strawberry.field(
        description="Since when it takes no part any more and nobody holds a role at it; null while it does."
    )
    close_reason: str | None = strawberry.field(description="Why it was closed; null while it is not.")


@reads()
@strawberry.type(description="What became of a change of an organization.")
class OrganizationPayload:
    """The organization, or problems."""

    organization: Organization | None = one(
        given_row(tables.Organization, "organization"), description="As it is now; null if this was refused."
    )
    problems: list[Problem] = many(no_rows, description="Why this was refused; empty if it was not.")
