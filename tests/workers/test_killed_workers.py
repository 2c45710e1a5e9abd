"""Workers that are killed at any point of a calculation: each job finishes by itself, with its figures exactly once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text

from almoner.rates.submit import submit_rate_development

pytestmark = pytest.mark.anyio

#: So many at least, and more until enough died in mid-work, or when they had just asked for the commit.
KILLS = 50
ENOUGH = 30
MOST_KILLS = 200
#: How long after its lease's end a job may take to be done; how long until a message that got lost is sent again.
RECOVERY_SECONDS = 15
LOST_MESSAGE_SECONDS = 10


@pytest.fixture
def dice() -> random.Random:
    """Random numbers that can be had again: the seed is in the output of a failed test."""
    seed = int(os.environ.get("ALMONER_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"ALMONER_TEST_SEED={seed}")  # noqa: T201  (pytest shows it when the test fails)
    return random.Random(seed)


class Filed(NamedTuple):
    """A development and its calculation job."""

    tenant_id: UUID
    id: UUID
    job_id: UUID


@pytest.fixture
def work_and_die(environment: dict[str, str], workers: Any) -> Iterator[Callable[..., dict[str, Any]]]:
    """Lets a worker of its own look at a job, and kills it after some seconds; without them it may finish.

    The real workers have started before, and take over what it leaves.
    """
    program = [sys.executable, str(Path(__file__).with_name("work_and_die.py"))]
    with subprocess.Popen(
        program, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def look(filed: Filed, seconds: float | None = None) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            order = {"tenant": str(filed.tenant_id), "job": str(filed.job_id), "seconds": seconds}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield look


@pytest.fixture
def submit_as_dispatched(tenant: Any, package: dict[str, Any]) -> Callable[[], Awaitable[Filed]]:
    """Files the package, with the job's message on its way to the worker that is to die, so that no other gets one."""

    async def file(scope: Any) -> Filed:
        development, job = await submit_rate_development(scope, package)
        statement = text("update almoner.job set dispatched_at = clock_timestamp(), dispatches = 1 where id = :id")
        await scope.session.execute(statement, {"id": job.id})
        return Filed(tenant.id, development.id, job.id)

    return lambda: tenant.do("integrator", file)


@dataclass
class Death:
    """A job as it was when its worker was dead, and when that was; and as it was when it was done."""

    filed: Filed
    row: Any
    at: datetime
    done: Any = None

    @property
    def during(self) -> str:
        """What the worker was at. What it had asked for last, the database may still do: a commit, for example."""
        last_words = (
            self.row.state == "RUNNING" and self.done.fence == self.row.fence and self.done.finished_at < self.at
        )
        return "COMMITTING" if last_words else str(self.row.state)

    @property
    def recovery(self) -> float:
        """Seconds from when the job could be known to be abandoned until it was done."""
        match self.during:
            case "RUNNING":
                return float((self.done.finished_at - self.row.lease_until).total_seconds())
            case "QUEUED":
                return float((self.done.finished_at - self.row.dispatched_at).total_seconds()) - LOST_MESSAGE_SECONDS
        return 0.0


def death(watch: Any, filed: Filed) -> Death:
    """What is seen right after a worker's death."""
    row = watch.row(filed.job_id)
    return Death(filed, row, watch.connection.execute("select clock_timestamp()").fetchone()[0])


def calculations(watch: Any, development_id: UUID) -> int:
    """How often the journal says that the development was calculated."""
    query = (
        "select count(*) from almoner.journal_entry where subject_id = %s and action = 'rate_development.calculated'"
    )
    count: int = watch.connection.execute(query, (development_id,)).fetchone()[0]
    return count


async def test_jobs_of_killed_workers_finish_by_themselves_with_their_figures_once(
    work_and_die, submit_as_dispatched, watch, stored, dice
):
    undisturbed = [await submit_as_dispatched() for _ in range(3)]
    life = sorted(work_and_die(filed)["seconds"] for filed in undisturbed)[1]
    expected = stored(undisturbed[0].id)
    assert (watch.row(undisturbed[0].job_id).state, expected.status) == ("DONE", "CALCULATED")
    assert expected.figures == expected.ordinals > 594

    deaths: list[Death] = []
    while len(deaths) < KILLS or Counter(one.row.state for one in deaths)["RUNNING"] < ENOUGH:
        assert len(deaths) < MOST_KILLS, "deaths keep missing what is under way"
        filed = await submit_as_dispatched()
        work_and_die(filed, dice.uniform(0, life))
        deaths.append(death(watch, filed))
        # The machine may be idler or busier by now than when a life was measured: who died too late says so.
        life *= 0.8 if deaths[-1].row.state == "DONE" else 1.05
    for one in deaths:
        one.done = watch.ended(one.filed.job_id, 60)

    during = Counter(one.during for one in deaths)
    longest = max(one.recovery for one in deaths)
    summary = f"undisturbed {life:.3f} s; killed while {dict(during)}; longest recovery {longest:.2f} s"
    print(summary)  # noqa: T201  (`-rP` shows it)
    assert during["RUNNING"] >= KILLS / 2, summary
    assert longest <= RECOVERY_SECONDS, summary
    for one in deaths:
        assert (one.done.state, one.done.failures, one.done.failure_code) == ("DONE", 0, None)
        assert one.done.fence == one.row.fence + (one.during in {"QUEUED", "RUNNING"})
        assert stored(one.filed.id) == expected
        assert calculations(watch, one.filed.id) == 1


async def test_a_worker_that_is_killed_in_mid_calculation_is_replaced_and_its_job_done(
    workers, wait_until, submit, large_package, watch
):
    filed = await submit(large_package)
    running = watch.until(filed.job_id, lambda job: job.state == "RUNNING" and job.done_units > 0)
    victim = int(running.lease_owner.rpartition(":")[2])
    assert victim in {child.pid for child in workers.children()}
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in {child.pid for child in workers.children()}, 10, "it is dead")
    killed = death(watch, filed)
    killed.done = watch.ended(filed.job_id, 40)
    assert (killed.during, killed.done.state, killed.done.fence, killed.done.failures) == ("RUNNING", "DONE", 2, 0)
    assert killed.recovery <= RECOVERY_SECONDS
    assert calculations(watch, filed.id) == 1
    wait_until(lambda: len(workers.children()) == 2, 30, "two workers again")
