"""Workers that are killed at any point of a calculation: each job finishes by itself, with its figures exactly once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from almoner.rates.submit import submit_rate_development

pytestmark = pytest.mark.anyio

KILLS = 50
#: How long after its lease's end a job may take to be done; how long until a message that got lost is sent again.
RECOVERY_SECONDS = 15
LOST_MESSAGE_SECONDS = 10

Die = Callable[..., dict[str, Any]]


@pytest.fixture
def dice() -> random.Random:
    """Random numbers that can be had again: the seed is in the output of a failed test."""
    seed = int(os.environ.get("ALMONER_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"ALMONER_TEST_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def work_and_die(environment: dict[str, str]) -> Iterator[Die]:
    """Lets a worker of its own look at a job, and kills it after some seconds; without them it may finish."""
    program = [sys.executable, str(Path(__file__).with_name("work_and_die.py"))]
    with subprocess.Popen(
        program, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def look(tenant_id: Any, job_id: Any, seconds: float | None = None) -> dict[str, Any]:
            order = {"tenant": str(tenant_id), "job": str(job_id), "seconds": seconds}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield look


async def _submit_as_dispatched(scope: Any, raw: dict[str, Any]) -> tuple[Any, Any]:
    """A job whose message is on its way to the worker that is to die: a relay must not send another at once."""
    development, job = await submit_rate_development(scope, raw)
    statement = text("update almoner.job set dispatched_at = now(), dispatches = 1 where id = :id")
    await scope.session.execute(statement, {"id": job.id})
    return development, job


def recovery(at_death: Any, done: Any) -> float:
    """Seconds from when the job could be known to be abandoned until it was done."""
    match at_death.state:
        case "RUNNING":
            abandoned = at_death.lease_until
            seconds = (done.finished_at - abandoned).total_seconds()
        case "QUEUED":
            seconds = (done.finished_at - at_death.dispatched_at).total_seconds() - LOST_MESSAGE_SECONDS
        case _:
            seconds = 0.0
    return seconds


async def test_jobs_of_killed_workers_finish_by_themselves_with_their_figures_once(
    request, tenant, package, watch, stored, dice
):
    work_and_die = request.getfixturevalue("work_and_die")

    async def submit():
        development, job = await tenant.do("integrator", _submit_as_dispatched, package)
        return development.id, job.id

    lives = []
    for _ in range(3):
        undisturbed, job_id = await submit()
        lives.append(work_and_die(tenant.id, job_id)["seconds"])
        assert watch.row(job_id).state == "DONE"
    expected = stored(undisturbed)
    assert expected.count == expected.ordinals > 594

    deaths = {}
    with request.getfixturevalue("start_workers")():
        for _ in range(KILLS):
            development_id, job_id = await submit()
            work_and_die(tenant.id, job_id, dice.uniform(0, sorted(lives)[1]))
            deaths[job_id] = development_id, watch.row(job_id)
        ends = {job_id: watch.ended(job_id, 60) for job_id in deaths}

    states = Counter(at_death.state for _, at_death in deaths.values())
    longest = max(recovery(at_death, ends[job_id]) for job_id, (_, at_death) in deaths.items())
    print(
        f"an undisturbed life: {sorted(lives)[1]:.3f} s; killed while {dict(states)}; longest recovery {longest:.2f} s"
    )
    assert states["RUNNING"] >= KILLS / 2
    assert longest <= RECOVERY_SECONDS
    for job_id, (development_id, at_death) in deaths.items():
        done = ends[job_id]
        assert (done.state, done.failures, done.failure_code) == ("DONE", 0, None)
        assert done.fence == at_death.fence + (at_death.state != "DONE")
        assert stored(development_id) == expected
        assert calculations(watch, development_id) == 1


def calculations(watch: Any, development_id: Any) -> int:
    """How often the journal says that the development was calculated."""
    query = (
        "select count(*) from almoner.journal_entry where subject_id = %s and action = 'rate_development.calculated'"
    )
    count: int = watch.connection.execute(query, (development_id,)).fetchone()[0]
    return count


async def test_a_worker_that_is_killed_in_mid_calculation_is_replaced_and_its_job_done(
    start_workers, wait_until, submit, large_package, watch
):
    with start_workers() as workers:
        filed = await submit(large_package)
        running = watch.until(filed.job_id, lambda job: job.state == "RUNNING" and job.done_units > 0)
        victim = int(running.lease_owner.rpartition(":")[2])
        assert victim in {child.pid for child in workers.children()}
        os.kill(victim, signal.SIGKILL)
        at_death = watch.row(filed.job_id)
        assert at_death.state == "RUNNING"
        done = watch.ended(filed.job_id, 40)
        wait_until(lambda: len(workers.children()) == 2, 30, "two workers again")
    assert (done.state, done.fence, done.failures) == ("DONE", 2, 0)
    assert recovery(at_death, done) <= RECOVERY_SECONDS
    assert calculations(watch, filed.id) == 1
