"""Limits of WebSocket and server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

PATIENCE = 20


def follow(job: str) -> str:
    return f'subscription {{ jobChanged(id: "{job}") {{ state }} }}'


async def test_a_stream_tells_what_is_left_and_is_refused_like_all_else(
    limit, tenant, file, hand, read_events, refused_for
):
    filed = await file(tenant, calculate=False)
    await hand.finish(await hand.take(filed.job_row_id))
    async with limit(subject_points=3) as api:
        token, query = tenant.token("actuary"), follow(filed.job)
        for left in (2, 1, 0):
            response = await api.send(query, token=token, accept="text/event-stream")
            assert response.headers["ratelimit"].startswith(f'"subject";r={left};')
            assert [name for name, _ in read_events(response)] == ["next", "complete"]
        refused_for(await api.send(query, token=token, accept="text/event-stream"), 20)
        assert api.limits.under_way == 0


class Socket:
    """A WebSocket, spoken to as the server speaks to the application."""

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(self, **message: Any) -> None:
        await self.to_app.put({"type": "websocket.receive", "text": json.dumps(message)})

    async def subscribe(self, name: str, query: str) -> None:
        await self.send(id=name, type="subscribe", payload={"query": query})

    async def receive(self) -> Any:
        """The next message, or the code that the connection is closed with."""
        async with asyncio.timeout(PATIENCE):
            message = await self.from_app.get()
        return message["code"] if message["type"] == "websocket.close" else json.loads(message["text"])


@asynccontextmanager
async def connected(app: Any, token: str | None, **payload: Any) -> AsyncIterator[Socket]:
    """A connection that has said who it is."""
    socket = Socket()
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "headers": [(b"host", b"api")],
        "query_string": b"",
        "scheme": "ws",
        "client": ("192.0.2.1", 4711),
        "subprotocols": ["graphql-transport-ws"],
        "state": {},
        "app": app,
    }
    await socket.to_app.put({"type": "websocket.connect"})
    task = asyncio.create_task(app(scope, socket.to_app.get, socket.from_app.put))
    async with asyncio.timeout(PATIENCE):
        assert (await socket.from_app.get())["type"] == "websocket.accept"
    if token:
        payload["Authorization"] = f"Bearer {token}"
    await socket.send(type="connection_init", payload=payload)
    yield socket
    await socket.to_app.put({"type": "websocket.disconnect", "code": 1000})
    async with asyncio.timeout(PATIENCE):
        await task


ACK = {"type": "connection_ack"}


async def test_operations_on_a_connection_count_and_the_connection_stays(limit, tenant):
    async with limit(subject_points=3) as api, connected(api.app, tenant.token("actuary")) as socket:
        assert await socket.receive() == ACK
        for name in ("1", "2"):
            await socket.subscribe(name, "{ viewer { roles } }")
            assert (await socket.receive())["payload"]["data"] == {"viewer": {"roles": ["actuary"]}}
            assert await socket.receive() == {"id": name, "type": "complete"}
        await socket.subscribe("3", "{ this is no document")
        refused = await socket.receive()
        assert (refused["id"], refused["type"]) == ("3", "error")
        assert refused["payload"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 20}
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}
        api.clock.pass_seconds(20)
        await socket.subscribe("3", "{ viewer { roles } }")
        assert (await socket.receive())["type"] == "next"


@pytest.mark.parametrize(("token", "first"), [(None, ACK), ("forged", 4403)])
async def test_connections_of_somebody_unknown_count_by_address(limit, token, first):
    async with limit(address_points=1) as api:
        async with connected(api.app, token) as socket:
            assert await socket.receive() == first
        async with connected(api.app, token) as socket:
            assert await socket.receive() == 4429


async def test_operations_on_one_connection_count_against_the_same_bucket_as_requests(limit, tenant, refused_for):
    token = tenant.token("actuary")
    async with limit(subject_points=2) as api, connected(api.app, token) as socket:
        assert await socket.receive() == ACK
        await socket.subscribe("1", "{ viewer { roles } }")
        assert (await socket.receive())["type"] == "next"
        refused_for(await api.send(token=token), 30)


async def test_each_event_is_paid_for(limit, tenant, file, hand, monkeypatch):
    monkeypatch.setattr("almoner_graphql.rate_limits.OBJECTS_PER_POINT", 1)
    filed = await file(tenant, calculate=False)
    token = tenant.token("actuary")
    async with limit(subject_points=10) as api, connected(api.app, token) as socket:
        assert await socket.receive() == ACK
        await socket.subscribe("1", follow(filed.job))
        assert (await socket.receive())["payload"]["data"] == {"jobChanged": {"state": "QUEUED"}}
        await hand.take(filed.job_row_id)
        assert (await socket.receive())["payload"]["data"] == {"jobChanged": {"state": "RUNNING"}}
        # The connection, the operation, two events of one object; and this request, which asks for nothing.
        response = await api.send("{ __typename }", token=token)
        assert response.headers["ratelimit"].startswith('"subject";r=5;')


async def test_who_follows_something_holds_no_place(limit, tenant, file):
    filed = await file(tenant, calculate=False)
    async with limit(tenant_requests=1) as api, connected(api.app, tenant.token("actuary")) as socket:
        assert await socket.receive() == ACK
        for name in ("1", "2", "3"):
            await socket.subscribe(name, follow(filed.job))
            assert (await socket.receive())["payload"]["data"] == {"jobChanged": {"state": "QUEUED"}}
        assert api.limits.under_way == 0
        await socket.subscribe("4", "{ viewer { roles } }")
        assert (await socket.receive())["type"] == "next"
