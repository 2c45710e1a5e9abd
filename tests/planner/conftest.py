"""Both roads, for tests that only read and share a tenant, and for tests that change things."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tests.conftest import SomeTenant, _staff
from tests.planner.roads import Roads, opened_product

from almoner.core.settings import Settings
from almoner.tenancy.create_tenant import create_tenant
from almoner.wiring import House, build_house

MakeTenant = Callable[[], Awaitable[SomeTenant]]


@pytest.fixture(scope="module")
async def shared_house(settings: Settings) -> AsyncIterator[House]:
    """The domain, for all tests of a module."""
    house = build_house(settings, pool_size=4)
    yield house
    await house.close()


@pytest.fixture(scope="module")
def make_shared_tenant(shared_house: House) -> MakeTenant:
    """Makes tenants for all tests of a module."""

    async def make() -> SomeTenant:
        code = f"p-{secrets.token_hex(6)}"
        async with shared_house.database.global_transaction() as session:
            row = await create_tenant(session, code=code, name=f"Agency {code}", time_zone="America/Phoenix")
        tenant = SomeTenant(shared_house, row.id, code)
        async with shared_house.operator_scope(row.id, "test-setup") as scope:
            await _staff(scope, tenant)
        return tenant

    return make


@pytest.fixture(scope="module")
async def roads(make_shared_tenant: MakeTenant) -> AsyncIterator[Roads]:
    """Both roads of the product, for tests that only read."""
    async with opened_product(await make_shared_tenant()) as found:
        yield found


@pytest.fixture
async def own_roads(tenant: Any) -> AsyncIterator[Roads]:
    """The same for a test that changes something."""
    async with opened_product(tenant) as found:
        yield found
