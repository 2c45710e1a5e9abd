"""LISTEN on PostgreSQL: one connection that hears of a channel, and is opened again whenever it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg

from almoner.core.database import libpq_url
from almoner.core.logs import logger

_BACK_OFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
# A peer that vanished without a word is noticed by asking it.
_ALIVE_SECONDS = 30.0
_ANSWER_SECONDS = 10.0

_log = logger(__name__)


def _nothing() -> None:
    """Nobody wants to know."""


async def listen_forever(
    database_url: str,
    channel: str,
    heard: Callable[[str], None],
    *,
    name: str,
    begun: Callable[[], None] = _nothing,
) -> None:
    """Call `heard` with the payload of each notification, until cancelled.

    Args:
        name: what the connection is called in `pg_stat_activity`.
        begun: called whenever listening begins, for what was said before has not been heard.
    """
    failures = 0
    while True:
        try:
            await _listen(libpq_url(database_url), channel, heard, name=name, begun=begun)
            failures = 0
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("listener lost", name=name, exception=type(error).__qualname__)
        await asyncio.sleep(_BACK_OFF_SECONDS[min(failures, len(_BACK_OFF_SECONDS) - 1)])
        failures += 1


async def _listen(
    url: str, channel: str, heard: Callable[[str], None], *, name: str, begun: Callable[[], None]
) -> None:
    """Listen until the connection ends."""

    def note(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        heard(str(payload))

    connection = await asyncpg.connect(url, timeout=_ANSWER_SECONDS, server_settings={"application_name": name})
    try:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _connection: ended.set())
        await connection.add_listener(channel, note)
        begun()
        while not ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _ALIVE_SECONDS)
                return
            await connection.execute("select 1", timeout=_ANSWER_SECONDS)
    finally:
        connection.terminate()
