"""What verbs tell within a query, such as `canDecide`: what it costs, and how much of the database it takes."""

from __future__ import annotations

import asyncio

import pytest
from tests.committees.building import make_chamber
from tests.graphql.locks import locked
from tests.graphql.test_noisy_tenants import PATIENCE, held

from almoner.core.database import Database
from almoner.core.errors import Unavailable
from almoner.core.ids import global_id, new_id
from almoner_graphql.errors import database_facts
from almoner_graphql.limits import MAX_TOLD

pytestmark = pytest.mark.anyio


def tellings(committee, number, name="t"):
    asked = f'canDecide(committee: "{global_id("Committee", committee)}", kind: NOTE) {{ canDecide }}'
    return "{" + " ".join(f"{name}{each}: {asked}" for each in range(number)) + "}"


async def test_each_takes_a_point_and_costs_as_much_in_the_report(limit, tenant):
    chamber = await make_chamber(tenant)
    async with limit(address_points=300, public_points=300) as api:
        sent = {}
        for number in (1, 11):
            query, before = tellings(chamber.id, number), await api.send(almoner_tenant=tenant.code)
            answer = await api.send(query, almoner_tenant=tenant.code)
            assert all(each["canDecide"] for each in answer.json()["data"].values())
            left = [each.headers["ratelimit"].split("r=")[1].split(";")[0] for each in (before, answer)]
            sent[number] = (answer.json()["extensions"]["cost"]["requested"], int(left[0]) - int(left[1]))
    (one, points), (eleven, more_points) = sent[1], sent[11]
    assert eleven - one >= 1_000
    assert (points, more_points) == (2, 12)


async def test_too_many_are_refused_with_the_limit_and_ask_the_database_nothing(limit, tenant, monkeypatch):
    chamber = await make_chamber(tenant)
    async with limit() as api:
        assert "errors" not in (await api.send(tellings(chamber.id, MAX_TOLD), chamber.token("chair"))).json()
        monkeypatch.setattr(Database, "tenant_transaction", None)
        answer = await api.send(tellings(chamber.id, MAX_TOLD + 1), chamber.token("chair"))
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["message"].endswith(f"roots that a verb tells: {MAX_TOLD + 1} of at most {MAX_TOLD}.")


async def test_all_of_one_operation_share_a_transaction_and_one_that_is_refused_leaves_the_others(
    limit, tenant, monkeypatch
):
    chamber = await make_chamber(tenant)
    mixed = tellings(new_id(), 3, "nowhere")[:-1] + tellings(chamber.id, 3, "there")[1:]
    begun, begin = [], Database.tenant_transaction

    def note(database, tenant_id, **options):
        begun.append(options)
        return begin(database, tenant_id, **options)

    async with limit() as api:
        await api.send(token=chamber.token("chair"))  # who asks is known from now on
        monkeypatch.setattr(Database, "tenant_transaction", note)
        body = (await api.send(mixed, chamber.token("chair"))).json()
    assert len(begun) == 1
    refused = [(each["path"], each["extensions"]["code"]) for each in body["errors"]]
    assert refused == [([f"nowhere{each}"], "NOT_FOUND") for each in range(3)]
    assert [body["data"][f"there{each}"] for each in range(3)] == [{"canDecide": True}] * 3


async def test_those_of_the_public_take_half_of_the_tenants_connections(limit, superuser_url, tenant):
    chamber = await make_chamber(tenant)
    query = tellings(chamber.id, 1)
    async with limit(pool_size=8) as api:
        async with locked(superuser_url, "committee", "access exclusive") as waiting, asyncio.timeout(PATIENCE):
            crowd = [asyncio.create_task(api.send(query, almoner_tenant=tenant.code)) for _ in range(10)]
            await held(api.limits, waiting, 10, 2)
            for _ in range(5):
                assert (await api.send(token=chamber.token("chair"))).status_code == 200
            assert await waiting() == 2
        answers = await asyncio.gather(*crowd)
    assert all(answer.json()["data"]["t0"] for answer in answers)


async def test_every_scope_of_the_public_takes_the_publics_share(settings, tenant, monkeypatch):
    house = tenant.house
    small = Database(settings.application_url, pool_size=4, tenant_connections=2)
    small._shares.publics._seconds = small._shares.all._seconds = 0
    monkeypatch.setattr(house, "database", small)
    try:
        async with house.public_scope(tenant.id, "first"):
            with pytest.raises(Unavailable), database_facts():
                async with house.public_scope(tenant.id, "second"):
                    raise AssertionError("the public took a second connection")
            async with house.operator_scope(tenant.id, "own"):
                pass
    finally:
        await small.close()
