"""What the database itself holds to, whatever the code does."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from almoner.operations.rules import set_registered_only

pytestmark = pytest.mark.anyio

DOCUMENT = "{ viewer { roles } }"
INSERT = (
    "insert into almoner.registered_operation values (:tenant, gen_random_uuid(), :client, :digest, 'x', '', now())"
)


async def execute(owner, statement, **values):
    async with owner.house.database.tenant_transaction(owner.id) as session:
        return await session.execute(text(statement), values)


async def test_raw_sql_without_a_filter_sees_one_tenant(tenant, other_tenant, register):
    await register(DOCUMENT)
    await tenant.do("program_administrator", set_registered_only, None, True)
    for table in ("registered_operation", "operation_rule"):
        seen = [
            (await execute(some, f"select count(*) from almoner.{table}")).scalar() for some in (tenant, other_tenant)
        ]
        assert seen == [1, 0]


async def test_a_row_of_another_tenant_cannot_be_written(tenant, other_tenant):
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of "x"
    values = {"client": other_tenant.identities["integrator"].subject_id, "digest": digest}
    with pytest.raises(DBAPIError, match="row-level security"):
        await execute(tenant, INSERT, tenant=other_tenant.id, **values)
    await execute(other_tenant, INSERT, tenant=other_tenant.id, **values)


async def test_a_digest_of_another_text_cannot_be_stored(tenant):
    client = tenant.identities["integrator"].subject_id
    with pytest.raises(DBAPIError, match="registered_operation_digest_check"):
        await execute(tenant, INSERT, tenant=tenant.id, client=client, digest="0" * 64)


@pytest.mark.parametrize("column", ["text = 'x'", "client_id = id", "digest = ''", "tenant_id = id"])
async def test_what_is_trusted_cannot_be_rewritten(tenant, register, column):
    await register(DOCUMENT)
    with pytest.raises(DBAPIError, match="permission denied"):
        await execute(tenant, f"update almoner.registered_operation set {column}")


@pytest.mark.parametrize("table", ["registered_operation", "operation_rule"])
async def test_nothing_is_deleted(tenant, table):
    with pytest.raises(DBAPIError, match="permission denied"):
        await execute(tenant, f"delete from almoner.{table}")


async def test_the_tenant_has_one_rule_of_its_own(tenant):
    statement = "insert into almoner.operation_rule values (:tenant, gen_random_uuid(), null, true)"
    await execute(tenant, statement, tenant=tenant.id)
    with pytest.raises(DBAPIError, match="operation_rule_tenant_id_client_id_key"):
        await execute(tenant, statement, tenant=tenant.id)
