"""One worker process: dramatiq's threads, an event loop for the work, a relay and a sweep."""

from __future__ import annotations

import os
import signal
import threading
from functools import cache
from typing import Any

from dramatiq import Broker, Middleware, Worker, set_broker
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import AsyncIO, CurrentMessage

from almoner.core.database import libpq_url
from almoner.core.logs import logger
from almoner.core.settings import Settings, settings
from almoner.wiring import build_house
from almoner_workers.actors import declare_actors
from almoner_workers.broker import make_broker
from almoner_workers.relay import Relay
from almoner_workers.runtime import Runtime
from almoner_workers.sweep import Sweep

log = logger(__name__)

#: What runs when we are told to stop may end within this time; after that its lease runs out and another takes over.
STOP_SECONDS = 20


class _CloseHouse(Middleware):
    """Gives the database connections back while the loop that they belong to still runs."""

    def __init__(self, runtime: Any) -> None:
        self._runtime = runtime

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        loop = get_event_loop_thread()
        if loop is not None and self._runtime.cache_info().currsize:
            loop.run_coroutine(self._runtime().house.close())


def run(config: Settings, *, threads: int, stop: threading.Event, parent: int) -> None:
    """Work until `stop` is set or the process that started this one, `parent`, is gone."""
    url = config.application_url

    @cache
    def runtime() -> Runtime:
        # Each thread needs a connection for its results and now and then one for a sign of life.
        house = build_house(config, pool_size=2 * threads)
        return Runtime(house, lease_seconds=config.lease_seconds)

    broker_url = config.broker_url.get_secret_value() if config.broker_url else url
    # Middleware that was added later is told first of a shutdown: the house closes before the loop ends.
    broker = make_broker(broker_url, [CurrentMessage(), AsyncIO(), _CloseHouse(runtime)])
    set_broker(broker)
    declare_actors(broker, runtime)
    worker = Worker(broker, worker_threads=threads)
    # No message waits here behind a long calculation while another process is idle.
    worker.queue_prefetch = threads
    relay = Relay(libpq_url(url), broker)
    sweep = Sweep(libpq_url(url), keep_days=config.keep_days)
    worker.start()
    relay.start()
    sweep.start()
    log.info("worker.ready", broker=type(broker).__name__, threads=threads)
    while not stop.wait(1) and os.getppid() == parent:
        pass
    log.info("worker.stopping")
    relay.stop()
    sweep.stop()
    worker.stop(timeout=STOP_SECONDS * 1000)
    relay.join(STOP_SECONDS)
    sweep.join(STOP_SECONDS)
    broker.close()


def _set_by_sigterm() -> threading.Event:
    """An event that SIGTERM sets.

    A thread waits for the signal: a handler would run inside the main thread's own wait for this event, and could
    meet its lock held. Every thread that is started later inherits the blocked signal.
    """
    stop = threading.Event()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def wait() -> None:
        signal.sigwait({signal.SIGTERM})
        stop.set()

    threading.Thread(target=wait, name="sigterm", daemon=True).start()
    return stop


def serve(threads: int, parent: int) -> None:
    """What a worker process does from its fork to its end.

    Args:
        threads: how many jobs it works on at once.
        parent: the supervisor, without which it ends.
    """
    stop = _set_by_sigterm()
    # Ctrl-C reaches the whole group; the supervisor passes it on as SIGTERM, in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD, signal.SIGALRM, signal.SIGINT})
    run(settings(), threads=threads, stop=stop, parent=parent)
