"""Following a job."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, cast

import strawberry

from almoner.core.ids import row_id_of
from almoner.jobs.read import get_job
from almoner.jobs.tables import FINAL
from almoner_graphql.context import Info
from almoner_graphql.fields import subscription
from almoner_graphql.jobs.types import Job
from almoner_graphql.planner.executor import Finished


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
        context = info.context
        identity = context.require_session().identity
        job_id = row_id_of("Job", id)
        told: Finished | None = None
        with context.job_changes.watch(identity.tenant_id, job_id) as watch:
            while True:
                watch.clear()
                async with context.scope() as scope:
                    state = (await get_job(scope, job_id)).state
                event = await context.read_event(info, job_id)
                if event != told:
                    told = event
                    yield cast(Job, event)
                if state in FINAL:
                    return
                await watch.wait(context.seconds_left())
