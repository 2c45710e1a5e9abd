"""The API on the run's database: in this process for most tests, behind a real server for those about streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.graphql.policy_desk import Desk

from almoner.core.ids import global_id
from almoner.core.settings import Settings
from almoner.jobs import lease as leases
from almoner.rates.calculate import calculate_rate_development
from almoner.rates.submit import submit_rate_development
from almoner.rates.synthetic import synthetic
from almoner.wiring import House, build_house
from almoner_graphql.app import build_app
from almoner_graphql.rate_limits import RateLimits


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def ask(client: httpx.AsyncClient) -> Ask:
    """Sends an operation, as the holder of a token if there is one."""

    async def send(
        query: str, variables: dict[str, Any] | None = None, *, token: str | None = None, accept: str | None = None
    ) -> httpx.Response:
        headers = {**(bearer(token) if token else {}), **({"Accept": accept} if accept else {})}
        return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    return send


@pytest.fixture
def small_package() -> dict[str, Any]:
    """A raw package with one rate cell and two contractors, for this test to change."""
    return synthetic(1, 2)


@dataclass
class Filed:
    """A development that was filed, and the job that calculates it; `id` and `job` are those of the API."""

    row_id: UUID
    job_row_id: UUID

    @property
    def id(self) -> str:
        return global_id("RateDevelopment", self.row_id)

    @property
    def job(self) -> str:
        return global_id("Job", self.job_row_id)


File = Callable[..., Awaitable[Filed]]


@pytest.fixture
def file(house: House) -> File:
    """Files a small package for a tenant, and calculates it unless told otherwise."""

    async def do(tenant: Any, *, role: str = "integrator", calculate: bool = True) -> Filed:
        development, job = await tenant.do(role, submit_rate_development, synthetic(1, 2))
        if calculate:
            by = tenant.identities[role].subject_id
            async with house.worker_scope(tenant.id, by, "test-calculation") as scope:
                await calculate_rate_development(scope, development.id, 1, _nobody_asks)
        return Filed(development.id, job.id)

    return do


async def _nobody_asks(_done: int, _total: int, _phase: str) -> None:
    """Progress that nobody wants to know."""


@dataclass
class Hand:
    """A worker's hand on the jobs of a tenant, each step in a transaction of its own."""

    tenant: Any

    async def take(self, job_id: UUID) -> leases.Lease:
        async with self.tenant.house.database.tenant_transaction(self.tenant.id) as session:
            lease = await leases.take(session, self.tenant.id, job_id, owner="a worker", seconds=30)
        assert lease is not None
        return lease

    async def keep(self, lease: leases.Lease, progress: tuple[int, int, str] | None = None) -> None:
        async with self.tenant.house.database.tenant_transaction(self.tenant.id) as session:
            await leases.keep(session, lease, progress)

    async def finish(self, lease: leases.Lease) -> None:
        async with self.tenant.house.database.tenant_transaction(self.tenant.id) as session:
            await leases.finish(session, lease)

    async def fail(self, lease: leases.Lease) -> None:
        async with self.tenant.house.database.tenant_transaction(self.tenant.id) as session:
            await leases.fail(session, lease, code="BROKEN", message="It broke.", detail="At line 1.", final=True)


@pytest.fixture
def hand(tenant: Any) -> Hand:
    """A worker's hand on the test's tenant."""
    return Hand(tenant)


def events_of(response: httpx.Response) -> list[tuple[str, Any]]:
    """The server-sent events of a response that has ended: name and data."""
    events = []
    for block in response.text.replace("\r\n", "\n").split("\n\n"):
        lines = {name: rest.lstrip() for name, _, rest in (line.partition(":") for line in block.splitlines())}
        if "event" in lines:
            events.append((lines["event"], json.loads(lines["data"]) if lines.get("data") else None))
    return events


@pytest.fixture(scope="session")
def read_events() -> Callable[[httpx.Response], list[tuple[str, Any]]]:
    """Reads the server-sent events of a response that has ended."""
    return events_of


SECOND = 1_000_000_000
OFF = {"subject_points": 0, "tenant_points": 0, "address_points": 0, "public_points": 0}


class Clock:
    """Nanoseconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000 * SECOND

    def __call__(self) -> int:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


@dataclass
class Limited:
    """The API with limits of a test's own, whose time the test lets pass."""

    app: Any
    limits: RateLimits
    clock: Clock

    async def send(
        self, query: str = "{ viewer { id } }", token: str | None = None, *, peer: str = "192.0.2.1", **headers: str
    ) -> httpx.Response:
        """Send an operation from an address."""
        return await self.post("/graphql", token, peer=peer, headers=headers, json={"query": query})

    async def post(
        self, path: str, token: str | None = None, *, peer: str = "192.0.2.1", headers: dict[str, str], **body: Any
    ) -> httpx.Response:
        """Post anything from an address."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(self.app, client=(peer, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.post(path, headers=headers, **body)


Limit = Callable[..., Any]


@pytest.fixture
def limit(settings: Settings) -> Limit:
    """Serves the API with these limits, those that are not named being off, on a house of its own."""

    @asynccontextmanager
    async def serve(**changes: Any) -> AsyncIterator[Limited]:
        changed = settings.model_copy(update={**OFF, "pool_size": 4, **changes})
        house = build_house(changed, tenant_connections=changed.tenant_connections)
        app = build_app(house, changed)
        clock = Clock()
        try:
            async with app.router.lifespan_context(app):
                limits = RateLimits(changed, clock, hold=0)
                app.state.services = replace(app.state.services, limits=limits)
                yield Limited(app, limits, clock)
        finally:
            await house.close()

    return serve


def assert_refused(response: httpx.Response, seconds: int) -> None:
    """A refusal for so many seconds, in the form of GraphQL and of HTTP."""
    assert response.status_code == 429, response.text
    assert response.headers["retry-after"] == str(seconds)
    body = response.json()
    assert list(body) == ["errors"]
    (error,) = body["errors"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": seconds}


@pytest.fixture(scope="session")
def refused_for() -> Callable[[httpx.Response, int], None]:
    """Says that a response refuses, for so many seconds."""
    return assert_refused


@pytest.fixture
def desk(client: httpx.AsyncClient, tenant: Any) -> Desk:
    """A policy administrator of the test's tenant."""
    return Desk(client, tenant)
