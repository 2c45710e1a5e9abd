"""Which broker carries "look at job X": PostgreSQL (the default), RabbitMQ or Redis, by URL."""

from __future__ import annotations

from collections.abc import Sequence

from dramatiq import Broker, Middleware
from sqlalchemy.engine import make_url

from almoner.core.database import libpq_url

NAMESPACE = "almoner"


class UnknownBroker(ValueError):
    """The URL names no broker that we can use."""


def make_broker(url: str, middleware: Sequence[Middleware]) -> Broker:
    """A broker with just this middleware.

    dramatiq's defaults are left out on purpose: retries, age limits and results are the job row's business, and a
    message is never worth more than a look at its row. Only the client of the broker in use is imported.

    Raises:
        UnknownBroker: neither postgresql://, amqp(s):// nor redis(s)://.
    """
    scheme = make_url(url).get_backend_name() if url.startswith("postgres") else url.partition(":")[0]
    match scheme:
        case "postgresql" | "postgres":
            from dramatiq_postgres import PostgresBroker

            postgres: Broker = PostgresBroker(url=libpq_url(url), results=False, middleware=list(middleware))
            return postgres
        case "amqp" | "amqps":
            from dramatiq.brokers.rabbitmq import RabbitmqBroker

            return RabbitmqBroker(url=url, middleware=list(middleware), confirm_delivery=True)
        case "redis" | "rediss":
            from dramatiq.brokers.redis import RedisBroker

            return RedisBroker(url=url, middleware=list(middleware), namespace=NAMESPACE)  # type: ignore[no-untyped-call]
    raise UnknownBroker("ALMONER_BROKER_URL must begin with postgresql://, amqp://, amqps://, redis:// or rediss://.")
