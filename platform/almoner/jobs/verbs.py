"""What people do to jobs: cancel and retry."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import true
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable, database_now
from almoner.jobs.tables import FINAL, Job, JobState


async def cancel_job(scope: TenantScope, job_id: UUID) -> Job:
    """Stop a job: at once if nobody works on it, else as soon as its worker looks up.

    Raises:
        NotFound: no such job that the viewer may see.
        Denied: the viewer lacks `job:cancel` for it.
        Conflict: it has ended already.
    """
    job = await scope.get(Job, job_id, Permission.JOB_VIEW, lock=True)
    scope.require(Permission.JOB_CANCEL, job)
    if job.state in FINAL:
        raise Conflict(f"The job is {job.state} already.", code="JOB_ENDED")
    _ask_to_stop(scope, job)
    return job


async def stop_jobs_of(scope: TenantScope, subject: TenantTable, *, kind: str | None = None) -> None:
    """Stop what still runs about a subject, for a verb that makes it pointless; that verb's permission is the one.

    Args:
        kind: only jobs of this kind.
    """
    query = (
        select(Job)
        .where(
            col(Job.tenant_id) == scope.tenant_id,
            col(Job.subject_type) == type(subject).__name__,
            col(Job.subject_id) == subject.id,
            col(Job.state).not_in(FINAL),
            true() if kind is None else col(Job.kind) == kind,
        )
        .with_for_update()
    )
    for job in (await scope.session.execute(query)).scalars():
        _ask_to_stop(scope, job)


def _ask_to_stop(scope: TenantScope, job: Job) -> None:
    if job.cancel_requested_at is not None:
        return
    job.cancel_requested_at = scope.now()
    if job.state == JobState.QUEUED:
        job.state = JobState.CANCELLED
        job.phase = "cancelled"
        job.finished_at = scope.now()
    scope.record("job.cancelled" if job.state == JobState.CANCELLED else "job.cancel_requested", job)


async def retry_job(scope: TenantScope, job_id: UUID) -> Job:
    """Start a failed or cancelled job again. What is known of its last failure stays on the row.

    Raises:
        NotFound: no such job that the viewer may see.
        Denied: the viewer lacks `job:retry` for it.
        Conflict: it has not failed and was not cancelled.
    """
    job = await scope.get(Job, job_id, Permission.JOB_VIEW, lock=True)
    scope.require(Permission.JOB_RETRY, job)
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise Conflict(f"Only a failed or cancelled job is retried; this one is {job.state}.", code="JOB_NOT_ENDED")
    job.state = JobState.QUEUED
    job.phase = "queued"
    job.run_at = database_now()
    job.dispatched_at = None
    job.dispatches = 0
    job.failures = 0
    job.done_units = 0
    job.finished_at = None
    job.cancel_requested_at = None
    scope.record("job.retried", job)
    await scope.session.flush()
    await scope.session.refresh(job)
    return job
