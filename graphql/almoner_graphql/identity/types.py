"""Who one is, in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry

from almoner_graphql.problems import Problem


@strawberry.type(description="The agency that a viewer belongs to.")
class Tenant:
    """Built from a row of `tenant`."""

    code: str = strawberry.field(description="Short; it is given to `login`.")
    name: str = strawberry.field(description="Its name.")
    time_zone: str = strawberry.field(description="The IANA name of the time zone that its deadlines are computed in.")


@strawberry.type(description="Who sends this request.")
class Viewer:
    """Built from the scope."""

    id: strawberry.ID = strawberry.field(description="Of the account; things that it did name it by this id.")
    kind: str = strawberry.field(description="`account` (a person) or `service_account` (a machine).")
    roles: list[str] = strawberry.field(description="The roles held now, by name.")
    permissions: list[str] = strawberry.field(description="What these allow, for some things at least, by name.")
    tenant: Tenant = strawberry.field(description="The agency.")


@strawberry.type(description="What became of `login`.")
class LoginPayload:
    """A token, or problems."""

    access_token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer …`; null if the login was refused."
    )
    expires_at: datetime | None = strawberry.field(description="When it ends.")
    problems: list[Problem] = strawberry.field(description="Why the login was refused; empty if it was not.")
