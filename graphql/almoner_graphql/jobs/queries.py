"""Reading jobs."""

from __future__ import annotations

from typing import Annotated

import strawberry

from almoner.core.errors import NotFound
from almoner.core.ids import row_id_of
from almoner.jobs import read
from almoner.jobs.tables import Job as JobRow
from almoner.jobs.tables import JobState
from almoner_graphql.connection import After, Connection, First, connection
from almoner_graphql.context import Info
from almoner_graphql.fields import resolved
from almoner_graphql.jobs.types import Job, find_job
from almoner_graphql.planner.declare import ROOTS, ById, Pages, all_rows, one_of

ROOTS["job"] = ById("Job")
ROOTS["jobs"] = Pages(
    all_rows(JobRow), newest_first=True, filters={"states": lambda job, wanted: one_of(job.state, wanted)}
)


@strawberry.type(description="Queries about jobs.")
class JobQueries:
    """Part of `Query`."""

    @resolved(description="A job; null for an id that the viewer may not know of. Needs `job:view`.")
    async def job(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Job | None:
        info.context.require_session()
        try:
            job_id = row_id_of("Job", id)
        except NotFound:
            return None
        return await find_job(info.context, job_id)

    @resolved(description="The jobs that the viewer may see (`job:view`), newest first.")
    async def jobs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        states: Annotated[
            list[JobState] | None, strawberry.argument(description="Only those in one of these states.")
        ] = None,
    ) -> Connection[Job]:
        page = await info.context.read(read.jobs, first=first, after=after, states=states)
        return connection(page, Job.of, after=after)
