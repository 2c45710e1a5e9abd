"""Whether an account may still act, and whether it may still sign in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, exists, select

from almoner.core.scope import TenantScope
from almoner.identity.tables import Account, ServiceAccount, SignInSession
from almoner.identity.tokens import Identity
from almoner.tenancy.read import local_today


async def is_active(session: AsyncSession, identity: Identity, now: datetime) -> bool:
    """Whether the account that a token speaks for is there and not disabled, and the token's session is not over.

    The read planner asks the same inside its own statement.
    """
    table: type[Account | ServiceAccount] = Account if identity.kind == "account" else ServiceAccount
    session_id = identity.proof.session_id if identity.proof else None
    query = select(table.id).where(
        col(table.tenant_id) == identity.tenant_id,
        col(table.id) == identity.subject_id,
        col(table.disabled_at).is_(None),
    )
    if session_id is not None:
        lives = exists().where(
            col(SignInSession.tenant_id) == identity.tenant_id,
            col(SignInSession.id) == session_id,
            col(SignInSession.subject_id) == identity.subject_id,
            col(SignInSession.revoked_at).is_(None),
            col(SignInSession.expires_at) > now,
        )
        query = query.where(lives)
    return (await session.execute(query)).first() is not None


async def may_go_on(scope: TenantScope, identity: Identity) -> bool:
    """Whether a session of this account may be prolonged: not disabled, and not past its recertification."""
    if not await is_active(scope.session, identity, scope.now()):
        return False
    account = await scope.find(Account, identity.subject_id)
    return account is None or not await is_recertification_due(scope, account)


async def is_recertification_due(scope: TenantScope, account: Account) -> bool:
    """Whether the account's last day is over, in the tenant's time zone."""
    return account.recertify_by < await local_today(scope)
