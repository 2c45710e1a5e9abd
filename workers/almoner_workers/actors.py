"""Every kind of job and the actor that does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import dramatiq
from dramatiq import Broker

from almoner_workers import committees, rates
from almoner_workers.runtime import Runtime, Work

#: queue -> kind of job -> its work. Kinds are the names by which the domain asks for work.
QUEUES: dict[str, dict[str, Work]] = {rates.QUEUE: rates.WORK, committees.QUEUE: committees.WORK}


def declare_actors(broker: Broker, runtime: Callable[[], Runtime]) -> None:
    """Declare one actor for each kind of job.

    Args:
        runtime: gives the process's runtime; asked for on the loop on which actors run.
    """
    for queue, kinds in QUEUES.items():
        for kind, work in kinds.items():
            dramatiq.actor(actor_name=kind, queue_name=queue, broker=broker)(_looks_at(runtime, work))


def _looks_at(runtime: Callable[[], Runtime], work: Work) -> Callable[[str, str], Awaitable[None]]:
    async def look_at(tenant_id: str, job_id: str) -> None:
        await runtime().look_at(UUID(tenant_id), UUID(job_id), work)

    return look_at
