"""The table of job states is what the statements do: every step from every state, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest

from almoner.core.errors import Conflict
from almoner.jobs.lease import MAX_FAILURES, MAX_STARTS, CancelRequested, Lease, LeaseLost
from almoner.jobs.tables import ALLOWED, FINAL, JobState
from almoner.jobs.verbs import cancel_job, retry_job

pytestmark = pytest.mark.anyio

# How a queued job comes to each state, in the steps below.
PATHS = {
    JobState.QUEUED: (),
    JobState.RUNNING: ("take",),
    JobState.DONE: ("take", "finish"),
    JobState.FAILED: ("take", "fail for good"),
    JobState.CANCELLED: ("cancel",),
}


@pytest.fixture
def steps(tenant, hand, watch):
    """What can be done to a job, by name; in the wrong state it is refused, and that is as good as anything."""

    async def take(job, lease):
        await hand.take(job)

    async def take_over(job, lease):
        watch.set(job.id, "lease_until = now() - interval '1 second'")
        await hand.take(job)

    async def take_over_once_too_often(job, lease):
        watch.set(job.id, f"fence = {MAX_STARTS}")
        await take_over(job, lease)

    async def take_over_what_was_to_be_cancelled(job, lease):
        watch.set(job.id, "cancel_requested_at = now()")
        await take_over(job, lease)

    async def fail_once_too_often(job, lease):
        watch.set(job.id, f"failures = {MAX_FAILURES - 1}")
        await hand.fail(lease)

    async def stop_working(job, lease):
        await tenant.do("actuary", cancel_job, job.id)
        await hand.cancel(lease)

    actions = {
        "take": take,
        "take over": take_over,
        "take over once too often": take_over_once_too_often,
        "take over what was to be cancelled": take_over_what_was_to_be_cancelled,
        "keep": lambda job, lease: hand.keep(lease),
        "finish": lambda job, lease: hand.finish(lease),
        "fail": lambda job, lease: hand.fail(lease),
        "fail for good": lambda job, lease: hand.fail(lease, final=True),
        "fail once too often": fail_once_too_often,
        "cancel": lambda job, lease: tenant.do("actuary", cancel_job, job.id),
        "stop working": stop_working,
        "retry": lambda job, lease: tenant.do("actuary", retry_job, job.id),
    }

    async def do(action, job):
        row = watch.row(job.id)
        lease = Lease(row.tenant_id, row.id, row.fence, 30, row.kind, row.subject_id, row.requested_by, "test", {})
        with suppress(LeaseLost, CancelRequested, Conflict):
            await action(job, lease)

    return {name: partial(do, action) for name, action in actions.items()}


async def test_every_step_from_every_state_is_in_the_table_and_the_table_has_no_other(steps, make_job, watch):
    seen = set()
    for state, path in PATHS.items():
        for name, step in steps.items():
            job = await make_job()
            for earlier in path:
                await steps[earlier](job)
            before = watch.row(job.id)
            assert before.state == state, name
            await step(job)
            after = watch.row(job.id)
            if (after.state, after.started_at) != (before.state, before.started_at):
                seen.add((state, JobState(after.state)))
    assert seen == {(state, after) for state, allowed in ALLOWED.items() for after in allowed}


async def test_the_database_agrees_that_final_states_have_an_end(steps, make_job, watch):
    for state, path in PATHS.items():
        job = await make_job()
        for name in path:
            await steps[name](job)
        row = watch.row(job.id)
        assert (row.finished_at is not None) == (state in FINAL)
