"""Following a job over WebSocket and server-sent events, on a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
from httpx_sse import aconnect_sse
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from almoner.core.database import libpq_url
from almoner.core.ids import global_id, new_id
from almoner_graphql.changes import APPLICATION_NAME, Changes

pytestmark = pytest.mark.anyio

PATIENCE = 20  # seconds; each event comes within milliseconds on an idle machine
FOLLOW = "subscription ($id: ID!) { jobChanged(id: $id) { state progress { done total phase } subject { id } } }"


@asynccontextmanager
async def socket(
    server: str, payload: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> AsyncIterator[ClientConnection]:
    """A connection that has said who it is."""
    address = server.replace("http:", "ws:") + "/graphql"
    async with (
        asyncio.timeout(PATIENCE * 2),
        connect(address, subprotocols=["graphql-transport-ws"], additional_headers=headers) as connection,  # type: ignore[list-item]
    ):
        await connection.send(json.dumps({"type": "connection_init", "payload": payload or {}}))
        yield connection


async def receive(connection: ClientConnection) -> Any:
    async with asyncio.timeout(PATIENCE):
        return json.loads(await connection.recv())


async def acknowledged(connection: ClientConnection) -> None:
    assert (await receive(connection))["type"] == "connection_ack"


async def subscribe(connection: ClientConnection, query: str, variables: dict[str, Any], name: str = "1") -> None:
    payload = {"query": query, "variables": variables}
    await connection.send(json.dumps({"id": name, "type": "subscribe", "payload": payload}))


async def until(connection: ClientConnection, state: str) -> dict[str, Any]:
    """The first event with that state."""
    while True:
        message = await receive(connection)
        assert message["type"] == "next", message
        job = message["payload"]["data"]["jobChanged"]
        if job["state"] == state:
            return job


def token_for(tenant: Any, role: str = "actuary") -> dict[str, str]:
    return {"Authorization": f"Bearer {tenant.token(role)}"}


async def test_a_job_is_told_at_once_at_every_change_and_to_its_end(server, tenant, file, hand):
    filed = await file(tenant, calculate=False)
    async with socket(server, token_for(tenant)) as connection:
        await acknowledged(connection)
        await subscribe(connection, FOLLOW, {"id": filed.job})
        first = await until(connection, "QUEUED")
        assert first["subject"] == {"id": filed.id}
        lease = await hand.take(filed.job_row_id)
        assert (await until(connection, "RUNNING"))["progress"] == {"done": 0, "total": 0, "phase": "started"}
        await hand.keep(lease)  # a sign of life changes nothing that is shown
        await hand.keep(lease, (1, 4, "exhibit A"))
        message = await receive(connection)
        assert message["payload"]["data"]["jobChanged"]["progress"] == {"done": 1, "total": 4, "phase": "exhibit A"}
        await hand.finish(lease)
        assert (await until(connection, "DONE"))["progress"] == {"done": 4, "total": 4, "phase": "done"}
        assert await receive(connection) == {"id": "1", "type": "complete"}


async def test_the_same_over_server_sent_events(server, tenant, file, hand):
    filed = await file(tenant, calculate=False)
    body = {"query": FOLLOW, "variables": {"id": filed.job}}
    states = []
    async with (
        asyncio.timeout(PATIENCE * 2),
        httpx.AsyncClient(timeout=PATIENCE) as client,
        aconnect_sse(client, "POST", f"{server}/graphql", json=body, headers=token_for(tenant)) as source,
    ):
        assert source.response.headers["x-request-id"]
        lease = None
        async for event in source.aiter_sse():
            if event.event == "complete":
                states.append("complete")
                break
            states.append(event.json()["data"]["jobChanged"]["state"])
            if lease is None:
                lease = await hand.take(filed.job_row_id)
            elif states[-1] == "RUNNING":
                await hand.finish(lease)
    assert states == ["QUEUED", "RUNNING", "DONE", "complete"]


async def test_a_burst_of_changes_ends_with_the_last_one(server, tenant, file, hand):
    filed = await file(tenant, calculate=False)
    async with socket(server, token_for(tenant)) as connection:
        await acknowledged(connection)
        for name in ("1", "2"):
            await subscribe(connection, FOLLOW, {"id": filed.job}, name)
        lease = await hand.take(filed.job_row_id)
        for done in range(40):
            await hand.keep(lease, (done, 40, "many"))
        await hand.finish(lease)
        told: dict[str, list[str]] = {"1": [], "2": []}
        ended: set[str] = set()
        while ended != {"1", "2"}:
            message = await receive(connection)
            if message["type"] == "complete":
                ended.add(message["id"])
            else:
                told[message["id"]].append(message["payload"]["data"]["jobChanged"]["state"])
        for states in told.values():
            assert states[-1] == "DONE"
            assert states.count("DONE") == 1


@pytest.mark.parametrize("foreign", [True, False])
async def test_a_job_of_another_tenant_is_an_error_as_one_of_nothing(server, tenant, other_tenant, file, foreign):
    job = (await file(other_tenant, calculate=False)).job if foreign else global_id("Job", new_id())
    async with socket(server, token_for(tenant)) as connection:
        await acknowledged(connection)
        await subscribe(connection, FOLLOW, {"id": job})
        message = await receive(connection)
        (error,) = message["payload"]["errors"]
        assert error["extensions"] == {"code": "NOT_FOUND"}
        assert not message["payload"]["data"]
        assert (await receive(connection))["type"] == "complete"


async def test_without_a_token_a_connection_gets_nothing(server, tenant, file):
    filed = await file(tenant, calculate=False)
    async with socket(server) as connection:
        await acknowledged(connection)
        await subscribe(connection, FOLLOW, {"id": filed.job})
        message = await receive(connection)
        assert message["type"] == "error"
        assert [error["extensions"]["code"] for error in message["payload"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("payload", [{"Authorization": "Bearer x"}, {"token": "x"}, {"token": 1}, {"token": ""}])
async def test_a_bad_token_closes_the_connection(server, payload):
    async with socket(server, payload) as connection:
        with pytest.raises(ConnectionClosed) as closed:
            await receive(connection)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403


@pytest.mark.parametrize("where", ["header", "Authorization", "token"])
async def test_the_token_may_come_in_the_header_or_the_payload(server, tenant, where):
    token = tenant.token("actuary")
    payload = {"Authorization": f"Bearer {token}", "token": token}
    headers = {"Authorization": f"Bearer {token}"} if where == "header" else None
    async with socket(server, {where: payload[where]} if where in payload else {}, headers) as connection:
        await acknowledged(connection)
        await subscribe(connection, "{ viewer { roles } }", {})
        message = await receive(connection)
        assert message["payload"]["data"] == {"viewer": {"roles": ["actuary"]}}


async def test_a_subscription_ends_with_the_token(server, tenant, file):
    filed = await file(tenant, calculate=False)
    house = tenant.house
    almost_over = house.clock() - timedelta(minutes=60) + timedelta(seconds=3)
    token = house.keys.issue(tenant.identities["actuary"], almost_over).text
    async with socket(server, {"token": token}) as connection:
        await acknowledged(connection)
        await subscribe(connection, FOLLOW, {"id": filed.job})
        await until(connection, "QUEUED")
        message = await receive(connection)
        assert message["payload"]["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
        assert (await receive(connection))["type"] == "complete"
        await subscribe(connection, "{ viewer { id } }", {}, "2")
        message = await receive(connection)
        assert "UNAUTHENTICATED" in json.dumps(message)


async def test_another_site_cannot_open_a_connection(server):
    address = server.replace("http:", "ws:") + "/graphql"
    with pytest.raises(Exception, match="403"):
        async with connect(address, subprotocols=["graphql-transport-ws"], origin="https://evil.example"):  # type: ignore[list-item,arg-type]
            pass


async def test_a_message_that_is_too_big_closes_the_connection(server):
    async def send_and_listen(connection: ClientConnection) -> None:
        await subscribe(connection, " " * (17 * 1024 * 1024), {})
        while True:
            await receive(connection)

    async with socket(server) as connection:
        await acknowledged(connection)
        with pytest.raises(ConnectionClosed):
            await send_and_listen(connection)


async def test_a_lost_listener_comes_back_and_wakes_everybody(database_url, superuser_url, tenant, file, hand):
    filed = await file(tenant, calculate=False)
    async with Changes(database_url).listening() as changes:
        with changes.watch(tenant.id, "job", filed.job_row_id) as watch:
            assert await watch.wait(PATIENCE), "hears of the connection"
            watch.clear()
            lease = await hand.take(filed.job_row_id)
            assert await watch.wait(PATIENCE), "hears of the change"
            watch.clear()
            with psycopg.connect(libpq_url(superuser_url), autocommit=True) as superuser:
                ended = superuser.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s",
                    [APPLICATION_NAME],
                ).fetchall()
            assert ended
            assert await watch.wait(PATIENCE), "hears of the new connection"
            watch.clear()
            await hand.finish(lease)
            assert await watch.wait(PATIENCE), "hears of changes again"


async def test_nobody_hears_of_other_rows(database_url, tenant, other_tenant, file, hand):
    mine, other = [await file(tenant, calculate=False) for _ in range(2)]
    async with Changes(database_url).listening() as changes:
        with (
            changes.watch(tenant.id, "job", other.job_row_id) as told,
            changes.watch(tenant.id, "job", mine.job_row_id) as another_row,
            changes.watch(tenant.id, "rate_development", other.job_row_id) as another_table,
            changes.watch(other_tenant.id, "job", other.job_row_id) as another_tenant,
        ):
            watches = (told, another_row, another_table, another_tenant)
            for watch in watches:
                assert await watch.wait(PATIENCE)
                watch.clear()
            await hand.take(other.job_row_id)
            assert await told.wait(PATIENCE)
            assert [await watch.wait(0) for watch in watches] == [True, False, False, False]
