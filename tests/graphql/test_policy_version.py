"""`Almoner-Policy-Version`: what a request insists on and what an answer stands on, with two processes' houses."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from almoner.authorization.document import Change, Grant
from almoner.authorization.stored import write_version
from almoner.wiring import build_house
from almoner_graphql.app import build_app

pytestmark = pytest.mark.anyio

HEADER = "Almoner-Policy-Version"
PROGRAMS = "{ programs { id } }"
CREATE = 'mutation { createProgram(code: "title-xxi", name: "Title XXI") { program { id } problems { code } } }'
BARRED = Grant("auditor", "program", "view", "any", "deny", "for a while")
PATIENCE = 20  # seconds


@pytest.fixture
def change(tenant):
    """Commits a version in the first house, whatever it says."""

    async def do(number: int, op: str) -> None:
        async with tenant.house.operator_scope(tenant.id, "test-policy") as scope:
            await write_version(scope, number, [Change(op, BARRED)], reason="test")

    return do


@pytest.fixture
async def other(settings, serving):
    """A client of another process, with a house and caches of its own."""
    house = build_house(settings, pool_size=2)
    try:
        async with serving(build_app(house, settings)) as client:
            yield client
    finally:
        await house.close()


@pytest.fixture
def send(client, tenant):
    async def do(query, version=None, *, role="program_administrator", by=client, token=None):
        headers = {"Authorization": f"Bearer {token or tenant.token(role)}"}
        headers |= {} if version is None else {HEADER: str(version)}
        return await by.post("/graphql", json={"query": query}, headers=headers)

    return do


def refused(response):
    """Status, codes, data and version of an answer."""
    body = response.json()
    codes = [error["extensions"]["code"] for error in body["errors"]]
    return response.status_code, codes, body.get("data"), response.headers.get(HEADER)


def programs_of(response):
    return response.json()["data"]["programs"]


NOT_REACHED = ["POLICY_VERSION_NOT_REACHED"]


async def test_every_answer_names_the_version_it_stands_on(send, change):
    assert (await send(PROGRAMS)).headers[HEADER] == "0"
    await change(1, "add")
    assert (await send(PROGRAMS)).headers[HEADER] == "1"
    assert (await send("{ __schema { queryType { name } } programs { id } }")).headers[HEADER] == "1"
    created = await send(CREATE)
    assert created.json()["data"]["createProgram"]["problems"] == []
    assert created.headers[HEADER] == "1"
    again = await send(CREATE)
    assert again.json()["data"]["createProgram"]["problems"] == [{"code": "PROGRAM_EXISTS"}]
    assert again.headers[HEADER] == "1"
    denied = await send("{ journal { totalCount } }", role="nobody")
    assert denied.json()["errors"][0]["extensions"]["code"] == "DENIED"
    assert denied.headers[HEADER] == "1"


async def test_a_read_that_insists_is_never_answered_by_an_older_policy(send, change, other):
    await send(CREATE)
    assert len(programs_of(await send(PROGRAMS, 0, role="auditor", by=other))) == 1
    assert refused(await send(PROGRAMS, 1, role="auditor", by=other)) == (412, NOT_REACHED, None, "0")
    await change(1, "add")
    # The other process knows the auditor by version 0, and has planned this very read for it.
    now = await send(PROGRAMS, 1, role="auditor", by=other)
    assert (now.status_code, now.headers[HEADER], programs_of(now)) == (200, "1", [])
    await change(2, "remove")
    assert len(programs_of(await send(PROGRAMS, 2, role="auditor", by=other))) == 1
    assert refused(await send(PROGRAMS, 3, role="auditor", by=other)) == (412, NOT_REACHED, None, "2")
    mixed = await send("{ __typename __schema { queryType { name } } programs { id } }", 3, by=other)
    assert refused(mixed)[:2] == (412, NOT_REACHED)


async def test_a_mutation_that_insists_in_vain_does_nothing(send, change, other):
    await change(1, "add")
    assert refused(await send(CREATE, 2, by=other)) == (412, NOT_REACHED, None, "1")
    assert (await send(PROGRAMS)).json()["data"]["programs"] == []
    done = await send(CREATE, 1, by=other)
    assert done.json()["data"]["createProgram"]["program"] is not None
    assert done.headers[HEADER] == "1"


async def test_signing_out_insists_too(send):
    assert refused(await send("mutation { signOut { problems { code } } }", 1)) == (412, NOT_REACHED, None, "0")


async def test_versions_are_those_of_the_viewers_tenant(send, change, tenant, other_tenant):
    await change(1, "add")
    token = other_tenant.token("program_administrator")
    assert (await send(PROGRAMS, token=token)).headers[HEADER] == "0"
    assert refused(await send(PROGRAMS, 1, token=token)) == (412, NOT_REACHED, None, "0")


@pytest.mark.parametrize("value", ["-1", "1.0", "one", "", "1, 2", "+1", "\u0661", "1e3"])
async def test_what_is_no_whole_number_is_a_bad_request(send, value):
    response = await send(PROGRAMS, value if value.isascii() else value.encode())
    assert refused(response) == (400, ["BAD_REQUEST"], None, None)


@pytest.mark.parametrize(("value", "status"), [("0", 200), ("000", 200), ("9" * 5_000, 412)])
async def test_any_whole_number_is_taken(send, value, status):
    assert (await send(PROGRAMS, value)).status_code == status


async def test_the_unknown_are_told_no_version(client):
    response = await client.post("/graphql", json={"query": "{ __typename }"})
    assert HEADER not in response.headers


def first_of(server, tenant, payload, headers=None):
    """What a server answers to a query over WebSocket: the first message after the greeting."""

    async def ask():
        address = server.replace("http:", "ws:") + "/graphql"
        token = {"Authorization": f"Bearer {tenant.token('program_administrator')}"}
        async with (
            asyncio.timeout(PATIENCE),
            connect(address, subprotocols=["graphql-transport-ws"], additional_headers=headers) as connection,  # type: ignore[list-item]
        ):
            await connection.send(json.dumps({"type": "connection_init", "payload": {**token, **payload}}))
            assert json.loads(await connection.recv())["type"] == "connection_ack"
            await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": PROGRAMS}}))
            return json.loads(await connection.recv())["payload"]

    return ask()


def codes_in(payload):
    errors = payload if isinstance(payload, list) else payload.get("errors", [])
    return [error["extensions"]["code"] for error in errors]


async def test_a_socket_insists_by_its_first_message_or_its_handshake(server, tenant, change):
    assert codes_in(await first_of(server, tenant, {HEADER: 1})) == NOT_REACHED
    assert codes_in(await first_of(server, tenant, {}, {HEADER: "1"})) == NOT_REACHED
    await change(1, "add")
    assert codes_in(await first_of(server, tenant, {HEADER: "1"})) == []
    assert codes_in(await first_of(server, tenant, {}, {HEADER: "1"})) == []
    assert codes_in(await first_of(server, tenant, {HEADER: 0}, {HEADER: "7"})) == []


@pytest.mark.parametrize(("payload", "headers"), [({HEADER: "x"}, None), ({HEADER: True}, None), ({}, {HEADER: "-1"})])
async def test_a_socket_that_insists_on_no_number_is_closed(server, tenant, payload, headers):
    with pytest.raises(ConnectionClosed) as closed:
        await first_of(server, tenant, payload, headers)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400
    assert HEADER in closed.value.rcvd.reason
