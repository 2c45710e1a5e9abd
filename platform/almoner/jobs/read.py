"""Reading jobs."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col

from almoner.core.paging import Page, read_page
from almoner.core.scope import TenantScope
from almoner.jobs.tables import Job, JobState


async def get_job(scope: TenantScope, job_id: UUID) -> Job:
    """A job.

    Raises:
        NotFound: no such job that the viewer may see.
    """
    return await scope.get(Job, job_id, "job:view")


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
