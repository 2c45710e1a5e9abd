"""The relay: reads which job rows are due and tells the broker. Every worker process has one; they share the work."""

from __future__ import annotations

import threading

import psycopg
from dramatiq import Broker, Message

from almoner.core.logs import logger

log = logger(__name__)

BATCH = 100
#: How often to look without being told: this finds ended leases and ended back-offs.
POLL_SECONDS = 1.0


class Relay(threading.Thread):
    """Dispatches due jobs until `stop`. The row stays the truth: a message that gets lost is sent again."""

    def __init__(self, url: str, broker: Broker) -> None:
        super().__init__(name="relay", daemon=True)
        self._url = url
        self._broker = broker
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end; it does within a poll."""
        self._stopping.set()

    def run(self) -> None:
        """Dispatch until stopped; whatever goes wrong, it is tried again after a second.

        Each broker's client has errors of its own for a server that is away. One that was not foreseen must not end
        this thread: the process would work on, and no job would reach it any more.
        """
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, application_name="almoner-relay") as connection:
                    connection.execute("listen almoner_job_due")
                    self._dispatch_until_stopped(connection)
            except Exception as error:  # noqa: BLE001  (see above)
                log.warning("relay.interrupted", error=type(error).__name__)
                self._stopping.wait(POLL_SECONDS)

    def _dispatch_until_stopped(self, connection: psycopg.Connection) -> None:
        while not self._stopping.is_set():
            if self.dispatch(connection) < BATCH:
                # One notice is enough to look again; more of them may tell of rows that this look finds.
                for _notice in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    break

    def dispatch(self, connection: psycopg.Connection) -> int:
        """Send a message for each due job; how many.

        The rows are marked in the same transaction: if the broker refuses, they stay due.

        Raises:
            Exception: the broker or the database does not answer, in the words of its client.
        """
        with connection.transaction():
            due = connection.execute("select tenant_id, id, kind from almoner.dispatch_jobs(%s)", (BATCH,)).fetchall()
            for tenant_id, job_id, kind in due:
                self._send(kind, str(tenant_id), str(job_id))
        return len(due)

    def _send(self, kind: str, tenant_id: str, job_id: str) -> None:
        actor = self._broker.actors.get(kind)
        if actor is None:
            # A newer release may know it: the row waits, and is looked at again later.
            log.error("relay.unknown_kind", kind=kind, job=job_id)
            return
        message: Message[object] = Message(
            queue_name=actor.queue_name, actor_name=kind, args=(tenant_id, job_id), kwargs={}, options={}
        )
        self._broker.enqueue(message)
