"""Signing in: people with a password (and a code), machines with a secret. Both get the same kind of token."""

from __future__ import annotations

from typing import NoReturn
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from almoner.core.errors import SignInRefused
from almoner.core.scope import TenantScope
from almoner.identity.door import Door, SignedIn
from almoner.identity.factors import SECRET
from almoner.identity.passwords import verify_secret
from almoner.identity.prove import WRONG, Credentials, prove_by_address
from almoner.identity.sessions import start_session
from almoner.identity.tables import Account, ServiceAccount
from almoner.identity.tokens import Identity
from almoner.tenancy.create_tenant import find_tenant


async def sign_in(door: Door, *, tenant: str, email: str, given: Credentials, request_id: str) -> SignedIn:
    """Begin a session of a person.

    Raises:
        SignInRefused: see `prove_by_address`; an unknown tenant answers as a wrong password does.
    """

    async def begin(scope: TenantScope, account: Account, factors: frozenset[str]) -> SignedIn:
        subject = Identity(account.tenant_id, account.id, "account")
        made = await start_session(door, scope, subject, factors, refreshable=True)
        await door.welcome(scope, account.id, account.email)
        return made

    tenant_id = await _tenant_id(door, tenant, given.password)
    return await prove_by_address(door, tenant_id, email, given, begin, request_id=request_id)


async def sign_in_machine(door: Door, *, client_id: str, secret: str, request_id: str) -> SignedIn:
    """Begin a session of a service account; its client id is `<tenant's code>.<account's id>`.

    Raises:
        SignInRefused: unknown, disabled, or not its secret; never says which, and takes as long.
    """
    code, _, text = client_id.partition(".")
    tenant_id = await _tenant_id(door, code, secret)
    try:
        account_id = UUID(text)
    except ValueError:
        await refuse_unknown(secret)
    async with door.visitor_scope(tenant_id, request_id) as scope:
        account = await scope.find(ServiceAccount, account_id)
    right = await verify_secret(account.secret_hash if account else None, secret)
    if account is None or (not right and not await _is_former(door, account, secret)):
        raise SignInRefused(WRONG)
    async with door.visitor_scope(tenant_id, request_id) as scope:
        now = await scope.find(ServiceAccount, account_id, lock=True)
        # Disabled or rotated meanwhile: what was checked is not what holds.
        if now is None or now.disabled_at is not None or now.secret_hash != account.secret_hash:
            raise SignInRefused(WRONG)
        subject = Identity(tenant_id, account_id, "service_account")
        return await start_session(door, scope, subject, {SECRET}, refreshable=False)


async def _is_former(door: Door, account: ServiceAccount, secret: str) -> bool:
    """Whether it is the secret before the last rotation, in the time in which both are good."""
    if account.former_until is None or account.former_until <= door.clock():
        return False
    return await verify_secret(account.former_secret_hash, secret)


async def _tenant_id(door: Door, code: str, secret: str) -> UUID:
    async with door.database.global_transaction() as session:
        tenant = await find_tenant(session, code)
    if tenant is None:
        await refuse_unknown(secret)
    return tenant.id


async def refuse_unknown(secret: str) -> NoReturn:
    """Answer for a tenant that does not exist: as long a wait and the same refusal as for a wrong password.

    Raises:
        SignInRefused: always.
    """
    await verify_secret(None, secret)
    raise SignInRefused(WRONG)


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
