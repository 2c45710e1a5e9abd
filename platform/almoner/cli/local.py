"""What commands do on the database itself, without the API: set tenants up and sign tokens.

Imported late by the commands that need it: the domain with its database takes a second to load, and a client of the API
needs none of it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.roles import assign_role
from almoner.cli.output import Exit, stop, stop_with_problems
from almoner.cli.stack import database_environment
from almoner.core.errors import AlmonerError, NotFound, Unauthenticated, Unavailable
from almoner.core.scope import TenantScope
from almoner.core.settings import Settings, settings
from almoner.identity.account_tokens import reset_password
from almoner.identity.accounts import create_account
from almoner.identity.recertification import accounts_due
from almoner.identity.service_accounts import create_service_account
from almoner.identity.sign_in import find_identity
from almoner.identity.tokens import Identity
from almoner.organizations.create_organization import create_organization
from almoner.organizations.read import organization_with_code
from almoner.tenancy.create_tenant import create_tenant, find_tenant, get_tenant
from almoner.tenancy.programs import create_program
from almoner.tenancy.tables import Tenant
from almoner.wiring import House, build_house

Result = TypeVar("Result")
Work = Callable[[House], Awaitable[Result]]


def on_the_database(work: Work[Result]) -> Result:
    """Run work on the database that the settings name; a refusal ends the command with its sentences."""
    config = settings()
    try:
        with database_environment(config) as environment:
            return in_house(config, environment, work)
    except NotFound as error:
        (problem,) = error.problems
        about_tenant = problem.code == "TENANT_NOT_FOUND"
        stop(Exit.NOT_FOUND, str(error), hint="`almoner tenant list` shows the tenants." if about_tenant else "")
    except Unavailable as error:
        stop(Exit.UNAVAILABLE, str(error))
    except AlmonerError as error:
        stop_with_problems(error.problems)


def in_house(config: Settings, environment: dict[str, str], work: Work[Result]) -> Result:
    """Run work in a house on the database that the environment names."""
    found = {"database_url": environment["ALMONER_DATABASE_URL"], "data_dir": environment.get("ALMONER_DATA_DIR")}
    here = Settings.model_validate({**config.model_dump(), **{key: value for key, value in found.items() if value}})

    async def run() -> Result:
        house = build_house(here, pool_size=2)
        try:
            return await work(house)
        finally:
            await house.close()

    return asyncio.run(run())


async def in_tenant(house: House, code: str, work: Callable[[TenantScope], Awaitable[Result]]) -> Result:
    """Run work in one transaction of a tenant, as the operator."""
    async with house.database.global_transaction() as session:
        tenant = await get_tenant(session, code)
    async with house.operator_scope(tenant.id, f"cli-{secrets.token_hex(8)}") as scope:
        return await work(scope)


async def open_tenant(house: House, code: str, name: str, time_zone: str) -> None:
    """Open a tenant."""
    async with house.database.global_transaction() as session:
        await create_tenant(session, code=code, name=name, time_zone=time_zone)


async def tenant_exists(house: House, code: str) -> bool:
    """Whether there is such a tenant."""
    async with house.database.global_transaction() as session:
        return await find_tenant(session, code) is not None


async def all_tenants(house: House) -> list[dict[str, str]]:
    """Every tenant, by code."""
    async with house.database.global_transaction() as session:
        found = (await session.execute(select(Tenant).order_by(col(Tenant.code)))).scalars()
        return [{"code": tenant.code, "name": tenant.name, "timeZone": tenant.time_zone} for tenant in found]


async def add_person(scope: TenantScope, *, email: str, name: str, role: str, password: str, at: str = "") -> Identity:
    """Make a person's account with a role, at the organization with a code if one is given."""
    account = await create_account(scope, email=email, name=name, password=password)
    await _give(scope, account.id, role, at)
    return Identity(scope.tenant_id, account.id, "account")


async def add_machine(scope: TenantScope, code: str, *, name: str, role: str, at: str = "") -> dict[str, str]:
    """Make a machine's account with a role; its credentials, with the secret that is shown this once."""
    account, secret = await create_service_account(scope, name=name)
    await _give(scope, account.id, role, at)
    return {"clientId": f"{code}.{account.id}", "clientSecret": secret}


async def _give(scope: TenantScope, subject_id: UUID, role: str, at: str) -> None:
    # The operator may give roles, and so may name any organization.
    place = await organization_with_code(scope, at) if at else None
    if at and place is None:
        raise NotFound(f"There is no organization {at}.", code="ORGANIZATION_NOT_FOUND")
    await assign_role(scope, subject_id, role, reason="set up at the command line", at=place)


async def add_organization(scope: TenantScope, *, kind: str, code: str, name: str) -> None:
    """Admit an organization."""
    await create_organization(scope, kind=kind, code=code, name=name)


async def due_accounts(scope: TenantScope, *, days: int) -> list[dict[str, str]]:
    """The accounts to be recertified within so many days, and those that are past it."""
    return [
        {"email": account.email, "name": account.name, "recertifyBy": str(account.recertify_by)}
        for account in await accounts_due(scope, within=timedelta(days=days))
    ]


async def reset(scope: TenantScope, *, email: str, reason: str) -> str:
    """Take a person's password away; a one-time token to set a new one with.

    Raises:
        NotFound: no such account.
    """
    identity = await find_identity(scope.session, scope.tenant_id, email)
    if identity is None or identity.kind != "account":
        raise NotFound(f"There is no account {email}.")
    _account, token, _until = await reset_password(scope, identity.subject_id, reason=reason)
    return token


async def add_program(scope: TenantScope, *, code: str, name: str) -> None:
    """Open a payment program."""
    await create_program(scope, code=code, name=name)


async def sign_token(house: House, code: str, account: str) -> dict[str, Any]:
    """A token for an account, signed with the local keys.

    Raises:
        NotFound: no such tenant or account, or it is disabled.
    """
    async with house.database.global_transaction() as session:
        tenant = await get_tenant(session, code)
    async with house.database.tenant_transaction(tenant.id) as session:
        identity = await find_identity(session, tenant.id, account)
    if identity is None:
        raise NotFound(f"{code} has no account {account}.")
    try:
        # Opening a scope refuses a disabled account.
        async with house.scope(identity, "cli-token"):
            made = house.keys.issue(identity, house.clock())
    except Unauthenticated:
        raise NotFound(f"The account {account} is disabled.") from None
    return {"accessToken": made.text, "expiresAt": made.expires_at.isoformat()}


def benchmark_token(config: Settings, environment: dict[str, str], code: str = "bench") -> str:
    """A token of an actuary, the only account of the tenant of that code, which is opened for it."""

    async def make(house: House) -> str:
        await open_tenant(house, code, "Benchmark", "UTC")
        identity = await in_tenant(
            house,
            code,
            lambda scope: add_person(
                scope, email="bench@bench.example", name="Bench", role="actuary", password=secrets.token_urlsafe(16)
            ),
        )
        return house.keys.issue(identity, house.clock()).text

    return in_house(config, environment, make)
