"""Reading jobs."""

from __future__ import annotations

from uuid import UUID

from almoner.core.scope import TenantScope
from almoner.jobs.tables import Job


async def get_job(scope: TenantScope, job_id: UUID) -> Job:
    """A job.

    Raises:
        NotFound: no such job that the viewer may see.
    """
    return await scope.get(Job, job_id, "job:view")
