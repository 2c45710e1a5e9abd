"""Limits over HTTP: who counts by what, what things cost, and that a refusal does nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from almoner.core.database import Database
from almoner_graphql import rate_limits
from almoner_graphql.planner.connections import Connections
from almoner_graphql.planner.cost import BUDGET
from almoner_graphql.rate_limits import OBJECTS_PER_POINT

pytestmark = pytest.mark.anyio

PATIENCE = 20
LOGIN = 'login(tenant: "nowhere", email: "a@b.example", password: "wrong") { problems { code } }'
EXPENSIVE = "{ rateDevelopments(first: 100) { nodes { figures(first: 10) { nodes { id } } } } }"


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was begun in the database."""
    sent: list[str] = []
    read, write = Connections.lent, Database.tenant_transaction

    def note_read(connections: Connections, tenant_id: Any, **options: Any) -> Any:
        sent.append("read")
        return read(connections, tenant_id, **options)

    def note_write(database: Database, tenant_id: Any, **options: Any) -> Any:
        sent.append("write")
        return write(database, tenant_id, **options)

    monkeypatch.setattr(Connections, "lent", note_read)
    monkeypatch.setattr(Database, "tenant_transaction", note_write)
    return sent


# --- headers and refusals ------------------------------------------------------------------------------------------


async def test_headers_tell_the_policies_and_what_is_left(limit, tenant):
    async with limit(subject_points=60, tenant_points=600) as api:
        token = tenant.token("actuary")
        first = await api.send(token=token)
        assert first.headers["ratelimit-policy"] == '"subject";q=60;w=60, "tenant";q=600;w=60'
        assert first.headers["ratelimit"] == '"subject";r=59;t=1, "tenant";r=599;t=1'
        await api.send(token=token)
        third = await api.send(token=tenant.token("auditor"))
        assert third.headers["ratelimit"] == '"subject";r=59;t=1, "tenant";r=597;t=1'
        api.clock.pass_seconds(60)
        assert (await api.send(token=token)).headers["ratelimit"] == '"subject";r=59;t=1, "tenant";r=599;t=1'


async def test_without_limits_there_are_no_headers(limit, tenant):
    async with limit() as api:
        for token in (tenant.token("actuary"), None, "forged"):
            response = await api.send(token=token)
            assert not [name for name in response.headers if name.startswith("ratelimit")]
        assert api.limits.remembered == 0


async def test_too_much_is_refused_until_the_wait_is_over_and_nothing_is_done(limit, tenant, statements, refused_for):
    async with limit(subject_points=2) as api:
        token = tenant.token("actuary")
        for left in (1, 0):
            response = await api.send(token=token)
            assert response.json()["data"]
            assert response.headers["ratelimit"].startswith(f'"subject";r={left};')
        statements.clear()
        api.clock.pass_seconds(0.5)
        refused = await api.send("{ this is no document", token=token)
        refused_for(refused, 30)
        assert refused.headers["ratelimit"] == '"subject";r=0;t=60'
        refused_for(await api.post("/graphql", token, headers={}, content=b"[" * 1_000_000), 30)
        assert statements == []
        api.clock.pass_seconds(29.499)
        refused_for(await api.send(token=token), 1)
        api.clock.pass_seconds(0.001)
        assert (await api.send(token=token)).status_code == 200
        refused_for(await api.send(token=token), 30)


async def test_the_body_of_a_refused_request_is_not_read(limit, tenant, refused_for):
    async with limit(subject_points=1) as api:
        token = tenant.token("actuary")
        await api.send(token=token)
        read = []

        async def body() -> AsyncIterator[bytes]:
            read.append(1)
            yield b"{}"

        refused_for(await api.post("/graphql", token, headers={}, content=body()), 60)
        assert read == []


async def test_a_refusal_takes_nothing_from_anybody(limit, tenant, refused_for):
    async with limit(subject_points=1, tenant_points=3) as api:
        token = tenant.token("actuary")
        await api.send(token=token)
        for _ in range(10):
            refused_for(await api.send(token=token), 60)
        assert (await api.send(token=tenant.token("auditor"))).headers["ratelimit"].endswith('"tenant";r=1;t=40')


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "text/event-stream"])
async def test_every_media_type_is_told_by_the_status(limit, tenant, accept, refused_for):
    async with limit(subject_points=1) as api:
        token = tenant.token("actuary")
        assert (await api.send(token=token, accept=accept)).status_code == 200
        refused_for(await api.send(token=token, accept=accept), 60)


