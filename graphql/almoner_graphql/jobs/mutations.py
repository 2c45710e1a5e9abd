"""Stopping and restarting jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.jobs import tables
from almoner.jobs.verbs import cancel_job, retry_job
from almoner_graphql.context import Context, Info
from almoner_graphql.fields import mutation
from almoner_graphql.jobs.types import JobPayload
from almoner_graphql.problems import answered, attempt

JobId = Annotated[strawberry.ID, strawberry.argument(description="The job's id.")]


@strawberry.type(description="Mutations of jobs.")
class JobMutations:
    """Part of `Mutation`."""

    @mutation(description="Stop a job: at once, or as soon as the worker on it looks up. Needs `job:cancel`.")
    async def cancel_job(self, info: Info, id: JobId) -> JobPayload:
        return await _change(info.context, cancel_job, id)

    @mutation(description="Start a failed or cancelled job again. Needs `job:retry`.")
    async def retry_job(self, info: Info, id: JobId) -> JobPayload:
        return await _change(info.context, retry_job, id)


async def _change(
    context: Context, verb: Callable[[TenantScope, UUID], Awaitable[tables.Job]], global_id: str
) -> JobPayload:
    async def change(scope: TenantScope) -> tables.Job:
        return await verb(scope, row_id_of("Job", global_id))

    return answered(JobPayload, "job", *await attempt(context, change))
