"""Hearing of new policy versions, so that a process has them ready before the next request asks.

Nothing depends on it being heard: every transaction says itself which version holds in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from almoner.authorization.policies import Policies
from almoner.core.database import libpq_url
from almoner.core.logs import logger

CHANNEL = "almoner_policy_changed"
#: What the connection is called in `pg_stat_activity`.
APPLICATION_NAME = "almoner policy listener"
_BACK_OFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
_ALIVE_SECONDS = 30.0
_ANSWER_SECONDS = 10.0

_log = logger(__name__)


@asynccontextmanager
async def hearing_of_policies(policies: Policies, database_url: str) -> AsyncIterator[None]:
    """Keep a connection open meanwhile that hears of new versions, and open it again whenever it is lost."""
    heard: asyncio.Queue[tuple[UUID, int]] = asyncio.Queue()
    tasks = [
        asyncio.create_task(_listen_forever(libpq_url(database_url), heard)),
        asyncio.create_task(_prepare_forever(policies, heard)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _listen_forever(url: str, heard: asyncio.Queue[tuple[UUID, int]]) -> None:
    failures = 0
    while True:
        try:
            await _listen(url, heard)
            failures = 0
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("policy listener lost", exception=type(error).__qualname__)
        await asyncio.sleep(_BACK_OFF_SECONDS[min(failures, len(_BACK_OFF_SECONDS) - 1)])
        failures += 1


async def _listen(url: str, heard: asyncio.Queue[tuple[UUID, int]]) -> None:
    """Listen until the connection ends."""

    def note(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        tenant_id, _, number = str(payload).partition(" ")
        heard.put_nowait((UUID(tenant_id), int(number)))

    connection = await asyncpg.connect(
        url, timeout=_ANSWER_SECONDS, server_settings={"application_name": APPLICATION_NAME}
    )
    try:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _connection: ended.set())
        await connection.add_listener(CHANNEL, note)
        while not ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _ALIVE_SECONDS)
                return
            await connection.execute("select 1", timeout=_ANSWER_SECONDS)
    finally:
        connection.terminate()


async def _prepare_forever(policies: Policies, heard: asyncio.Queue[tuple[UUID, int]]) -> None:
    while True:
        tenant_id, number = await heard.get()
        try:
            await policies.prepare(tenant_id, number)
        except (OSError, SQLAlchemyError) as error:
            # The next request loads it, or says why it cannot.
            _log.warning("policy not prepared", exception=type(error).__qualname__)
