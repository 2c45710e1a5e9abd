"""Hostile documents are refused for what they are, before anything is asked of the database."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from almoner_graphql.planner.connections import Connections

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
MADE = runpy.run_path(str(Path(__file__).with_name("hostile.py")))


@pytest.fixture
def statements(house, monkeypatch):
    """The statements that were sent to the database, as they are sent: by SQLAlchemy, and by the planner's own pool."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    def note_transaction(reader, identity, **options):
        sent.append("begin")
        return transaction(reader, identity, **options)

    transaction = Connections.lent
    monkeypatch.setattr(Connections, "lent", note_transaction)
    event.listen(house.database.engine.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(house.database.engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("document", MADE["hostile"](0), ids=lambda document: document.name)
async def test_a_hostile_document_is_refused_before_any_sql(client, tenant, statements, document):
    headers = {**JSON, "Authorization": f"Bearer {tenant.token('program_administrator')}"}
    statements.clear()
    response = await client.post("/graphql", content=MADE["body_of"](document), headers=headers)
    assert response.status_code == 400, response.text[:300]
    errors = response.json()["errors"]
    assert {error["extensions"]["code"] for error in errors} == {document.code}
    if document.limit:
        named = rf"exceeds the limit of {document.limit}[a-z ]*: (\d+|more than 10\^9|hundreds) of at most \d+\."
        assert any(re.search(named, error["message"]) for error in errors)
    assert len(response.content) < 100_000
    assert statements == []


@pytest.mark.parametrize("transport", ["text/event-stream", "graphql-transport-ws"])
async def test_hostile_documents_are_refused_over_streams_as_well(server, tenant, transport):
    documents = [document for document in MADE["hostile"](1) if len(document.query) < 200_000]
    codes = await (over_events if transport == "text/event-stream" else over_socket)(server, tenant, documents)
    assert codes == [document.code for document in documents]


async def over_events(server, tenant, documents):
    headers = {**JSON, "Accept": "text/event-stream", "Authorization": f"Bearer {tenant.token('actuary')}"}
    codes = []
    async with httpx.AsyncClient() as client:
        for document in documents:
            response = await client.post(f"{server}/graphql", content=MADE["body_of"](document), headers=headers)
            assert response.status_code in (200, 400)
            found = re.findall(r'"code": ?"([A-Z_]+)"', response.text)
            assert len(set(found)) == 1
            codes.append(found[0])
    return codes


async def over_socket(server, tenant, documents):
    address = server.replace("http:", "ws:") + "/graphql"
    codes = []
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": {"token": tenant.token("actuary")}}))
        await connection.recv()
        for document in documents:
            # Python's own JSON reader closes the connection; the next test has that.
            variables = None if "Python" in document.name else document.variables
            payload = {"query": document.query, "variables": variables or {"x": MADE["nested_list"](20)}}
            if variables is None and document.code != MADE["LIMIT"]:
                del payload["variables"]
            await connection.send(json.dumps({"id": document.name, "type": "subscribe", "payload": payload}))
            message = json.loads(await connection.recv())
            assert (message["id"], message["type"]) == (document.name, "error")
            codes.append(message["payload"][0]["extensions"]["code"])
    return codes


@pytest.mark.parametrize(
    "payload",
    [
        1,
        {},
        {"query": 1},
        {"query": "{ __typename }", "variables": []},
        {"query": "{ __typename }", "operationName": 1},
        "[" * 50_000 + "]" * 50_000,
    ],
    ids=["number", "empty", "query", "variables", "name", "deep"],
)
async def test_a_message_of_another_shape_closes_its_socket_and_no_other(server, tenant, payload):
    address = server.replace("http:", "ws:") + "/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": {"token": tenant.token("actuary")}}))
        await connection.recv()
        message = json.dumps({"id": "1", "type": "subscribe", "payload": payload})
        if isinstance(payload, str):
            message = message.replace(f'"{payload}"', payload)
        await connection.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4400
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{server}/healthz")).status_code == 200


async def test_an_honest_request_is_seen_to_send_sql(client, tenant, statements):
    headers = {**JSON, "Authorization": f"Bearer {tenant.token('program_administrator')}"}
    response = await client.post("/graphql", json={"query": "{ viewer { id } }"}, headers=headers)
    assert "errors" not in response.json()
    assert statements
