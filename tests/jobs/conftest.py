"""Jobs of no kind that a worker knows, and a hand on their leases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from almoner.jobs import lease as leases
from almoner.jobs.lease import Lease
from almoner.jobs.tables import Job
from almoner.rates.tables import RateDevelopment

KIND = "test.nothing"


async def _enqueue(scope: Any, kind: str) -> Job:
    by, now = scope.viewer.subject_id, scope.now()
    subject = RateDevelopment(tenant_id=scope.tenant_id, name="subject", submitted_by=by, submitted_at=now)
    job: Job = await scope.enqueue(kind, subject)
    return job


MakeJob = Callable[..., Awaitable[Job]]


@pytest.fixture
def make_job(tenant: Any) -> MakeJob:
    """Makes a queued job: of the test's tenant, asked for by its actuary, unless told otherwise."""

    async def make(owner: Any = tenant, kind: str = KIND) -> Job:
        job: Job = await owner.do("actuary", _enqueue, kind)
        return job

    return make


@dataclass
class Hand:
    """What a worker does with a job, each in a transaction of its own."""

    tenant: Any

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        async with self.tenant.house.database.tenant_transaction(self.tenant.id) as session:
            yield session

    async def take(self, job: Job, *, seconds: float = 30) -> Lease | None:
        async with self.session() as session:
            return await leases.take(session, self.tenant.id, job.id, owner="a worker", seconds=seconds)

    async def keep(self, lease: Lease, progress: tuple[int, int, str] | None = None) -> None:
        async with self.session() as session:
            await leases.keep(session, lease, progress)

    async def finish(self, lease: Lease) -> None:
        async with self.session() as session:
            await leases.finish(session, lease)

    async def cancel(self, lease: Lease) -> None:
        async with self.session() as session:
            await leases.cancel(session, lease)

    async def fail(self, lease: Lease, *, code: str = "BROKEN", final: bool = False) -> None:
        async with self.session() as session:
            await leases.fail(session, lease, code=code, message="It broke.", detail="At line 1.", final=final)


@pytest.fixture
def hand(tenant: Any) -> Hand:
    """A worker's hand on the test's tenant."""
    return Hand(tenant)
