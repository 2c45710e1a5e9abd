"""Jobs over RabbitMQ and Redis, with real worker processes; a broker may go away and forget, jobs are still done."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from almoner.core.tables import database_now
from almoner.rates.submit import submit_rate_development

pytestmark = [pytest.mark.broker, pytest.mark.anyio]


@pytest.fixture
def submit(tenant):
    """Files the SFY10 letter and gives its calculation job."""
    package = json.loads(files("almoner.rates").joinpath("samples", "sfy10-package.json").read_text(encoding="utf-8"))

    async def file(scope, dispatched):
        _, job = await submit_rate_development(scope, package)
        if dispatched:
            job.dispatched_at, job.dispatches = database_now(), 1
        return job

    return lambda *, dispatched=False: tenant.do("integrator", file, dispatched)


@pytest.fixture(scope="module")
def workers(own_redis, start_workers):
    """Workers that use this Redis."""
    with start_workers(ALMONER_BROKER_URL=own_redis.url) as workers:
        yield workers


async def test_a_submitted_package_becomes_calculated_over_rabbitmq(rabbitmq_url, start_workers, submit, watch):
    with start_workers(ALMONER_BROKER_URL=rabbitmq_url) as workers:
        done = watch.ended((await submit()).id)
        assert (done.state, done.fence, done.failures) == ("DONE", 1, 0)
        assert workers.log().count('"broker": "RabbitmqBroker"') == 2
        workers.supervisor.terminate()
        assert workers.supervisor.wait(30) == 0


async def test_a_submitted_package_becomes_calculated_over_redis(workers, submit, watch):
    done = watch.ended((await submit()).id)
    assert (done.state, done.fence, done.failures) == ("DONE", 1, 0)
    assert workers.log().count('"broker": "RedisBroker"') == 2


async def test_a_message_that_the_broker_forgot_is_sent_again(own_redis, workers, submit, watch):
    # On its way, as far as the row tells; but the broker has nothing.
    job = await submit(dispatched=True)
    own_redis.client.flushall()
    assert watch.row(job.id).state == "QUEUED"
    done = watch.ended(job.id)
    assert (done.state, done.fence) == ("DONE", 1)
    assert (done.started_at - done.requested_at).total_seconds() >= 9


async def test_jobs_that_are_submitted_while_the_broker_is_away_are_done_when_it_is_back(
    own_redis, workers, wait_until, submit, watch
):
    own_redis.end()
    jobs = [await submit() for _ in range(3)]
    # Each process has a relay, and each of them must outlive this.
    wait_until(lambda: workers.log().count('"relay.interrupted"') >= 4, 30, "the relays miss the broker")
    assert {watch.row(job.id).state for job in jobs} == {"QUEUED"}
    own_redis.begin()
    assert {watch.ended(job.id).state for job in jobs} == {"DONE"}
    assert len(workers.children()) == 2
    workers.supervisor.terminate()
    assert workers.supervisor.wait(30) == 0
