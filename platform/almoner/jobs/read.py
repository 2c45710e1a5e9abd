"""Reading jobs."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select

from almoner.core.paging import Page, read_page
from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable
from almoner.jobs.tables import Job, JobState


async def get_job(scope: TenantScope, job_id: UUID) -> Job:
    """A job.

    Raises:
        NotFound: no such job that the viewer may see.
    """
    return await scope.get(Job, job_id, "job:view")


async def latest_job_about(scope: TenantScope, subject: TenantTable) -> Job | None:
    """The newest job about a subject that the viewer may see, or None."""
    query = (
        select(Job)
        .where(
            scope.rows("job:view", Job),
            col(Job.subject_type) == type(subject).__name__,
            col(Job.subject_id) == subject.id,
        )
        .order_by(col(Job.id).desc())
        .limit(1)
    )
    return (await scope.session.execute(query)).scalar_one_or_none()


async def jobs(
    scope: TenantScope, *, first: int | None, after: str | None, states: list[JobState] | None = None
) -> Page[Job]:
    """The jobs that the viewer may see, newest first.

    Raises:
        Invalid: a bad page size or cursor.
    """
    where = [scope.rows("job:view", Job)]
    if states is not None:
        where.append(col(Job.state).in_(states))
    return await read_page(scope.session, Job, where=where, first=first, after=after, newest_first=True)
