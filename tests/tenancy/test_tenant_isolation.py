"""Row-level security, asked directly: what a transaction of one tenant can see and touch."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from almoner.tenancy.programs import create_program

pytestmark = pytest.mark.anyio


async def codes_of(some):
    async with some.house.database.tenant_transaction(some.id) as session:
        return list((await session.execute(text("select code from almoner.program"))).scalars())


async def test_a_tenant_sees_its_own_rows_only(tenant, other_tenant, client):
    await tenant.do("program_administrator", create_program, code="title-xxi", name="Title XXI")
    assert [await codes_of(some) for some in (tenant, other_tenant)] == [["title-xxi"], []]
    for some, seen in ((tenant, [{"code": "title-xxi"}]), (other_tenant, [])):
        headers = {"Authorization": f"Bearer {some.token('actuary')}"}
        response = await client.post("/graphql", json={"query": "{ programs { code } }"}, headers=headers)
        assert response.json()["data"] == {"programs": seen}


async def test_raw_sql_without_a_filter_still_sees_one_tenant(tenant, other_tenant):
    for some in (tenant, other_tenant):
        await some.do("program_administrator", create_program, code="hifa-ii", name="HIFA II")
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        seen = (await session.execute(text("select distinct tenant_id from almoner.program"))).scalars().all()
    assert seen == [tenant.id]


async def test_a_row_of_another_tenant_cannot_be_written(tenant, other_tenant):
    with pytest.raises(DBAPIError, match="row-level security"):
        async with tenant.house.database.tenant_transaction(tenant.id) as session:
            await session.execute(
                text("insert into almoner.program values (:tenant, gen_random_uuid(), 'x', 'x')"),
                {"tenant": other_tenant.id},
            )


async def test_without_a_tenant_a_tenant_table_raises(tenant):
    with pytest.raises(DBAPIError, match=r"almoner\.tenant_id|invalid input syntax"):
        async with tenant.house.database.global_transaction() as session:
            await session.execute(text("select count(*) from almoner.program"))


async def test_a_pooled_connection_carries_no_tenant_over(tenant):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(text("select 1"))
    with pytest.raises(DBAPIError, match=r"invalid input syntax|unrecognized"):
        async with tenant.house.database.global_transaction() as session:
            await session.execute(text("select count(*) from almoner.program"))


async def test_the_application_cannot_reach_past_its_role(tenant):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        role = (
            await session.execute(
                text("select rolname, rolsuper, rolbypassrls from pg_roles where rolname = current_user")
            )
        ).one()
    assert tuple(role) == ("almoner_app", False, False)


@pytest.mark.parametrize(
    "statement", ["update almoner.journal_entry set action = 'x'", "delete from almoner.journal_entry"]
)
async def test_the_journal_cannot_be_rewritten(tenant, statement):
    with pytest.raises(DBAPIError, match="permission denied"):
        async with tenant.house.database.tenant_transaction(tenant.id) as session:
            await session.execute(text(statement))
