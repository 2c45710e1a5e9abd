"""Jobs in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry

from almoner.authorization.permissions import Permission
from almoner.jobs import tables
from almoner.jobs.tables import JobState
from almoner_graphql.enums import publish
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import any_of, computed, many, one, reads, same
from almoner_graphql.planner.sources import given_row, no_rows
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


@reads()
@strawberry.type(description="How far a job is, in units of its own.")
class JobProgress:
    """Units done out of units in all; of the job's own row."""

    done: int = computed(lambda job: job.done_units, description="Units that are done.")
    total: int = computed(lambda job: job.total_units, description="Units in all; 0 while nobody knows.")
    phase: str = computed(lambda job: job.phase, description="What is being done, in a few words.")


@reads(tables.Job, view=Permission.JOB_VIEW)
@strawberry.type(description="A piece of work that a worker does after the request that asked for it.")
class Job(Node):
    """Read from `job`."""

    kind: str = strawberry.field(description="What kind of work it is, for example `rates.calculate`.")
    state: JobState = strawberry.field(description="Where it stands.")
    progress: JobProgress = same(description="How far it is.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker started it the last time.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    failures: int = strawberry.field(description="How often it has failed since it was asked for or retried.")
    failure_code: str | None = strawberry.field(description="The code of its last failure, kept for good.")
    failure_message: str | None = strawberry.field(description="What its last failure means.")
    failed_at: datetime | None = strawberry.field(description="When it failed the last time.")
    cancel_requested: bool = computed(
        lambda job: job.cancel_requested_at.is_not(None), description="Whether somebody has asked for it to stop."
    )
    failure_detail: str | None = computed(
        lambda job: job.failure_detail,
        permission=Permission.JOB_FAILURE_DETAIL_VIEW,
        description=(
            "The technical detail of its last failure. Withheld from those who lack `job.failure_detail:view`."
        ),
    )
    subject: Node | None = any_of(
        "subject_type", "subject_id", description="What it is about; null if the viewer may not see it."
    )


@reads()
@strawberry.type(description="What became of a request to stop or restart a job.")
class JobPayload:
    """Of `cancelJob` and `retryJob`."""

    job: Job | None = one(
        given_row(tables.Job, "job"), description="The job as it is now; null if the request was refused."
    )
    problems: list[Problem] = many(no_rows, description="Why it was refused; empty if it was not.")
