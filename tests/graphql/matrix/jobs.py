"""Jobs and the journal."""

from __future__ import annotations

from tests.graphql.matrix.world import (
    ACTUARY,
    ADMINISTRATOR,
    AUDITOR,
    DENIED,
    EMPTY,
    NOBODY,
    NOT_FOUND,
    PROBLEMS,
    Row,
    World,
)

from almoner.jobs.verbs import cancel_job


async def cancel(world: World) -> None:
    await world.tenant.do(ADMINISTRATOR, cancel_job, world.ids["job_row"])


ROWS = [
    Row("query", "job", "(id: $id)", "{ id }", AUDITOR, NOBODY, NOT_FOUND, NOT_FOUND, about="job"),
    Row("query", "jobs", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, EMPTY),
    Row("query", "journal", "(filter: {subject: {eq: $id}})", "{ totalCount }", AUDITOR, ACTUARY, DENIED, EMPTY),
    Row("mutation", "cancelJob", "(id: $id)", PROBLEMS, ADMINISTRATOR, AUDITOR, DENIED, NOT_FOUND, about="job"),
    Row("mutation", "retryJob", "(id: $id)", PROBLEMS, ADMINISTRATOR, AUDITOR, DENIED, NOT_FOUND, cancel, about="job"),
    Row(
        "subscription", "jobChanged", "(id: $id)", "{ id }", AUDITOR, NOBODY, NOT_FOUND, NOT_FOUND, cancel, about="job"
    ),
]
