"""Who can sign in, who is signed in, and who one is, in the schema."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, FromClause, Text, cast, exists, func, select

from almoner.authorization.permissions import Permission
from almoner.authorization.tables import RoleAssignment as RoleAssignmentTable
from almoner.identity import tables
from almoner.tenancy import tables as tenancy_tables
from almoner_graphql.authorization.role_queries import assignment_pages
from almoner_graphql.authorization.role_types import RoleAssignment
from almoner_graphql.connection import Connection
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import computed, known, one, pages, reads
from almoner_graphql.planner.sources import KIND, NOW, ROLES, SUBJECT, TENANT, Given, Row, Rows, TableRow, rows_of
from almoner_graphql.planner.values import constant, global_id

_SUBJECT = "By which everything that it did or that is about its rights names it; `node` finds it by this id, too."
_CREATED = "When it was made; null if that was before this was kept."
_LAST = "When it signed in last; null if never, or not since this is kept."
_DISABLED = "Since when it is kept out; null if it is not."
_SESSIONS = "Its sessions, those that are over too for some time, newest first."


def _is_own(account: Row) -> Any:
    return account.id == SUBJECT


def _subject(account: Row) -> Any:
    return global_id("Subject", account.id)


def _same_subject(account: Row, session: Row) -> Any:
    return session.subject_id == account.id


def _has_authenticator(account: Row) -> Any:
    device = TableRow.of(tables.Authenticator, "its_authenticator")
    return exists(
        select(device.id)
        .where(
            device.tenant_id == account.tenant_id,
            device.account_id == account.id,
            device.confirmed_at.is_not(None),
            device.removed_at.is_(None),
        )
        .correlate(account.alias)
    )


def _locked_until(account: Row) -> Any:
    guard = TableRow.of(tables.SignInGuard, "its_guard")
    found = select(guard.locked_until).where(
        guard.tenant_id == account.tenant_id, guard.id == account.id, guard.locked_until > NOW
    )
    return found.correlate(account.alias).scalar_subquery()


def _client_id(machine: Row) -> Any:
    tenant = tenancy_tables.Tenant.__table__.alias("its_tenant")  # type: ignore[attr-defined]
    # Not of the machine's row, though it is the same: so it is read once, and not for each machine.
    code = select(tenant.c.code).where(tenant.c.id == TENANT).scalar_subquery()
    return code + constant(".") + cast(machine.id, Text)


def _own_tenant(parent: Row, name: str, _given: Given) -> Rows:
    """The viewer's tenant, from a table that belongs to none."""
    table: FromClause = tenancy_tables.Tenant.__table__.alias(name)  # type: ignore[attr-defined]
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


def _is_on(session: Row) -> ColumnElement[bool]:
    on: ColumnElement[bool] = session.revoked_at.is_(None) & (session.expires_at > NOW)
    return on


@reads(tables.SignInSession, view=Permission.SESSION_VIEW, own=lambda session: session.subject_id == SUBJECT)
@strawberry.type(description="What a sign-in began, and its tokens belong to.")
class Session(Node):
    """Read from `sign_in_session`."""

    subject: strawberry.ID = computed(
        lambda session: global_id("Subject", session.subject_id),
        description="Whose it is: the `subject` of an account or a service account.",
    )
    begun_at: datetime | None = strawberry.field(description="When it began; null if that was before this was kept.")
    expires_at: datetime = strawberry.field(description="When it ends at the latest.")
    revoked_at: datetime | None = strawberry.field(description="When somebody ended it; null if nobody did.")
    active: bool = computed(_is_on, description="Whether its tokens are taken now.")
    proved_at: datetime = strawberry.field(description="When it was last proved who it is: signing in, or stepping up.")
    factors: list[str] = strawberry.field(
        description=(
            "How that was proved: `pwd`, `otp`, `rec` (a recovery code), `swk` (a machine's secret), `fed` (an "
            "identity provider), `mfa` (which asked for two factors)."
        )
    )
    account: Account | None = one(
        rows_of(tables.Account, lambda session, account: account.id == session.subject_id),
        description="The person; null for a machine, or if the viewer may not see the account.",
    )
    service_account: ServiceAccount | None = one(
        rows_of(tables.ServiceAccount, lambda session, machine: machine.id == session.subject_id),
        description="The machine; null for a person, or if the viewer may not see the service account.",
    )


