"""Running one job in this process: it ends in exactly one way, and its results are there or not at all."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from almoner.core.errors import Conflict
from almoner.rates.tables import RateDevelopment
from almoner_workers.runtime import Runtime

pytestmark = pytest.mark.anyio

SECRET = "123-45-6789"


@pytest.fixture
async def job(tenant):
    """A queued job of a kind that no worker knows."""

    async def enqueue(scope):
        by, now = scope.viewer.subject_id, scope.now()
        subject = RateDevelopment(tenant_id=scope.tenant_id, name="subject", submitted_by=by, submitted_at=now)
        return await scope.enqueue("test.nothing", subject)

    return await tenant.do("actuary", enqueue)


@pytest.fixture
def run(house, job):
    """Looks at the job with some work."""

    async def look(work, lease_seconds=30):
        await Runtime(house, lease_seconds=lease_seconds).look_at(job.tenant_id, job.id, work)

    return look


async def leave_a_result(scope, job_id):
    # Another column of the same row would do as well, but would wait for the lease's own statements.
    rates = RateDevelopment(
        tenant_id=scope.tenant_id, name=str(job_id), submitted_by=scope.viewer.subject_id, submitted_at=scope.now()
    )
    scope.session.add(rates)
    await scope.session.flush()


@pytest.fixture
def results(watch, job):
    """How many results of the job are stored."""
    query = "select count(*) from almoner.rate_development where name = %s"
    return lambda: watch.connection.execute(query, (str(job.id),)).fetchone()[0]


async def test_results_and_the_end_of_the_job_are_one(run, job, watch, results):
    async def work(scope, lease, report):
        await leave_a_result(scope, job.id)
        await report(1, 2, "halfway")
        assert (watch.row(job.id).phase, results()) == ("halfway", 0)

    await run(work)
    row = watch.row(job.id)
    assert (row.state, row.done_units, row.total_units, results()) == ("DONE", 2, 2, 1)


async def test_a_lease_that_is_lost_during_the_work_rolls_everything_back(run, job, watch, results):
    async def work(scope, lease, report):
        await leave_a_result(scope, job.id)
        watch.set(job.id, "fence = fence + 1, lease_owner = 'another worker'")

    await run(work)
    row = watch.row(job.id)
    assert (row.state, row.lease_owner, row.failures, results()) == ("RUNNING", "another worker", 0, 0)


@pytest.mark.parametrize("change", ["fence = fence + 1", "cancel_requested_at = now()"])
async def test_a_heartbeat_ends_work_that_does_not_look_up_itself(run, job, watch, results, change):
    async def work(scope, lease, report):
        await leave_a_result(scope, job.id)
        watch.set(job.id, change)
        await asyncio.Event().wait()

    await asyncio.wait_for(run(work, lease_seconds=0.4), 10)
    assert watch.row(job.id).state == ("RUNNING" if "fence" in change else "CANCELLED")
    assert results() == 0


async def test_a_heartbeat_keeps_long_work_alive_beyond_its_lease(run, job, watch, results):
    seconds = 1

    async def work(scope, lease, report):
        first = watch.row(job.id).lease_until
        await asyncio.to_thread(watch.until, job.id, lambda row: (row.lease_until - first).total_seconds() > seconds)
        assert not watch.row(job.id).lease_over
        await leave_a_result(scope, job.id)

    await run(work, lease_seconds=seconds)
    assert (watch.row(job.id).state, watch.row(job.id).fence, results()) == ("DONE", 1, 1)


async def test_looking_at_a_job_that_runs_or_has_ended_does_nothing(run, job, watch):
    looks = []

    async def work(scope, lease, report):
        looks.append(lease.fence)
        await run(work)

    await run(work)
    await run(work)
    assert (looks, watch.row(job.id).fence) == ([1], 1)


async def test_two_that_look_at_once_run_the_job_once(run, watch, job):
    looks = []

    async def work(scope, lease, report):
        looks.append(lease.fence)

    await asyncio.gather(*(run(work) for _ in range(3)))
    assert (looks, watch.row(job.id).state) == ([1], "DONE")


async def test_a_refusal_fails_at_once_with_its_own_words(run, job, watch, results):
    async def work(scope, lease, report):
        await leave_a_result(scope, job.id)
        raise Conflict("It is published already.", code="PUBLISHED")

    await run(work)
    row = watch.row(job.id)
    assert (row.state, row.failure_code, row.failure_message) == ("FAILED", "PUBLISHED", "It is published already.")
    assert results() == 0


async def test_an_unexpected_failure_is_tried_again_and_says_where_it_happened(run, job, watch, results):
    async def work(scope, lease, report):
        await leave_a_result(scope, job.id)
        try:
            raise KeyError("the cause")
        except KeyError as error:
            raise RuntimeError("the outcome") from error

    await run(work)
    row = watch.row(job.id)
    assert (row.state, row.failure_code, row.failures, results()) == ("QUEUED", "UNEXPECTED", 1, 0)
    assert row.failure_detail.index("the cause") < row.failure_detail.index("RuntimeError: the outcome")
    assert "almoner_workers/runtime.py" in row.failure_detail


@pytest.mark.parametrize(
    "statement",
    [
        "select cast(cast(:secret as text) as integer)",  # the server quotes it
        "select cast(:secret as integer)",  # asyncpg quotes it
        "select 1 from nowhere where :secret = ''",  # SQLAlchemy would list it
    ],
)
async def test_what_a_statement_carried_reaches_neither_the_row_nor_the_log(run, job, watch, capsys, statement):
    async def work(scope, lease, report):
        await scope.session.execute(text(statement), {"secret": SECRET})

    await run(work)
    row = watch.row(job.id)
    captured = capsys.readouterr()
    assert (row.state, row.failure_code) == ("QUEUED", "UNEXPECTED")
    assert "sqlalchemy.exc" in row.failure_detail
    assert "job.failed" in captured.out + captured.err
    assert SECRET not in f"{row.failure_detail} {row.failure_message} {captured.out} {captured.err}"
