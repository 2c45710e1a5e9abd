"""Sends operations as anybody to a server, and looks whether anything of another tenant comes back."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_required_argument
from tests.isolation.canaries import Search
from tests.isolation.operations import GARBAGE, Grants, WishWriter
from tests.isolation.world import Told
from tests.planner.writer import Written

#: Printed, and taken from the environment to repeat a run's choices.
SEED = int(os.environ.get("ALMONER_TEST_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
CONNECTIONS = 8
#: How often a document is sent: by that many tenants and roles, with other values each time.
SENDINGS = 8
ANSWER_SECONDS = 120
#: A very long run outlasts its first tokens.
FRESH_SECONDS = 600
#: What is written, by weight.
KINDS = {"query": 14, "mutation": 4, "subscription": 1, "document": 1, "form": 1}
FORMS = ("/oauth/token", "/oauth/revoke")
#: Who asks, by weight; `none` sends no token, `public` names the tenant instead, `forged` sends one that is not ours.
#: Most may see much: where nobody sees anything, nothing can leak.
ASKERS = (
    *["program_administrator", "auditor"] * 9,
    *["actuary", "integrator", "own_role", "chair", "member1", "secretary"] * 3,
    *["policy_administrator", "nobody", "none", "public", "forged", "author", "officer1"],
)


@dataclass(frozen=True)
class Sending:
    """One operation on its way.

    Attributes:
        asker: the number of the tenant that asks; None for somebody unknown.
        sent: texts of another tenant that stand in it; for the public, of any, and what everybody may know of its own.
    """

    kind: str
    asker: int | None
    request: httpx.Request
    sent: tuple[str, ...]
    what: str


@dataclass
class Report:
    """What came of it all.

    Attributes:
        leaks: in words, with the seed and the operation.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of the operations whose answer had the asker's own canary in it."""
        return self.outcomes["own canary"] / max(1, self.kinds.total())

    def __str__(self) -> str:
        parts = (f"{name} {dict(counts.most_common())}" for name, counts in vars(self).items() if name != "leaks")
        return f"seed {SEED}: {self.kinds.total()} operations; " + "; ".join(parts)


