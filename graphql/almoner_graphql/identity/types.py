"""Who one is, in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry
from sqlalchemy import FromClause, func

from almoner.authorization.permissions import Permission
from almoner.authorization.tables import RoleAssignment as RoleAssignmentTable
from almoner.identity.door import SignedIn
from almoner.tenancy import tables
from almoner_graphql.authorization.role_queries import assignment_pages
from almoner_graphql.authorization.role_types import RoleAssignment
from almoner_graphql.connection import Connection
from almoner_graphql.planner.declare import computed, known, one, reads
from almoner_graphql.planner.sources import KIND, ROLES, SUBJECT, Given, Row, Rows, rows_of
from almoner_graphql.planner.values import global_id
from almoner_graphql.problems import Problem


def _own_tenant(parent: Row, name: str, _given: Given) -> Rows:
    """The viewer's tenant, from a table that belongs to none."""
    table: FromClause = tables.Tenant.__table__.alias(name)  # type: ignore[attr-defined]
    return Rows(table.c, table, (table.c.id == parent.tenant_id,))


@reads()
@strawberry.type(description="The agency that a viewer belongs to.")
class Tenant:
    """Read from `tenant`."""

    code: str = computed(lambda tenant: tenant.code, description="Short; it is given to `login`.")
    name: str = computed(lambda tenant: tenant.name, description="Its name.")
    time_zone: str = computed(
        lambda tenant: tenant.time_zone,
        description="The IANA name of the time zone that its deadlines are computed in.",
    )


@reads()
@strawberry.type(description="Who sends this request.")
class Viewer:
    """The viewer of a statement, which are parameters, and the roles that it is planned for."""

    id: strawberry.ID = computed(
        lambda _root: global_id("Subject", SUBJECT),
        description="Of the account; things that it did name it by this id.",
    )
    kind: str = computed(lambda _root: KIND, description="`account` (a person) or `service_account` (a machine).")
    roles: list[str] = computed(lambda _root: func.to_json(ROLES), description="The roles held now, by name.")
    permissions: list[str] = known(
        lambda allows: sorted(permission for permission in Permission if allows(permission)),
        description="What these allow, for some things at least, by name.",
    )
    assignments: Connection[RoleAssignment] = assignment_pages(
        rows_of(RoleAssignmentTable, lambda _root, assignment: assignment.subject_id == SUBJECT),
        "What the viewer holds, held or will hold, and where, newest first unless ordered otherwise. Needs nothing.",
    )
    # A token names a tenant that exists, and tenants are never deleted.
    tenant: Tenant = one(_own_tenant, always=True, description="The agency.")


@strawberry.type(description="What became of signing in.")
class LoginPayload:
    """Tokens, or problems."""

    access_token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer …`; null if the login was refused."
    )
    expires_at: datetime | None = strawberry.field(description="When the access token ends.")
    refresh_token: str | None = strawberry.field(
        description="Exchange it at `/oauth/token` for new tokens, once; a second time revokes the session."
    )
    session_until: datetime | None = strawberry.field(description="When refreshing ends.")
    problems: list[Problem] = strawberry.field(description="Why the login was refused; empty if it was not.")

    @classmethod
    def of(cls, made: SignedIn | None, problems: list[Problem]) -> LoginPayload:
        """What was handed out, or why nothing was."""
        if made is None:
            return cls(access_token=None, expires_at=None, refresh_token=None, session_until=None, problems=problems)
        return cls(
            access_token=made.text,
            expires_at=made.expires_at,
            refresh_token=made.refresh_token,
            session_until=made.session_until,
            problems=problems,
        )


@strawberry.type(description="What became of `stepUp`.")
class StepUpPayload:
    """An access token, or problems."""

    access_token: str | None = strawberry.field(
        description="Of the same session; it says that two factors were proved just now."
    )
    expires_at: datetime | None = strawberry.field(description="When the access token ends.")
    problems: list[Problem] = strawberry.field(description="Why it was refused; empty if it was not.")


@strawberry.type(description="What became of ending sessions.")
class SessionsPayload:
    """How many sessions ended, or problems."""

    ended: int | None = strawberry.field(description="How many sessions ended; null if it was refused.")
    problems: list[Problem] = strawberry.field(description="Why it was refused; empty if it was not.")