# --- who counts by what --------------------------------------------------------------------------------------------


async def test_subjects_do_not_take_from_each_other(limit, tenant, refused_for):
    async with limit(subject_points=1) as api:
        await api.send(token=tenant.token("actuary"))
        refused_for(await api.send(token=tenant.token("actuary", "pwd")), 60)
        assert (await api.send(token=tenant.token("auditor"))).status_code == 200


async def test_a_tenant_is_limited_as_a_whole_and_takes_nothing_from_others(limit, tenant, other_tenant, refused_for):
    async with limit(tenant_points=2) as api:
        for role in ("actuary", "auditor"):
            assert (await api.send(token=tenant.token(role))).status_code == 200
        refused_for(await api.send(token=tenant.token("integrator")), 30)
        assert (await api.send(token=other_tenant.token("integrator"))).status_code == 200


async def test_without_a_token_the_address_counts(limit, tenant, refused_for):
    async with limit(address_points=1) as api:
        assert (await api.send("{ __typename }")).headers["ratelimit-policy"] == '"address";q=1;w=60'
        refused_for(await api.send("{ __typename }"), 60)
        assert (await api.send("{ __typename }", peer="192.0.2.2")).status_code == 200
        assert (await api.send(token=tenant.token("actuary"))).status_code == 200


@pytest.mark.parametrize("token", ["forged", "a.b.c"])
async def test_tokens_that_are_not_valid_count_against_the_address(limit, token, refused_for):
    async with limit(address_points=2) as api:
        for _ in range(2):
            assert (await api.send(token=token)).status_code == 401
        refused_for(await api.send(token=token), 30)


async def test_forwarding_headers_of_anybody_are_not_believed(limit, refused_for):
    async with limit(address_points=1) as api:
        await api.send("{ __typename }", x_forwarded_for="198.51.100.1")
        refused = await api.send("{ __typename }", x_forwarded_for="198.51.100.2", forwarded="for=198.51.100.2")
        assert refused.headers["ratelimit-policy"].startswith('"address"')
        refused_for(refused, 60)


async def test_behind_a_trusted_proxy_clients_count_and_cannot_choose_their_address(limit):
    async with limit(address_points=1, trusted_proxies="10.0.0.0/8") as api:

        async def ask(forwarded: str) -> int:
            return (await api.send("{ __typename }", peer="10.0.0.1", x_forwarded_for=forwarded)).status_code

        assert [await ask("198.51.100.1"), await ask("198.51.100.2"), await ask("198.51.100.1")] == [200, 200, 429]
        assert await ask("203.0.113.77, 198.51.100.1") == 429


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
async def test_oauth_is_limited_by_address_before_anything_is_asked(limit, statements, path):
    async with limit(address_points=1) as api:
        form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y", "token": "z"}
        first = await api.post(path, headers={}, data=form)
        assert first.status_code != 429
        assert first.headers["ratelimit"] == '"address";r=0;t=60'
        statements.clear()
        refused = await api.post(path, headers={}, data=form)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "60"
        assert refused.json()["error"] == "temporarily_unavailable"
        assert statements == []
        assert (await api.send("{ __typename }")).status_code == 429


# --- what things cost ----------------------------------------------------------------------------------------------


async def test_what_is_asked_for_is_paid_for(limit, tenant):
    async with limit(subject_points=1_000) as api:
        token = tenant.token("actuary")
        response = await api.send(EXPENSIVE, token=token)
        cost = response.json()["extensions"]["cost"]["requested"]
        assert cost > 1_000
        left = 1_000 - 1 - cost // OBJECTS_PER_POINT
        assert response.headers["ratelimit"].startswith(f'"subject";r={left};')
        again = await api.send(EXPENSIVE, token=token)
        assert again.headers["ratelimit"].startswith(f'"subject";r={2 * left - 1_000};')


