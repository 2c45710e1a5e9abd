"""A worker's hold on a job: one at a time, and whoever lost it can write nothing."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from almoner.core.errors import Conflict, Denied, NotFound
from almoner.jobs.lease import BACK_OFF_SECONDS, MAX_FAILURES, MAX_STARTS, CancelRequested, LeaseLost, finish, take
from almoner.jobs.verbs import cancel_job, retry_job

pytestmark = pytest.mark.anyio

ENDED = "lease_until = now() - interval '1 second'"


async def test_a_running_job_is_not_taken_again(hand, make_job):
    job = await make_job()
    assert (await hand.take(job)).fence == 1
    assert await hand.take(job) is None


async def test_of_two_that_take_it_at_once_one_gets_it(tenant, hand, make_job, watch, wait_until):
    job = await make_job()
    waiting = "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'almoner.job')"
    async with hand.session() as session:
        first = await take(session, tenant.id, job.id, owner="the first", seconds=30)
        other = asyncio.create_task(hand.take(job))
        await asyncio.to_thread(
            wait_until, lambda: watch.connection.execute(waiting).fetchone()[0], 10, "the second waits for the first"
        )
    assert first is not None
    assert (first.fence, await other) == (1, None)
    assert watch.row(job.id).lease_owner == "the first"


async def test_a_job_is_not_taken_before_its_time(hand, make_job, watch):
    job = await make_job()
    watch.set(job.id, "run_at = now() + interval '1 hour'")
    assert await hand.take(job) is None


async def test_another_tenant_cannot_take_it(hand, make_job, other_tenant):
    job = await make_job(other_tenant)
    assert await hand.take(job) is None


async def test_the_fence_grows_when_the_job_is_taken_after_the_lease_ended(hand, make_job, watch):
    job = await make_job()
    first = await hand.take(job, seconds=0.2)
    watch.until(job.id, lambda row: row.lease_over, 10)
    second = await hand.take(job)
    assert (first.fence, second.fence) == (1, 2)


async def test_a_sign_of_life_moves_the_end_of_the_lease(hand, make_job, watch):
    job = await make_job()
    lease = await hand.take(job)
    watch.set(job.id, ENDED)
    await hand.keep(lease, (3, 8, "calculation"))
    row = watch.row(job.id)
    assert (row.lease_over, row.done_units, row.total_units, row.phase) == (False, 3, 8, "calculation")
    assert await hand.take(job) is None


@pytest.mark.parametrize("end", ["keep", "finish", "fail"])
async def test_an_old_fence_can_do_nothing(hand, make_job, watch, end):
    job = await make_job()
    old = await hand.take(job)
    watch.set(job.id, ENDED)
    await hand.take(job)
    before = watch.row(job.id)
    with pytest.raises(LeaseLost):
        await getattr(hand, end)(old)
    await hand.cancel(old)
    assert watch.row(job.id) == before


async def test_results_of_an_old_fence_are_rolled_back(hand, make_job, watch):
    job = await make_job()
    old = await hand.take(job)
    watch.set(job.id, ENDED)
    new = await hand.take(job)

    async def work(lease, result):
        async with hand.session() as session:
            statement = text("update almoner.job set request_id = :result where id = :id")
            await session.execute(statement, {"result": result, "id": job.id})
            await finish(session, lease)

    with pytest.raises(LeaseLost):
        await work(old, "old")
    await work(new, "new")
    row = watch.row(job.id)
    assert (row.request_id, row.state, row.lease_until) == ("new", "DONE", None)
    with pytest.raises(LeaseLost):
        await work(new, "twice")


async def test_a_failure_stays_on_the_row_through_a_later_success(hand, make_job, watch):
    job = await make_job()
    await hand.fail(await hand.take(job))
    failed = watch.row(job.id)
    assert (failed.state, failed.failure_code, failed.failure_message, failed.failure_detail, failed.failures) == (
        "QUEUED",
        "BROKEN",
        "It broke.",
        "At line 1.",
        1,
    )
    watch.set(job.id, "run_at = now()")
    await hand.finish(await hand.take(job))
    row = watch.row(job.id)
    assert (row.state, row.fence) == ("DONE", 2)
    assert row.failed_at is not None
    assert [row.failure_code, row.failure_message, row.failure_detail, row.failed_at, row.failures] == [
        failed.failure_code,
        failed.failure_message,
        failed.failure_detail,
        failed.failed_at,
        failed.failures,
    ]


async def test_each_failure_waits_longer_and_the_last_one_ends_the_job(hand, make_job, watch):
    job = await make_job()
    waits = []
    for _ in range(MAX_FAILURES):
        await hand.fail(await hand.take(job))
        row = watch.row(job.id)
        if row.state == "QUEUED":
            waits.append(round((row.run_at - row.failed_at).total_seconds()))
            assert (row.dispatched_at, row.dispatches, row.lease_until) == (None, 0, None)
            watch.set(job.id, "run_at = now()")
    assert waits == list(BACK_OFF_SECONDS)
    assert (row.state, row.failures) == ("FAILED", MAX_FAILURES)
    assert row.finished_at is not None


async def test_a_final_failure_ends_the_job_at_once(hand, make_job, watch):
    job = await make_job()
    await hand.fail(await hand.take(job), final=True)
    row = watch.row(job.id)
    assert (row.state, row.failures, row.failure_code) == ("FAILED", 1, "BROKEN")
    assert await hand.take(job) is None


async def test_a_job_that_ended_too_many_workers_fails(hand, make_job, watch):
    job = await make_job()
    await hand.take(job)
    watch.set(job.id, f"fence = {MAX_STARTS}, {ENDED}")
    assert await hand.take(job) is None
    row = watch.row(job.id)
    assert (row.state, row.failure_code, row.lease_until) == ("FAILED", "WORKER_LOST", None)


async def test_a_retry_is_worth_a_start_after_however_many(tenant, hand, make_job, watch):
    job = await make_job()
    await hand.take(job)
    watch.set(job.id, f"fence = {MAX_STARTS}, {ENDED}")
    await hand.take(job)
    await tenant.do("actuary", retry_job, job.id)
    assert (await hand.take(job)).fence == MAX_STARTS + 1
    watch.set(job.id, ENDED)
    assert await hand.take(job) is None
    assert watch.row(job.id).failure_code == "WORKER_LOST"


async def test_a_queued_job_is_cancelled_at_once(tenant, hand, make_job, watch):
    job = await make_job()
    await tenant.do("actuary", cancel_job, job.id)
    row = watch.row(job.id)
    assert (row.state, row.finished_at is None) == ("CANCELLED", False)
    assert await hand.take(job) is None


async def test_a_cancel_request_reaches_the_worker_with_its_next_sign_of_life(tenant, hand, make_job, watch):
    job = await make_job()
    lease = await hand.take(job)
    await tenant.do("actuary", cancel_job, job.id)
    assert watch.row(job.id).state == "RUNNING"
    with pytest.raises(CancelRequested):
        await hand.keep(lease)
    await hand.cancel(lease)
    row = watch.row(job.id)
    assert (row.state, row.lease_until, row.lease_owner) == ("CANCELLED", None, None)


async def test_a_job_that_was_to_be_cancelled_is_not_started_again(tenant, hand, make_job, watch):
    job = await make_job()
    await hand.take(job)
    await tenant.do("actuary", cancel_job, job.id)
    watch.set(job.id, ENDED)
    assert await hand.take(job) is None
    row = watch.row(job.id)
    assert (row.state, row.lease_until, row.lease_owner) == ("CANCELLED", None, None)


@pytest.mark.parametrize("final", [True, False])
async def test_a_job_that_was_to_be_cancelled_does_not_wait_to_try_again(tenant, hand, make_job, watch, final):
    job = await make_job()
    lease = await hand.take(job)
    await tenant.do("actuary", cancel_job, job.id)
    await hand.fail(lease, final=final)
    row = watch.row(job.id)
    assert (row.state, row.failure_code) == ("CANCELLED", "BROKEN")


@pytest.mark.parametrize("end", ["fail", "cancel"])
async def test_an_ended_job_is_retried_as_a_new_one_that_remembers(tenant, hand, make_job, watch, end):
    job = await make_job()
    lease = await hand.take(job)
    if end == "fail":
        await hand.fail(lease, final=True)
    else:
        await tenant.do("actuary", cancel_job, job.id)
        await hand.cancel(lease)
    ended = watch.row(job.id)
    await tenant.do("actuary", retry_job, job.id)
    row = watch.row(job.id)
    assert (row.state, row.failures, row.finished_at, row.cancel_requested_at) == ("QUEUED", 0, None, None)
    assert (row.failure_code, row.failed_at) == (ended.failure_code, ended.failed_at)
    await hand.finish(await hand.take(job))
    assert watch.row(job.id).state == "DONE"


async def test_a_job_that_is_done_is_neither_cancelled_nor_retried(tenant, hand, make_job, watch):
    job = await make_job()
    await hand.finish(await hand.take(job))
    before = watch.row(job.id)
    with pytest.raises(Conflict, match="DONE"):
        await tenant.do("actuary", cancel_job, job.id)
    with pytest.raises(Conflict, match="DONE"):
        await tenant.do("actuary", retry_job, job.id)
    assert watch.row(job.id) == before


@pytest.mark.parametrize("verb", [cancel_job, retry_job])
async def test_others_neither_cancel_nor_retry_an_actuarys_job(tenant, make_job, watch, verb):
    job = await make_job()
    for role, error in {"auditor": Denied, "integrator": NotFound, "nobody": NotFound}.items():
        with pytest.raises(error):
            await tenant.do(role, verb, job.id)
    assert watch.row(job.id).state == "QUEUED"


@pytest.mark.parametrize("verb", [cancel_job, retry_job])
async def test_a_job_of_another_tenant_does_not_exist(other_tenant, make_job, watch, verb):
    job = await make_job()
    with pytest.raises(NotFound):
        await other_tenant.do("program_administrator", verb, job.id)
    assert watch.row(job.id).state == "QUEUED"