@reads(tables.Account, view=Permission.ACCOUNT_VIEW, own=_is_own, also_found_as="Subject")
@strawberry.type(description="A person's account. Everybody sees their own.")
class Account(Node):
    """Read from `account`."""

    subject: strawberry.ID = computed(_subject, description=_SUBJECT)
    email: str = strawberry.field(description="The address that it signs in with, in lower case.")
    name: str = strawberry.field(description="The person's name.")
    created_at: datetime | None = strawberry.field(description=_CREATED)
    recertify_by: date = strawberry.field(description="The last day on which it can sign in.")
    disabled_at: datetime | None = strawberry.field(description=_DISABLED)
    has_authenticator: bool = computed(_has_authenticator, description="Whether signing in needs a code, too.")
    locked_until: datetime | None = computed(
        _locked_until, description="Until when not even the right password is taken; null if it is not locked now."
    )
    last_signed_in_at: datetime | None = strawberry.field(description=_LAST)
    sponsor: Account | None = one(
        rows_of(tables.Account, lambda account, sponsor: sponsor.id == account.sponsor_id),
        description="Who answers for it beside the administrators; null if nobody does or the viewer may not see it.",
    )
    sessions: Connection[Session] = pages(
        rows_of(tables.SignInSession, _same_subject), newest_first=True, description=_SESSIONS
    )


@reads(tables.ServiceAccount, view=Permission.SERVICE_ACCOUNT_VIEW, own=_is_own, also_found_as="Subject")
@strawberry.type(description="A machine's account. Every machine sees its own.")
class ServiceAccount(Node):
    """Read from `service_account`."""

    subject: strawberry.ID = computed(_subject, description=_SUBJECT)
    name: str = strawberry.field(description="What the machine is called.")
    # The tenant is there, for the row belongs to it.
    client_id: str = computed(_client_id, always=True, description="What it calls itself at `/oauth/token`.")
    created_at: datetime | None = strawberry.field(description=_CREATED)
    disabled_at: datetime | None = strawberry.field(description=_DISABLED)
    former_until: datetime | None = strawberry.field(
        description="Until when the secret before the last rotation is, or was, good as well; null if there is none."
    )
    last_signed_in_at: datetime | None = strawberry.field(description=_LAST)
    sessions: Connection[Session] = pages(
        rows_of(tables.SignInSession, _same_subject), newest_first=True, description=_SESSIONS
    )


@reads(tables.IdentityProvider, view=Permission.IDENTITY_PROVIDER_VIEW)
@strawberry.type(description="An OpenID provider that people sign in by.")
class IdentityProvider(Node):
    """Read from `identity_provider`."""

    code: str = strawberry.field(description="Names it among the agency's.")
    issuer: str = strawberry.field(description="Who it is.")
    client_id: str = strawberry.field(description="Who we are there.")
    redirect_uri: str = strawberry.field(description="Of the front-end, to which people are sent back.")
    first_login: str = strawberry.field(description="`LINK` or `CREATE`; see `IdentityProviderInput`.")
    strong_acr: list[str] = strawberry.field(description="The values of `acr` that stand for two factors.")
    disabled_at: datetime | None = strawberry.field(description="Since when nobody signs in by it.")


@reads()
@strawberry.type(description="Who sends this request.")
class Viewer:
    """The viewer of a statement, which are parameters, and the roles that it is planned for."""

    id: strawberry.ID = computed(
        lambda _root: global_id("Subject", SUBJECT),
        description="Of the account; things that it did name it by this id. That of the public did nothing.",
    )
    kind: str = computed(
        lambda _root: KIND,
        description="`account` (a person), `service_account` (a machine) or `public` (everybody who is not signed in).",
    )
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
    account: Account | None = one(
        rows_of(tables.Account, lambda _viewer, account: account.id == SUBJECT),
        description="The viewer's own account; null for a machine and for the public.",
    )
    service_account: ServiceAccount | None = one(
        rows_of(tables.ServiceAccount, lambda _viewer, machine: machine.id == SUBJECT),
        description="The machine's own account; null for a person and for the public.",
    )
    sessions: Connection[Session] = pages(
        rows_of(tables.SignInSession, lambda _viewer, session: session.subject_id == SUBJECT),
        newest_first=True,
        description="The viewer's own sessions, those that are over too for some time, newest first.",
    )
