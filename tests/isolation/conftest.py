"""Tenants that are told apart by every text of theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.isolation.world import Told, told

from almoner.core.settings import Settings
from almoner.wiring import House, build_house

TENANTS = 20


@pytest.fixture(scope="session")
async def shared_house(settings: Settings) -> AsyncIterator[House]:
    """The domain, for all tests of this folder."""
    house = build_house(settings, pool_size=4)
    yield house
    await house.close()


@pytest.fixture(scope="session")
async def tenants(shared_house: House) -> list[Told]:
    """Twenty tenants in which everything is told with their canary."""
    return [await told(shared_house) for _ in range(TENANTS)]
