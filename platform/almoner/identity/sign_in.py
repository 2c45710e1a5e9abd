"""Proving who one is: people with a password, machines with a secret. Both get the same kind of token."""

from __future__ import annotations

from typing import NoReturn
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from almoner.core.errors import Unauthenticated
from almoner.identity.passwords import verify_secret
from almoner.identity.tables import Account, ServiceAccount
from almoner.identity.tokens import Identity

_WRONG = "The name or the password is wrong."


async def sign_in_account(session: AsyncSession, tenant_id: UUID, *, email: str, password: str) -> Identity:
    """Who signs in with this address and password.

    Raises:
        Unauthenticated: unknown address, wrong password or disabled account; never says which, and takes as long.
    """
    query = select(Account).where(col(Account.tenant_id) == tenant_id, col(Account.email) == email.strip().lower())
    account = (await session.execute(query)).scalar_one_or_none()
    right = await verify_secret(account.password_hash if account else None, password)
    if account is None or not right or account.disabled_at is not None:
        raise Unauthenticated(_WRONG, code="WRONG_CREDENTIALS")
    return Identity(tenant_id, account.id, "account")


async def sign_in_service_account(session: AsyncSession, tenant_id: UUID, *, account_id: UUID, secret: str) -> Identity:
    """Which machine signs in with this client id and secret.

    Raises:
        Unauthenticated: as above.
    """
    query = select(ServiceAccount).where(
        col(ServiceAccount.tenant_id) == tenant_id, col(ServiceAccount.id) == account_id
    )
    account = (await session.execute(query)).scalar_one_or_none()
    right = await verify_secret(account.secret_hash if account else None, secret)
    if account is None or not right or account.disabled_at is not None:
        raise Unauthenticated(_WRONG, code="WRONG_CREDENTIALS")
    return Identity(tenant_id, account.id, "service_account")


async def refuse_unknown(secret: str) -> NoReturn:
    """Answer for a tenant that does not exist: as long a wait and the same refusal as for a wrong password.

    Raises:
        Unauthenticated: always.
    """
    await verify_secret(None, secret)
    raise Unauthenticated(_WRONG, code="WRONG_CREDENTIALS")


async def is_active(session: AsyncSession, identity: Identity) -> bool:
    """Whether the account that a token speaks for still exists and is not disabled."""
    table: type[Account | ServiceAccount] = Account if identity.kind == "account" else ServiceAccount
    query = select(table.id).where(
        col(table.tenant_id) == identity.tenant_id,
        col(table.id) == identity.subject_id,
        col(table.disabled_at).is_(None),
    )
    return (await session.execute(query)).first() is not None


async def find_identity(session: AsyncSession, tenant_id: UUID, name: str) -> Identity | None:
    """The account with that e-mail address, or the service account with that name or id."""
    accounts = select(Account.id).where(col(Account.tenant_id) == tenant_id, col(Account.email) == name.strip().lower())
    account_id = (await session.execute(accounts)).scalar_one_or_none()
    if account_id is not None:
        return Identity(tenant_id, account_id, "account")
    services = select(ServiceAccount.id, ServiceAccount.name).where(col(ServiceAccount.tenant_id) == tenant_id)
    for service_id, service_name in (await session.execute(services)).all():
        if name in (service_name, str(service_id)):
            return Identity(tenant_id, service_id, "service_account")
    return None
