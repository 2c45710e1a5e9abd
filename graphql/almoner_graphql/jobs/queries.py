"""Reading jobs."""

from __future__ import annotations

from enum import StrEnum

import strawberry

from almoner.jobs import tables
from almoner.jobs.tables import JobState
from almoner_graphql.connection import Connection
from almoner_graphql.enums import publish
from almoner_graphql.jobs.types import Job
from almoner_graphql.planner.declare import by_id, pages
from almoner_graphql.planner.filters import Filter, IdFilter, InstantFilter
from almoner_graphql.planner.sources import all_rows


@strawberry.input(description="Which jobs; what is not given or null means any.")
class JobFilter:
    """Columns of `job`."""

    state: Filter[JobState] | None = strawberry.field(default=None, description="Where they stand.")
    subject: IdFilter | None = strawberry.field(default=None, description="What they are about.")
    requested_at: InstantFilter | None = strawberry.field(default=None, description="When they were asked for.")


class JobOrder(StrEnum):
    """Columns of `job`; a minus sign turns the order round."""

    REQUESTED_AT_ASC = "requested_at"
    REQUESTED_AT_DESC = "-requested_at"


publish(
    JobOrder,
    description="An order of jobs.",
    values={
        JobOrder.REQUESTED_AT_ASC: "The one that was asked for first comes first.",
        JobOrder.REQUESTED_AT_DESC: "The one that was asked for last comes first.",
    },
)


@strawberry.type(description="Queries about jobs.")
class JobQueries:
    """Part of `Query`."""

    job: Job | None = by_id(description="A job; null for an id that the viewer may not know of. Needs `job:view`.")
    jobs: Connection[Job] = pages(
        all_rows(tables.Job),
        newest_first=True,
        filter=JobFilter,
        where={"subject": lambda job: job.subject_id},
        orders=JobOrder,
        description="The jobs that the viewer may see (`job:view`), newest first unless ordered otherwise.",
    )