class Fuzz:
    """Asks a server as the accounts of some tenants."""

    def __init__(self, client: httpx.AsyncClient, schema: GraphQLSchema, tenants: list[Told], seed: int) -> None:
        self._client = client
        self._schema = schema
        self._tenants = tenants
        self._random = Random(seed)
        self.search = Search(told.canary for told in tenants)
        self._cursors: dict[str, dict[str, list[str]]] = {}
        self._writer = WishWriter(self._random, schema, sorted(tenants[0].ids))
        self._tokens: dict[tuple[int, str, float], str] = {}

    async def learn_cursors(self) -> None:
        """Ask every tenant for positions in all its lists, in every order."""
        queries = cursor_queries(self._schema)
        for number, told in enumerate(self._tenants):
            by_list = self._cursors.setdefault(told.canary, {})
            for role in ("auditor", "program_administrator"):
                headers = {"Authorization": f"Bearer {self._token(number, role)}"}
                for query in queries:
                    answer = await self._client.post("/graphql", json={"query": query}, headers=headers)
                    for place, cursor in _cursors(answer.json()["data"]):
                        by_list.setdefault(place, []).append(cursor)

    def _token(self, number: int, role: str) -> str:
        key = (number, role, time.monotonic() // FRESH_SECONDS)
        if key not in self._tokens:
            self._tokens[key] = self._tenants[number].tenant.token(role)
        return self._tokens[key]

    # --- writing ---------------------------------------------------------------------------------------------------

    def sendings(self, operations: int) -> Iterator[Sending]:
        """So many operations, as they are wanted."""
        kinds = [kind for kind, weight in KINDS.items() for _ in range(weight)]
        while operations > 0:
            kind = self._random.choice(kinds)
            written = self._written(kind)
            for _time in range(min(SENDINGS, operations)):
                yield self._sending(kind, written)
            operations -= SENDINGS

    def _written(self, kind: str) -> Written:
        if kind == "mutation":
            return self._writer.mutation()
        if kind == "subscription":
            return self._writer.subscription()
        return self._writer.write() if kind == "query" else Written()

    def _sending(self, kind: str, written: Written) -> Sending:
        own, other = self._random.sample(range(len(self._tenants)), 2)
        role = self._random.choice(ASKERS)
        whose_public = [self._tenants[own].tenant.code, f"Agency {self._tenants[own].canary}"]
        sent: list[str] = whose_public if role == "public" else []
        headers = self._headers(kind, own, role)
        given = (self._tenants[own], self._tenants[other], self._cursors, kind == "mutation", sent, role == "public")
        grants = Grants(self._random, *given)
        if kind == "form":
            path, body = self._form(own, other)
            request = self._client.build_request("POST", path, data=body, headers=headers)
            return Sending(kind, None, request, tuple(body.values()), f"{path} {body}")
        if kind == "document":
            whose = self._tenants[self._random.choice((own, own, other))]
            body = {"documentId": f"sha256:{self._random.choice(whose.documents)}"}
        else:
            body = {"query": written.text, "variables": grants.grant(written.variables)}
        request = self._client.build_request("POST", "/graphql", json=body, headers=headers)
        asker = None if role in ("none", "public", "forged") else own
        return Sending(kind, asker, request, tuple(sent), f"as {role}: {json.dumps(body)}")

    def _headers(self, kind: str, own: int, role: str) -> dict[str, str]:
        headers = {}
        if role == "forged":
            headers["Authorization"] = f"Bearer {self._token(own, 'auditor')[:-6]}AAAAAA"
        elif role == "public":
            headers["Almoner-Tenant"] = self._tenants[own].tenant.code
        elif role != "none":
            headers["Authorization"] = f"Bearer {self._token(own, role)}"
        if kind == "subscription":
            headers["Accept"] = "text/event-stream"
        if self._random.randrange(50) == 0:
            headers["Almoner-Explain"] = "sql"
        return headers

    def _form(self, own: int, other: int) -> tuple[str, dict[str, str]]:
        """A machine's way in: the tokens that come of it are its own, whoever asks."""
        machine = self._tenants[self._random.choice((own, other))].tenant
        wrong = self._random.choice(GARBAGE)
        forms = (
            {"grant_type": "client_credentials", "client_id": machine.client_id, "client_secret": wrong},
            {"grant_type": "refresh_token", "refresh_token": f"{machine.id.hex}.{wrong}"},
        )
        path = self._random.choice(FORMS)
        return path, ({"token": f"{machine.id.hex}.{wrong}"} if path.endswith("revoke") else self._random.choice(forms))

    # --- sending ---------------------------------------------------------------------------------------------------

    async def run(self, operations: int) -> Report:
        """Send so many operations, over a few connections at once."""
        report = Report()
        waiting = self.sendings(operations)

        async def send_some() -> None:
            for sending in waiting:
                # No answer takes as long as that, on however busy a machine.
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._send(sending, report)

        async with asyncio.TaskGroup() as group:
            for _connection in range(CONNECTIONS):
                group.create_task(send_some())
        return report

    async def _send(self, sending: Sending, report: Report) -> None:
        response = await self._client.send(sending.request, stream=True)
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if sending.kind == "subscription" and b"\r\n\r\n" in body:
                break  # a job that is under way has more to say, and this is not about that
        await response.aclose()
        data = b"\n".join(part for header in response.headers.raw for part in header) + b"\n" + bytes(body)
        report.kinds[sending.kind] += 1
        report.outcomes[self._outcome(sending, response, data)] += 1
        report.codes.update(_codes(sending, bytes(body)))
        for number in self.search.foreign(data, sending.asker, sending.sent):
            told = self._tenants[number].canary
            report.leaks.append(f"seed {SEED}: {told} of tenant {number} in the answer to {sending.what}: {data!r}")

    def _outcome(self, sending: Sending, response: httpx.Response, data: bytes) -> str:
        if sending.asker is not None and sending.asker in self.search.whose(data):
            return "own canary"
        return f"{response.status_code}" + ("" if b'"data":{' in data else " without data")


def cursor_queries(schema: GraphQLSchema) -> list[str]:
    """The positions in every list at the root that needs no arguments, in every order, and in lists below those.

    One query for each list: together they would be more than a document may say.
    """
    assert schema.query_type is not None
    queries = []
    for name, definition in schema.query_type.fields.items():
        type_ = get_named_type(definition.type)
        if not type_.name.endswith("Connection") or any(map(is_required_argument, definition.args.values())):
            continue
        argument = definition.args.get("orderBy")
        orders = getattr(get_named_type(argument.type), "values", ()) if argument else ()
        inner = _lists_below(type_)
        parts = [f"{type_.name}__: {name}(first: 4) {{ edges {{ cursor node {{ __typename {inner} }} }} }}"]
        parts += [
            f"{type_.name}__{order}: {name}(first: 4, orderBy: {order}) {{ edges {{ cursor }} }}" for order in orders
        ]
        queries.append(f"{{ {' '.join(parts)} }}")
    return queries


def _lists_below(connection: Any) -> str:
    node = get_named_type(connection.fields["nodes"].type)
    assert isinstance(node, GraphQLObjectType)
    # One list of each type: their positions look alike, and a response key can stand for one list only.
    lists = {get_named_type(each.type).name: name for name, each in node.fields.items()}
    return " ".join(
        f"{type_}__: {name}(first: 3) {{ edges {{ cursor }} }}"
        for type_, name in lists.items()
        if type_.endswith("Connection")
    )


def _cursors(data: Any) -> Iterator[tuple[str, str]]:
    """What such a query found: list and order, as wishes name them, and a cursor."""
    for key, page in (data or {}).items():
        if isinstance(page, dict) and "__" in key and "edges" in page:
            for edge in page["edges"]:
                yield key.replace("__", "."), edge["cursor"]
                yield from _cursors(edge.get("node"))


def _codes(sending: Sending, body: bytes) -> Iterator[str]:
    """The codes of errors, and of problems as far as they were selected."""
    try:
        answer = json.loads(
            body.partition(b"data: ")[2].partition(b"\r\n")[0] if sending.kind == "subscription" else body
        )
    except ValueError:
        return
    if isinstance(answer, dict):
        errors = answer.get("errors") or []
        yield from (error["extensions"]["code"] for error in errors)