async def test_a_dear_operation_is_let_in_by_one_point_and_then_paid_off(limit, tenant, refused_for):
    async with limit(subject_points=2) as api:
        token = tenant.token("actuary")
        response = await api.send(EXPENSIVE, token=token)
        assert response.status_code == 200
        cost = response.json()["extensions"]["cost"]["requested"]
        assert response.headers["ratelimit"].startswith('"subject";r=0;')
        refused_for(await api.send(token=token), (cost // OBJECTS_PER_POINT) * 30)


async def test_what_exceeds_the_budget_is_not_paid_for(limit, tenant):
    async with limit(subject_points=1_000) as api:
        query = (
            "{ rateDevelopments(first: 100) { nodes { figures(first: 100) { nodes { inputs { inputs { id } } } } } } }"
        )
        response = await api.send(query, token=tenant.token("actuary"))
        assert f"of at most {BUDGET}" in response.json()["errors"][0]["message"]
        assert response.headers["ratelimit"].startswith('"subject";r=999;')


async def test_each_mutation_of_a_document_takes_a_point(limit, tenant):
    async with limit(address_points=100) as api:
        response = await api.send("mutation { " + " ".join(f"a{n}: {LOGIN}" for n in range(7)) + " }")
        assert len(response.json()["data"]) == 7
        assert response.headers["ratelimit"].startswith('"address";r=93;')


async def test_who_has_a_token_proves_things_by_address_too(limit, tenant, refused_for):
    async with limit(subject_points=100, address_points=2) as api:
        token = tenant.token("actuary")
        attempts = [await api.send("mutation { " + LOGIN + " }", token=token) for _ in range(3)]
        assert [response.status_code for response in attempts] == [200, 200, 429]
        refused_for(attempts[-1], 30)
        assert (await api.send(token=token)).status_code == 200
        refused_for(await api.send("mutation { " + LOGIN + " }"), 30)


# --- bounds --------------------------------------------------------------------------------------------------------


async def test_addresses_cannot_fill_the_memory_or_push_out_subjects(limit, tenant, monkeypatch, refused_for):
    monkeypatch.setattr(rate_limits, "MAX_BUCKETS", 5)
    async with limit(address_points=1, subject_points=1) as api:
        token = tenant.token("actuary")
        await api.send(token=token)
        for number in range(20):
            assert (await api.send("{ __typename }", peer=f"192.0.2.{number}")).status_code == 200
        assert api.limits.remembered == 6
        refused_for(await api.send(token=token), 60)
        refused_for(await api.send("{ __typename }", peer="192.0.2.19"), 60)


async def test_a_clock_that_goes_back_lets_nobody_in_and_shuts_nobody_out(limit, tenant, refused_for):
    async with limit(subject_points=1) as api:
        token = tenant.token("actuary")
        await api.send(token=token)
        api.clock.pass_seconds(-86_400)
        refused_for(await api.send(token=token), 60)
        api.clock.pass_seconds(86_400 + 60)
        assert (await api.send(token=token)).status_code == 200


async def test_nothing_stays_under_way(limit, tenant, file):
    filed = await file(tenant)
    async with limit(subject_points=1_000) as api:
        token = tenant.token("actuary")
        bad = ["{ viewer { id } }", "{", "mutation { " + LOGIN + " }", "{ nothing }", f"# {filed.id}"]
        for accept in ("application/json", "text/event-stream", "image/png"):
            for query in bad:
                await api.send(query, token=token, accept=accept)
                await api.send(query, accept=accept)
        assert api.limits.under_way == 0


async def test_who_is_refused_waits_for_it_unless_too_many_do(limit, tenant, monkeypatch, refused_for):
    monkeypatch.setattr(rate_limits, "MAX_HELD", 2)
    async with limit(subject_points=1) as api:
        monkeypatch.setattr(api.limits, "_hold", 3_600)
        token = tenant.token("actuary")
        await api.send(token=token)
        held = [asyncio.create_task(api.send(token=token)) for _ in range(2)]
        async with asyncio.timeout(PATIENCE):
            while api.limits.held < 2:  # noqa: ASYNC110  (nothing tells of who is held)
                await asyncio.sleep(0)
            refused_for(await api.send(token=token), 60)
            assert (await api.send(token=tenant.token("auditor"))).status_code == 200
        assert not any(task.done() for task in held)
        for task in held:
            task.cancel()
        await asyncio.wait(held)
        assert (api.limits.held, api.limits.under_way) == (0, 0)
