"""Jobs in the schema."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from almoner.authorization.permissions import Permission
from almoner.jobs import tables
from almoner.jobs.read import get_job
from almoner.jobs.tables import JobState
from almoner_graphql.context import Context, Info
from almoner_graphql.enums import publish
from almoner_graphql.fields import resolved
from almoner_graphql.node import Node, load_node, loads, node_id
from almoner_graphql.planner.declare import AnyNode, Same, Value, reads
from almoner_graphql.problems import Problem

publish(
    JobState,
    description="Where a job stands.",
    values={
        JobState.QUEUED: "It waits for a worker, for the first time or again.",
        JobState.RUNNING: "A worker works on it.",
        JobState.DONE: "It has ended and its results are there.",
        JobState.FAILED: "It has ended without results; `retryJob` starts it again.",
        JobState.CANCELLED: "Somebody stopped it; `retryJob` starts it again.",
    },
)


@reads(
    done=Value(lambda job: job.done_units),
    total=Value(lambda job: job.total_units),
    phase=Value(lambda job: job.phase),
)
@strawberry.type(description="How far a job is, in units of its own.")
class JobProgress:
    """Units done out of units in all."""

    done: int = strawberry.field(description="Units that are done.")
    total: int = strawberry.field(description="Units in all; 0 while nobody knows.")
    phase: str = strawberry.field(description="What is being done, in a few words.")


@reads(
    tables.Job,
    view=Permission.JOB_VIEW,
    progress=Same(),
    cancel_requested=Value(lambda job: job.cancel_requested_at.is_not(None)),
    failure_detail=Value(lambda job: job.failure_detail, permission=Permission.JOB_FAILURE_DETAIL_VIEW),
    subject=AnyNode("subject_type", "subject_id"),
)
@strawberry.type(description="A piece of work that a worker does after the request that asked for it.")
class Job(Node):
    """Built from a row of `job`."""

    row: strawberry.Private[tables.Job]
    kind: str = strawberry.field(description="What kind of work it is, for example `rates.calculate`.")
    state: JobState = strawberry.field(description="Where it stands.")
    progress: JobProgress = strawberry.field(description="How far it is.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker started it the last time.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    failures: int = strawberry.field(description="How often it has failed since it was asked for or retried.")
    failure_code: str | None = strawberry.field(description="The code of its last failure, kept for good.")
    failure_message: str | None = strawberry.field(description="What its last failure means.")
    failed_at: datetime | None = strawberry.field(description="When it failed the last time.")
    cancel_requested: bool = strawberry.field(description="Whether somebody has asked for it to stop.")

    @resolved(
        description="The technical detail of its last failure. Withheld from those who lack `job.failure_detail:view`."
    )
    async def failure_detail(self, info: Info) -> str | None:
        if await info.context.allows(Permission.JOB_FAILURE_DETAIL_VIEW, self.row):
            return self.row.failure_detail
        info.context.redact(info)
        return None

    @resolved(description="What it is about; null if the viewer may not see it.")
    async def subject(self, info: Info) -> Node | None:
        return await load_node(info.context, self.row.subject_type, self.row.subject_id)

    @classmethod
    def of(cls, row: tables.Job) -> Job:
        """The job in a row."""
        return cls(
            id=node_id("Job", row.id),
            row=row,
            kind=row.kind,
            state=JobState(row.state),
            progress=JobProgress(done=row.done_units, total=row.total_units, phase=row.phase),
            requested_at=row.requested_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            failures=row.failures,
            failure_code=row.failure_code,
            failure_message=row.failure_message,
            failed_at=row.failed_at,
            cancel_requested=row.cancel_requested_at is not None,
        )


@loads("Job")
async def find_job(context: Context, job_id: UUID) -> Job | None:
    """The job with that row id, or None."""
    row = await context.find(get_job, job_id)
    return None if row is None else Job.of(row)


@strawberry.type(description="What became of a request to stop or restart a job.")
class JobPayload:
    """Of `cancelJob` and `retryJob`."""

    job: Job | None = strawberry.field(description="The job as it is now; null if the request was refused.")
    problems: list[Problem] = strawberry.field(description="Why it was refused; empty if it was not.")
