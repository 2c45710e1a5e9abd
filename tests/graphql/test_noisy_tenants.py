"""One tenant beside another: whoever makes a noise leaves connections to the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.graphql.locks import locked

from almoner.core.ids import global_id, new_id
from almoner_graphql.rate_limits import RateLimits

pytestmark = pytest.mark.anyio

PATIENCE = 15
NOISY = "{ rateDevelopments(first: 100) { nodes { id } } }"
QUIET = "{ programs { code } }"


async def held(limits: RateLimits, waiting: Callable[[], Awaitable[int]], requests: int, connections: int) -> None:
    """So many requests are under way, and so many of them wait in the database."""
    async with asyncio.timeout(PATIENCE):
        while limits.under_way < requests or await waiting() < connections:  # noqa: ASYNC110  (nothing tells of who waits)
            await asyncio.sleep(0.01)


def unlock() -> str:
    id_ = global_id("RateDevelopment", new_id())
    return f'mutation {{ unlockRateDevelopment(id: "{id_}", reason: "x") {{ problems {{ code }} }} }}'


def create(number: int) -> str:
    return f'mutation {{ createProgram(code: "p{number}", name: "P") {{ problems {{ code }} }} }}'


@pytest.mark.parametrize("noise", [NOISY, unlock()], ids=["queries", "mutations"])
async def test_a_noisy_tenant_leaves_connections_to_others(limit, superuser_url, tenant, other_tenant, noise):
    async with limit(pool_size=4, tenant_requests=0) as api:
        async with locked(superuser_url, "rate_development", "access exclusive") as waiting, asyncio.timeout(PATIENCE):
            crowd = [asyncio.create_task(api.send(noise, tenant.token("actuary"))) for _ in range(30)]
            await held(api.limits, waiting, 30, 2)
            for number in range(20):
                token = other_tenant.token("program_administrator")
                read = await api.send(QUIET, token)
                assert len(read.json()["data"]["programs"]) == number
                made = await api.send(create(number), token)
                assert made.json()["data"] == {"createProgram": {"problems": []}}
            assert await waiting() == 2
            assert not any(task.done() for task in crowd)
        answers = await asyncio.gather(*crowd)
    assert all(answer.status_code == 200 and answer.json().get("data") for answer in answers), answers[0].text


async def test_more_requests_under_way_than_a_tenant_may_have_are_refused_at_once(
    limit, superuser_url, tenant, other_tenant, refused_for
):
    async with limit(tenant_requests=5, pool_size=8) as api:
        async with locked(superuser_url, "rate_development", "access exclusive") as waiting:
            crowd = [asyncio.create_task(api.send(NOISY, tenant.token("actuary"))) for _ in range(5)]
            await held(api.limits, waiting, 5, 4)
            refused_for(await api.send(token=tenant.token("auditor")), 1)
            assert (await api.send(token=other_tenant.token("auditor"))).status_code == 200
            crowd[0].cancel()
            await asyncio.wait([crowd[0]])
            assert api.limits.under_way == 4
            crowd.append(asyncio.create_task(api.send(token=tenant.token("auditor"))))
            await held(api.limits, waiting, 5, 4)
        answers = await asyncio.gather(*crowd[1:])
        assert [answer.status_code for answer in answers] == [200] * 5
        assert api.limits.under_way == 0
