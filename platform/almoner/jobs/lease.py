"""A worker's hold on a job: taken, kept alive, and given back, always with the fencing number of this very start.

Every statement here compares the fence, so a worker that lost its lease (paused, cut off, presumed dead) can change
nothing any more, and what it computed is rolled back with the transaction that tries to finish. Times are the
database's, so that the clocks of workers do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from almoner.core.tables import database_now
from almoner.jobs.tables import Job, JobState

MAX_FAILURES = 5
#: A job that has ended this many workers is not started again.
MAX_STARTS = 100
BACK_OFF_SECONDS = (2, 10, 60, 300)


class LeaseLost(Exception):
    """Somebody else has the job now, or it was ended: stop, and write nothing."""


class CancelRequested(Exception):
    """Somebody asked for the job to stop."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A start of a job. `requested_by` is for whom the worker acts."""

    tenant_id: UUID
    job_id: UUID
    fence: int
    seconds: float
    kind: str
    subject_id: UUID
    requested_by: UUID
    request_id: str
    parameters: dict[str, Any]


def _mine(lease: Lease) -> Any:
    return and_(
        col(Job.tenant_id) == lease.tenant_id,
        col(Job.id) == lease.job_id,
        col(Job.fence) == lease.fence,
        col(Job.state) == JobState.RUNNING,
    )


async def take(session: AsyncSession, tenant_id: UUID, job_id: UUID, *, owner: str, seconds: float) -> Lease | None:
    """Start the job, if it is due or its last worker went silent; None if there is nothing to do.

    A job that was to be cancelled when its worker died ends as cancelled, one that ended too many workers as failed.
    """
    query = (
        select(Job)
        .where(
            col(Job.tenant_id) == tenant_id,
            col(Job.id) == job_id,
            or_(
                and_(col(Job.state) == JobState.QUEUED, col(Job.run_at) <= database_now()),
                and_(col(Job.state) == JobState.RUNNING, col(Job.lease_until) < database_now()),
            ),
        )
        .with_for_update()
    )
    job = (await session.execute(query)).scalar_one_or_none()
    if job is None:
        return None
    if job.cancel_requested_at is not None:
        _end(job, JobState.CANCELLED)
        return None
    # A queued job is one that somebody retries: that is worth a start, however many there were.
    if job.state == JobState.RUNNING and job.fence >= MAX_STARTS:
        _end(job, JobState.FAILED)
        job.failed_at = database_now()
        job.failure_code = "WORKER_LOST"
        job.failure_message = f"The worker was lost over this job, at its start number {job.fence}."
        job.failure_detail = None
        return None
    job.state, job.phase = JobState.RUNNING, "started"
    job.fence += 1
    job.lease_owner = owner
    job.lease_until = database_now() + timedelta(seconds=seconds)
    job.started_at = database_now()
    job.dispatches = 0
    job.done_units = 0
    lease = Lease(
        tenant_id,
        job_id,
        job.fence,
        seconds,
        job.kind,
        job.subject_id,
        job.requested_by,
        job.request_id,
        dict(job.parameters),
    )
    await session.flush()
    return lease


def _end(job: Job, state: JobState) -> None:
    job.state, job.phase, job.finished_at = state, state.lower(), database_now()
    job.lease_until = job.lease_owner = None


async def keep(session: AsyncSession, lease: Lease, progress: tuple[int, int, str] | None = None) -> None:
    """Show a sign of life, and how far the work is (done units, total units, phase).

    Raises:
        LeaseLost: the job is no longer this worker's.
        CancelRequested: somebody asked for the job to stop.
    """
    values: dict[str, Any] = {"lease_until": database_now() + timedelta(seconds=lease.seconds)}
    if progress is not None:
        values["done_units"], values["total_units"], values["phase"] = progress
    statement = update(Job).where(_mine(lease)).values(values).returning(col(Job.cancel_requested_at))
    row = (await session.execute(statement)).first()
    if row is None:
        raise LeaseLost
    if row[0] is not None:
        raise CancelRequested


async def finish(session: AsyncSession, lease: Lease) -> None:
    """Mark the job as done, in the transaction that holds its results.

    Raises:
        LeaseLost: the job is no longer this worker's; the transaction must not commit.
    """
    statement = (
        update(Job)
        .where(_mine(lease))
        .values(
            state=JobState.DONE,
            phase="done",
            done_units=col(Job.total_units),
            finished_at=database_now(),
            lease_until=None,
            lease_owner=None,
        )
        .returning(col(Job.id))
    )
    if (await session.execute(statement)).first() is None:
        raise LeaseLost


async def cancel(session: AsyncSession, lease: Lease) -> None:
    """End the job as cancelled; nothing happens if it is no longer this worker's."""
    values = {
        "state": JobState.CANCELLED,
        "phase": "cancelled",
        "finished_at": database_now(),
        "lease_until": None,
        "lease_owner": None,
    }
    await session.execute(update(Job).where(_mine(lease)).values(values))


async def fail(session: AsyncSession, lease: Lease, *, code: str, message: str, detail: str, final: bool) -> JobState:
    """Keep why it failed, and queue it again with a back-off unless the failure is final or it failed too often.

    A job that was to be cancelled ends as cancelled, whatever the failure.

    Args:
        final: trying again cannot help, for example because a rule refuses.

    Raises:
        LeaseLost: the job is no longer this worker's.
    """
    query = select(Job).where(_mine(lease)).with_for_update()
    job = (await session.execute(query)).scalar_one_or_none()
    if job is None:
        raise LeaseLost
    job.failures += 1
    job.failure_code, job.failure_message, job.failure_detail = code, message, detail
    job.failed_at = database_now()
    job.lease_until = job.lease_owner = None
    if job.cancel_requested_at is not None:
        _end(job, JobState.CANCELLED)
    elif final or job.failures >= MAX_FAILURES:
        _end(job, JobState.FAILED)
    else:
        wait = BACK_OFF_SECONDS[min(job.failures, len(BACK_OFF_SECONDS)) - 1]
        job.state, job.phase = JobState.QUEUED, "waiting to try again"
        job.run_at = database_now() + timedelta(seconds=wait)
        job.dispatched_at = None
        job.dispatches = 0
    state = JobState(job.state)
    await session.flush()
    return state
