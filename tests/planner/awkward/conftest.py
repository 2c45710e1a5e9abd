"""Both roads for the awkward schema."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from tests.planner.awkward import oracle, tables, types
from tests.planner.oracle.engine import Oracle
from tests.planner.roads import Roads, opened


@pytest.fixture(scope="module")
def awkward_tables(superuser_url: str) -> Iterator[None]:
    """The tables, in the run's database."""
    with tables.made(superuser_url):
        yield


@pytest.fixture(scope="module")
async def awkward(awkward_tables: None, make_shared_tenant: Any) -> AsyncIterator[Roads]:
    """Both roads over a tenant's rows; another tenant has some too."""
    other, tenant = await make_shared_tenant(), await make_shared_tenant()
    for one in (other, tenant):
        owners = [one.identities[role].subject_id for role in ("integrator", "actuary", "auditor")]
        async with one.house.database.tenant_transaction(one.id) as session:
            session.add_all(tables.rows_of(one.id, owners))
    rows = await oracle.load(tenant.house, tenant.id)
    async with opened(tenant, types.SCHEMA, Oracle(types.SCHEMA.as_str(), oracle.fields_of(rows))) as roads:
        yield roads


@pytest.fixture
async def awkward_rows(awkward: Roads) -> oracle.Rows:
    """The rows, by table."""
    return await oracle.load(awkward.house, awkward.tenant.id)
