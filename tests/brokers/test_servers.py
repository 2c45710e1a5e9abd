"""The brokers that we say we support carry messages of the installed dramatiq, to a worker and back out."""

from __future__ import annotations

import threading
from collections.abc import Callable

import dramatiq
import pytest
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker

MESSAGES = 200

pytestmark = pytest.mark.broker


def consumed_numbers(broker: dramatiq.Broker) -> set[int]:
    """Send the numbers below `MESSAGES` through the broker, and return those that arrived within 60 seconds."""
    arrived: set[int] = set()
    complete = threading.Event()

    @dramatiq.actor(broker=broker, queue_name="numbers", max_retries=0)
    def note(number: int) -> None:
        arrived.add(number)
        if len(arrived) == MESSAGES:
            complete.set()

    worker = dramatiq.Worker(broker, worker_threads=4)
    worker.start()
    try:
        for number in range(MESSAGES):
            note.send(number)
        complete.wait(60)
    finally:
        worker.stop()
        broker.close()
    return arrived


def redis_broker(url: str) -> dramatiq.Broker:
    return RedisBroker(url=url)  # type: ignore[no-untyped-call]  # dramatiq leaves it without annotations


def rabbitmq_broker(url: str) -> dramatiq.Broker:
    return RabbitmqBroker(url=url)


@pytest.mark.parametrize(
    ("fixture", "make_broker"),
    [("rabbitmq_url", rabbitmq_broker), ("redis_url", redis_broker)],
    ids=["rabbitmq", "redis"],
)
def test_messages_reach_a_worker(
    request: pytest.FixtureRequest, fixture: str, make_broker: Callable[[str], dramatiq.Broker]
) -> None:
    broker = make_broker(request.getfixturevalue(fixture))
    assert consumed_numbers(broker) == set(range(MESSAGES))
