"""Whether an account may still act, and whether it may still sign in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from almoner.core.scope import TenantScope
from almoner.identity.tables import Account
from almoner.identity.tokens import Identity
from almoner.tenancy.read import local_today

_ACTIVE = """
exists (
    select from almoner.{table} where tenant_id = {tenant} and id = {subject} and disabled_at is null
) and (
    cast({session} as uuid) is null or exists (
        select from almoner.sign_in_session
        where tenant_id = {tenant} and id = {session} and subject_id = {subject}
            and revoked_at is null and expires_at > {now}
    )
)
"""
_TABLES = {"account": "account", "service_account": "service_account"}


def active_sql(kind: str, *, tenant: str, subject: str, session: str, now: str) -> str:
    """Whether the account that a token speaks for is there and not disabled, and the token's session is not over.

    An SQL expression, with these names for its parameters (uuid, uuid, uuid or null for a token without a session,
    timestamptz): `$1` or `:tenant`.

    Args:
        kind: `account` or `service_account`.
    """
    return _ACTIVE.format(table=_TABLES[kind], tenant=tenant, subject=subject, session=session, now=now)


_QUERIES = {
    kind: text("select " + active_sql(kind, tenant=":tenant", subject=":subject", session=":session", now=":now"))
    for kind in _TABLES
}


async def is_active(session: AsyncSession, identity: Identity, now: datetime) -> bool:
    """The same, of an identity, in a transaction of its tenant."""
    given = {
        "tenant": identity.tenant_id,
        "subject": identity.subject_id,
        "session": identity.session_id,
        "now": now,
    }
    return bool((await session.execute(_QUERIES[identity.kind], given)).scalar_one())


async def may_go_on(scope: TenantScope, identity: Identity) -> bool:
    """Whether a session of this account may be prolonged: not disabled, and not past its recertification."""
    if not await is_active(scope.session, identity, scope.now()):
        return False
    account = await scope.find(Account, identity.subject_id)
    return account is None or not await is_recertification_due(scope, account)


async def is_recertification_due(scope: TenantScope, account: Account) -> bool:
    """Whether the account's last day is over, in the tenant's time zone."""
    return account.recertify_by < await local_today(scope)
