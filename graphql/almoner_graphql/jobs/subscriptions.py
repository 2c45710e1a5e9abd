"""Following a job."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, cast

import strawberry

from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.jobs.read import get_job
from almoner.jobs.tables import FINAL
from almoner_graphql.context import Info
from almoner_graphql.fields import subscription
from almoner_graphql.follow import follow
from almoner_graphql.jobs.types import Job


@strawberry.type(description="Subscriptions to jobs.")
class JobSubscriptions:
    """Part of `Subscription`."""

    @subscription(
        description=(
            "A job as it is now, and again whenever something that is selected of it changes, until it has ended. "
            "Changes that follow each other quickly may come as one. Ends with an error when the token ends. Needs "
            "`job:view`."
        )
    )
    async def job_changed(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The job's id.")]
    ) -> AsyncGenerator[Job, None]:
        job_id = row_id_of("Job", id)

        async def finished(scope: TenantScope) -> bool:
            return (await get_job(scope, job_id)).state in FINAL

        async with aclosing(follow(info, "job", job_id, finished)) as events:
            async for event in events:
                yield cast(Job, event)
