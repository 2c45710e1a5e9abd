"""`almoner work` with real processes: jobs get done, failures keep their reasons, and no process is left behind."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace

import psutil
import pytest

from almoner.jobs.verbs import cancel_job
from almoner.rates.parse import parse_package
from almoner.rates.submit import file_package, submit_rate_development
from almoner.rates.tables import RateDevelopment, RateRevision
from almoner.rates.withdraw import withdraw_rate_development

pytestmark = pytest.mark.anyio

STOP_SECONDS = 15

_OCCUPY = """
    insert into almoner.rate_figure (
        tenant_id, id, revision_id, ordinal, exhibit, line, value, display, formula, inputs
    )
    select tenant_id, gen_random_uuid(), id, 0, 'A', 'rate', 1, '1', '1', '{}'
    from almoner.rate_revision where development_id = %s
"""
_VACATE = """
    delete from almoner.rate_figure where revision_id in (
        select id from almoner.rate_revision where development_id = %s
    )
"""


def gone(process):
    """Whether a process has ended; one that nobody has waited for yet counts."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_a_submitted_package_becomes_calculated(workers, submit, package, watch, stored):
    filed = await submit(package)
    job = watch.ended(filed.job_id)
    assert (job.state, job.fence, job.failures, job.lease_until) == ("DONE", 1, 0, None)
    found = stored(filed.id)
    assert found.status == "CALCULATED"
    assert found.figures == found.ordinals > 594
    errors = [json.loads(line) for line in workers.log().splitlines() if '"level": "error"' in line]
    # Jobs that other tests have left are taken, too: of kinds that nobody knows, or with figures already there.
    others = [error for error in errors if error.get("job", str(filed.job_id)) != str(filed.job_id)]
    assert [error for error in errors if error not in others and error["event"] != "relay.unknown_kind"] == []


@pytest.fixture
async def under_way(workers, submit, large_package, watch):
    """A large package whose calculation runs and has stored figures in its transaction."""
    filed = await submit(large_package)
    watch.until(filed.job_id, lambda job: job.state == "RUNNING" and job.done_units > 0)
    return filed


async def test_a_cancelled_calculation_stops_and_leaves_no_figure(tenant, under_way, watch, stored):
    await tenant.do("integrator", cancel_job, under_way.job_id)
    job = watch.ended(under_way.job_id, 10)
    assert job.state == "CANCELLED"
    assert 0 < job.done_units < job.total_units
    assert stored(under_way.id)[:3] == ("SUBMITTED", 0, 0)


async def test_a_withdrawn_development_is_calculated_no_further(tenant, under_way, watch, stored):
    await tenant.do("program_administrator", withdraw_rate_development, under_way.id, reason="filed twice")
    assert watch.ended(under_way.job_id, 10).state == "CANCELLED"
    assert stored(under_way.id)[:3] == ("WITHDRAWN", 0, 0)


async def test_a_package_that_rules_refuse_fails_for_good_with_the_rules_reason(
    workers, tenant, package, watch, stored
):
    async def submit_unchecked(scope):
        by = scope.viewer.subject_id
        development = RateDevelopment(tenant_id=tenant.id, name="x", submitted_by=by, submitted_at=scope.now())
        revision = RateRevision(tenant_id=tenant.id, development_id=development.id, number=1)
        scope.session.add_all([development, revision])
        return development, await file_package(scope, development, revision, replace(parsed, rate_cells=()))

    parsed = parse_package(package)
    development, job = await tenant.do("integrator", submit_unchecked)
    ended = watch.ended(job.id)
    assert (ended.state, ended.failures, ended.failure_detail) == ("FAILED", 1, "Invalid")
    assert ended.failure_code not in (None, "UNEXPECTED")
    assert ended.failure_message
    assert ended.failed_at is not None
    assert stored(development.id)[:2] == ("SUBMITTED", 0)


async def test_an_unexpected_failure_keeps_its_reason_after_the_next_try_succeeds(
    workers, tenant, package, watch, stored
):
    async def submit_with_a_figure_in_the_way(scope):
        development, job = await submit_rate_development(scope, package)
        await scope.session.flush()
        connection = await scope.session.connection()
        await connection.exec_driver_sql(_OCCUPY.replace("%s", f"'{development.id}'"))
        return development, job

    development, job = await tenant.do("integrator", submit_with_a_figure_in_the_way)
    failed = watch.until(job.id, lambda row: row.failures == 1)
    assert (failed.state, failed.failure_code, failed.phase) == ("QUEUED", "UNEXPECTED", "waiting to try again")
    assert "UniqueViolationError" in failed.failure_detail
    assert "calculate.py" in failed.failure_detail
    watch.connection.execute(_VACATE, (development.id,))
    done = watch.ended(job.id)
    assert (done.state, done.failure_detail, done.failed_at) == ("DONE", failed.failure_detail, failed.failed_at)
    assert (done.started_at - failed.failed_at).total_seconds() >= 2
    assert stored(development.id).status == "CALCULATED"


async def test_a_killed_worker_is_replaced(workers, wait_until, submit, package, watch):
    before = workers.children()
    assert len(before) == 2
    os.kill(before[0].pid, signal.SIGKILL)
    wait_until(lambda: gone(before[0]) and len(workers.children()) == 2, 30, "two workers again")
    assert before[1] in workers.children()
    assert watch.ended((await submit(package)).job_id).state == "DONE"


def test_sigterm_ends_every_process_cleanly(start_workers):
    with start_workers() as workers:
        children = workers.children()
        assert len(children) == 2
        workers.supervisor.terminate()
        assert workers.supervisor.wait(STOP_SECONDS) == 0
        assert all(gone(child) for child in children)
        assert workers.log().count('"worker.stopping"') == 2
        assert "Traceback" not in workers.log()


def test_workers_end_by_themselves_when_their_supervisor_is_killed(start_workers, wait_until):
    with start_workers() as workers:
        children = workers.children()
        assert len(children) == 2
        workers.supervisor.kill()
        workers.supervisor.wait(STOP_SECONDS)
        try:
            wait_until(lambda: all(gone(child) for child in children), STOP_SECONDS, "both workers have ended")
        finally:
            for child in children:
                if child.is_running():
                    child.kill()
        assert workers.log().count('"worker.stopping"') == 2


async def test_figures_are_the_same_however_many_workers_compute_them(
    tenant, start_workers, submit, package, watch, stored
):
    digests = []
    for processes in (1, 2):
        with start_workers(processes=processes):
            filed = [await submit(package) for _ in range(2 * processes)]
            assert [watch.ended(one.job_id, 30).state for one in filed] == ["DONE"] * len(filed)
        digests += [stored(one.id).digest for one in filed]
    assert len(digests) == 6
    assert len(set(digests)) == 1
