"""Hearing of changed rows: one LISTEN connection for the whole process, fanned out to who waits for a row.

A notification only says "look again". Whoever waits looks at the row after it has begun to listen, so no change is
lost between looking and waiting, and a burst of changes is one look. Which tables tell of which rows is said by the
migrations: see `almoner_migrations.changes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from uuid import UUID

from almoner.core.listening import listen_forever

CHANNEL = "almoner_row_changed"
#: What the connection is called in `pg_stat_activity`.
APPLICATION_NAME = "almoner change listener"
# A pooler in transaction mode swallows notifications: look now and then even if nobody calls.
_RECHECK_SECONDS = 30.0


class Watch:
    """One waiter for one row. Call `clear`, look at the row, then `wait`."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Say that the row should be looked at."""
        self._changed.set()

    def clear(self) -> None:
        """Forget earlier changes; the row is about to be looked at."""
        self._changed.clear()

    async def wait(self, seconds: float) -> bool:
        """Return when the row should be looked at again, after `seconds` (>= 0) at the latest.

        True: somebody called. False: only time has passed.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), min(seconds, _RECHECK_SECONDS))
        return self._changed.is_set()


class Changes:
    """Who waits for which row, and the connection that hears of changes."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._watches: dict[str, set[Watch]] = {}

    @contextmanager
    def watch(self, tenant_id: UUID, kind: str, row_id: UUID) -> Iterator[Watch]:
        """Listen from now on for changes of a row, and of all that tells of it.

        Args:
            kind: the row's table, for example `job`.
        """
        payload = f"{kind} {tenant_id} {row_id}"
        watch = Watch()
        self._watches.setdefault(payload, set()).add(watch)
        try:
            yield watch
        finally:
            self._watches[payload].discard(watch)
            if not self._watches[payload]:
                del self._watches[payload]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Changes]:
        """Keep the connection open meanwhile, and open it again whenever it is lost."""
        # What changed while nobody listened is unknown: everybody looks.
        listening = listen_forever(self._url, CHANNEL, self._heard, name=APPLICATION_NAME, begun=self._wake_everybody)
        task = asyncio.create_task(listening)
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _heard(self, payload: str) -> None:
        for watch in self._watches.get(payload, ()):
            watch.wake()

    def _wake_everybody(self) -> None:
        for watches in self._watches.values():
            for watch in watches:
                watch.wake()
