"""The sweep: removes what has been over for long, for all tenants. Every worker process has one; they share the work.

What that is stands in the database function `almoner.sweep`, and in policies that let it reach nothing else. A thread
and no job: a job belongs to a tenant, and this is nobody's.
"""

from __future__ import annotations

import threading

import psycopg

from almoner.core.logs import logger

log = logger(__name__)

#: Of each kind in one transaction, so that none is long.
BATCH = 1_000
#: What is over is kept for days: an hour more does not matter.
EVERY_SECONDS = 3600.0


class Sweep(threading.Thread):
    """Sweeps when it starts and every hour, until `stop`. Twice, or two at once, is as good as once.

    Args:
        keep_days: for how long what is over is kept.
    """

    def __init__(self, url: str, *, keep_days: int, batch: int = BATCH) -> None:
        super().__init__(name="sweep", daemon=True)
        self._url = url
        self._keep_days = keep_days
        self._batch = batch
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end; it does after the batch that it is at."""
        self._stopping.set()

    def run(self) -> None:
        """Sweep until stopped; if the database does not answer, an hour later."""
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, application_name="almoner-sweep") as connection:
                    removed = self.sweep(connection)
                log.info("sweep.done", **removed)
            except psycopg.Error as error:
                log.warning("sweep.interrupted", error=type(error).__name__)
            self._stopping.wait(EVERY_SECONDS)

    def sweep(self, connection: psycopg.Connection) -> dict[str, int]:
        """Remove batch after batch until nothing is left, or what is left is in another's hands; how many, by table."""
        removed: dict[str, int] = {}
        statement = "select swept, removed from almoner.sweep(make_interval(days => %s), %s)"
        while not self._stopping.is_set():
            batch = connection.execute(statement, (self._keep_days, self._batch)).fetchall()
            for table, count in batch:
                removed[table] = removed.get(table, 0) + count
            if not any(count for _table, count in batch):
                break
        return removed
