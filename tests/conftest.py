"""One real database for the run, a tenant for each test, and real servers and workers for those that are about them."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from almoner.authorization.roles import assign_role
from almoner.core.embedded import start_embedded, stop_embedded
from almoner.core.scope import TenantScope
from almoner.core.settings import Settings
from almoner.identity.accounts import create_account, create_service_account
from almoner.identity.tokens import Identity
from almoner.tenancy.create_tenant import create_tenant
from almoner.wiring import House, build_house
from almoner_migrations.migrate import upgrade

PASSWORD = "correct horse battery staple"
ROLES = ("program_administrator", "actuary", "auditor")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def superuser_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database, reached as superuser; `ALMONER_TEST_DATABASE_URL` gives another PostgreSQL."""
    external = os.environ.get("ALMONER_TEST_DATABASE_URL")
    if external:
        upgrade(external)
        yield external
        return
    folder = tmp_path_factory.mktemp("postgres")
    server = start_embedded(folder, durable=False)
    try:
        upgrade(server.superuser_url)
        yield server.superuser_url
    finally:
        stop_embedded(folder)


@pytest.fixture(scope="session")
def database_url(superuser_url: str) -> str:
    """The same database, reached as the application does."""
    if os.environ.get("ALMONER_TEST_DATABASE_URL"):
        return superuser_url
    return make_url(superuser_url).set(username="almoner_app").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the run; leases are short, so that tests of lost workers need not wait long."""
    return Settings(
        database_url=SecretStr(database_url),
        data_dir=tmp_path_factory.mktemp("data"),
        environment="development",
        lease_seconds=2,
        log_level="WARNING",
    )


@pytest.fixture(scope="session")
def environment(settings: Settings) -> dict[str, str]:
    """The same settings for processes that a test starts."""
    return {
        **os.environ,
        "ALMONER_DATABASE_URL": settings.application_url,
        "ALMONER_DATA_DIR": str(settings.data_dir),
        "ALMONER_ENVIRONMENT": settings.environment,
        "ALMONER_LEASE_SECONDS": str(settings.lease_seconds),
        "ALMONER_LOG_LEVEL": settings.log_level,
    }


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """The domain, wired to the run's database."""
    house = build_house(settings, pool_size=4)
    yield house
    await house.close()


@dataclass
class SomeTenant:
    """A tenant of a test's own, with one account for each role and an integrator's service account."""

    house: House
    id: UUID
    code: str
    identities: dict[str, Identity] = field(default_factory=dict)
    client_secret: str = ""

    def token(self, role: str) -> str:
        """An access token of the account that holds the role."""
        return self.house.keys.issue(self.identities[role], self.house.clock()).text

    @property
    def client_id(self) -> str:
        """The integrator's client id."""
        return f"{self.code}.{self.identities['integrator'].subject_id}"

    async def do(self, role: str, verb: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """Run one verb in a transaction of its own, as the holder of the role."""
        async with self.house.scope(self.identities[role], f"test-{secrets.token_hex(4)}") as scope:
            return await verb(scope, *args, **kwargs)


MakeTenant = Callable[[], Awaitable[SomeTenant]]


@pytest.fixture
def make_tenant(house: House) -> MakeTenant:
    """Makes tenants."""

    async def make() -> SomeTenant:
        code = f"t{next(_numbers)}-{secrets.token_hex(4)}"
        async with house.database.global_transaction() as session:
            row = await create_tenant(session, code=code, name=f"Agency {code}", time_zone="America/Phoenix")
        tenant = SomeTenant(house, row.id, code)
        async with house.operator_scope(row.id, "test-setup") as scope:
            await _staff(scope, tenant)
        return tenant

    return make


async def _staff(scope: TenantScope, tenant: SomeTenant) -> None:
    for role in ROLES:
        account = await create_account(scope, email=f"{role}@agency.example", name=role, password=PASSWORD)
        await assign_role(scope, account.id, role, reason="test")
        tenant.identities[role] = Identity(tenant.id, account.id, "account")
    nobody = await create_account(scope, email="nobody@agency.example", name="no role", password=PASSWORD)
    tenant.identities["nobody"] = Identity(tenant.id, nobody.id, "account")
    machine, tenant.client_secret = await create_service_account(scope, name="integrator")
    await assign_role(scope, machine.id, "integrator", reason="test")
    tenant.identities["integrator"] = Identity(tenant.id, machine.id, "service_account")


@pytest.fixture
async def tenant(make_tenant: MakeTenant) -> SomeTenant:
    """A tenant."""
    return await make_tenant()


@pytest.fixture
async def other_tenant(make_tenant: MakeTenant) -> SomeTenant:
    """Another tenant."""
    return await make_tenant()


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder for a test's files."""
    return tmp_path
