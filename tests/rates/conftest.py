"""Packages to calculate with: a published letter, and made-up ones."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib.resources import files
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from almoner.core.tables import TenantTable
from almoner.rates.package import Package
from almoner.rates.parse import parse_package
from almoner.rates.submit import CALCULATE, submit_rate_development
from almoner.rates.tables import RateDevelopment
from almoner.wiring import House
from almoner_workers.rates import WORK
from almoner_workers.runtime import Runtime

RawPackage = dict[str, Any]


@pytest.fixture(scope="session")
def sfy10() -> Callable[[], RawPackage]:
    """Makes a fresh raw package with the content of the SFY10 letter."""
    text = files("almoner.rates").joinpath("samples", "sfy10-package.json").read_text(encoding="utf-8")

    def fresh() -> RawPackage:
        package: RawPackage = json.loads(text)
        return package

    return fresh


@pytest.fixture
def package(sfy10: Callable[[], RawPackage]) -> RawPackage:
    """A fresh raw package with the content of the SFY10 letter, for this test to change."""
    return sfy10()


@pytest.fixture(scope="session")
def letter(sfy10: Callable[[], RawPackage]) -> Package:
    """The SFY10 letter, parsed."""
    return parse_package(sfy10())


RunJob = Callable[[UUID, UUID], Awaitable[None]]


@pytest.fixture
def run_job(house: House) -> RunJob:
    """Looks at a calculation job as a worker does: runs it if it is due."""

    async def run(tenant_id: UUID, job_id: UUID) -> None:
        await Runtime(house, lease_seconds=30).look_at(tenant_id, job_id, WORK[CALCULATE])

    return run


Rows = Callable[..., Awaitable[Any]]


@pytest.fixture
def rows(tenant: Any) -> Rows:
    """Selects the tenant's rows of a table whose columns have these values, oldest first."""

    async def selected(table: type[TenantTable], **columns: Any) -> Any:
        query = select(table).filter_by(**columns).order_by(col(table.id))
        async with tenant.house.database.tenant_transaction(tenant.id) as session:
            return (await session.execute(query)).scalars().all()

    return selected


@pytest.fixture
def status_of(rows: Rows) -> Rows:
    """The status of the development with this id, and its revision."""

    async def found(development_id: UUID) -> tuple[str, int]:
        (development,) = await rows(RateDevelopment, id=development_id)
        return development.status, development.revision

    return found


@pytest.fixture
async def calculated(tenant: Any, sfy10: Callable[[], RawPackage], run_job: RunJob) -> SimpleNamespace:
    """The SFY10 letter, submitted by the tenant's integrator and calculated: `id` and `job_id`."""
    development, job = await tenant.do("integrator", submit_rate_development, sfy10())
    await run_job(tenant.id, job.id)
    return SimpleNamespace(id=development.id, job_id=job.id)
