"""The one function that looks across tenants: which jobs are due, each told once, and nothing more about them."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import takewhile
from uuid import UUID

import psycopg
import pytest
from dramatiq import actor
from dramatiq.brokers.stub import StubBroker
from psycopg import sql

from almoner.core.database import APP_ROLE, libpq_url
from almoner_workers.relay import Relay

pytestmark = pytest.mark.anyio

EVERYTHING = 100_000


def connect(url):
    """A connection as the application has it: no superuser, and a wait for a lock is an error."""
    connection = psycopg.connect(libpq_url(url), autocommit=True, options="-c lock_timeout=5s")
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(APP_ROLE)))
    return connection


def dispatch(connection, batch=EVERYTHING):
    """The rows that are handed out."""
    return connection.execute("select * from almoner.dispatch_jobs(%s)", (batch,)).fetchall()


@pytest.fixture
def relay(database_url):
    """A connection to dispatch with; what other tests left behind is dispatched already."""
    with connect(database_url) as connection:
        dispatch(connection)
        yield connection


@pytest.fixture
def handed_out(relay):
    """Whether a job is among those that are due now."""
    return lambda job: job.id in {row[1] for row in dispatch(relay)}


async def test_a_due_job_is_handed_out_once_with_ids_and_kind_only(tenant, relay, make_job):
    job = await make_job()
    cursor = relay.execute("select * from almoner.dispatch_jobs(%s)", (EVERYTHING,))
    assert [column.name for column in cursor.description] == ["tenant_id", "id", "kind"]
    assert [row for row in cursor if row[1] == job.id] == [(tenant.id, job.id, "test.nothing")]
    assert job.id not in {row[1] for row in dispatch(relay)}


async def test_jobs_of_all_tenants_are_handed_out(tenant, other_tenant, relay, make_job):
    jobs = [await make_job(), await make_job(other_tenant)]
    assert {(row[0], row[1]) for row in dispatch(relay)} >= {
        (tenant.id, jobs[0].id),
        (other_tenant.id, jobs[1].id),
    }


async def test_the_relay_is_told_of_a_job_that_is_due_now_or_again_and_of_no_other_change(relay, make_job, hand):
    relay.execute("listen almoner_job_due")

    def told():
        relay.execute("notify almoner_job_due, 'the end'")
        payloads = (notice.payload for notice in relay.notifies(timeout=20))
        return list(takewhile(lambda payload: payload != "the end", payloads))

    job = await make_job()
    assert told() == [""]
    lease = await hand.take(job)
    await hand.keep(lease, (1, 2, "half"))
    assert told() == []
    await hand.fail(lease)
    assert told() == [""]


async def test_the_application_sees_no_job_without_a_tenant_and_only_its_own_with_one(
    tenant, other_tenant, relay, make_job
):
    await make_job()
    theirs = await make_job(other_tenant)
    with pytest.raises(psycopg.Error):
        relay.execute("select id from almoner.job")
    relay.execute("select set_config('almoner.tenant_id', %s, false)", (str(other_tenant.id),))
    assert relay.execute("select id from almoner.job").fetchall() == [(theirs.id,)]


async def test_a_relay_does_not_wait_for_another_nor_take_what_it_has(relay, database_url, make_job):
    job = await make_job()
    with connect(database_url) as other, other.transaction():
        assert job.id in {row[1] for row in dispatch(other)}
        assert job.id not in {row[1] for row in dispatch(relay)}


async def test_what_a_relay_could_not_send_stays_due(relay, handed_out, make_job):
    job = await make_job()
    with relay.transaction() as transaction:
        assert handed_out(job)
        raise psycopg.Rollback(transaction)
    assert handed_out(job)


async def test_concurrent_relays_hand_each_job_out_once(relay, database_url, make_job):
    jobs = {(await make_job()).id for _ in range(40)}
    found: list[UUID] = []
    together = threading.Barrier(4, timeout=30)

    def run():
        with connect(database_url) as connection:
            together.wait()
            while rows := dispatch(connection, 3):
                found.extend(row[1] for row in rows)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # A relay may leave while another still holds rows that it has not committed: the next look finds none of them.
    assert Counter(number for number in found if number in jobs) == Counter(jobs)


async def test_a_job_waits_for_its_time(handed_out, make_job, watch):
    job = await make_job()
    watch.set(job.id, "run_at = now() + interval '1 hour'")
    assert not handed_out(job)
    watch.set(job.id, "run_at = now()")
    assert handed_out(job)


async def test_a_lost_message_is_sent_again_after_growing_intervals(handed_out, make_job, watch):
    job = await make_job()
    assert handed_out(job)
    for seconds in (10, 20, 40, 80, 160, 300, 300):
        # The job has been due for longer than all of this.
        watch.set(
            job.id, f"run_at = now() - interval '1 day', dispatched_at = now() - interval '{seconds - 1} seconds'"
        )
        assert not handed_out(job), seconds
        watch.set(job.id, f"dispatched_at = now() - interval '{seconds + 1} seconds'")
        assert handed_out(job), seconds


async def test_a_running_job_is_handed_out_again_only_when_its_lease_has_ended(handed_out, hand, make_job, watch):
    job = await make_job()
    assert handed_out(job)
    await hand.take(job)
    watch.set(job.id, "dispatched_at = now() - interval '1 hour'")
    assert not handed_out(job)
    watch.set(job.id, "lease_until = now() - interval '1 second'")
    assert handed_out(job)
    assert not handed_out(job)
    watch.set(job.id, "dispatched_at = now() - interval '11 seconds', lease_until = now() - interval '1 hour'")
    assert handed_out(job)


async def test_a_job_that_was_started_by_an_old_message_is_handed_out_when_its_lease_has_ended(
    handed_out, hand, make_job, watch
):
    job = await make_job()
    # Taken before any relay saw it, as after a back-off by a message that was sent twice.
    await hand.take(job)
    watch.set(job.id, "lease_until = now() - interval '1 second'")
    assert watch.row(job.id).dispatched_at is None
    assert handed_out(job)


async def test_a_failed_job_is_handed_out_after_its_back_off(handed_out, hand, make_job, watch):
    job = await make_job()
    assert handed_out(job)
    await hand.fail(await hand.take(job))
    assert not handed_out(job)
    watch.set(job.id, "run_at = now()")
    assert handed_out(job)


@pytest.mark.parametrize("end", ["finish", "cancel"])
async def test_an_ended_job_is_never_handed_out(handed_out, hand, make_job, watch, end):
    job = await make_job()
    await getattr(hand, end)(await hand.take(job))
    watch.set(job.id, "run_at = now() - interval '1 day', lease_until = now() - interval '1 hour'")
    assert not handed_out(job)


async def test_an_unknown_kind_is_logged_and_stops_nobody(relay, database_url, make_job, capsys):
    broker = StubBroker()
    actor(actor_name="test.known", queue_name="known", broker=broker)(lambda tenant_id, job_id: None)
    unknown, known = await make_job(kind="test.unknown"), await make_job(kind="test.known")
    assert Relay(libpq_url(database_url), broker).dispatch(relay) >= 2
    message = broker.queues["known"].get(timeout=5)
    assert str(known.id).encode() in message
    assert broker.queues["known"].empty()
    captured = capsys.readouterr()
    assert "relay.unknown_kind" in captured.out + captured.err
    assert str(unknown.id) in captured.out + captured.err
    broker.close()
