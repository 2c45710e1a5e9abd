"""Hearing of new policy versions, so that a process has them ready before the next request asks.

Nothing depends on it being heard: every transaction says itself which version holds in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from almoner.authorization.policies import Policies
from almoner.core.listening import listen_forever
from almoner.core.logs import logger

CHANNEL = "almoner_policy_changed"
#: What the connection is called in `pg_stat_activity`.
APPLICATION_NAME = "almoner policy listener"

_log = logger(__name__)


@asynccontextmanager
async def hearing_of_policies(policies: Policies, database_url: str) -> AsyncIterator[None]:
    """Keep a connection open meanwhile that hears of new versions, and open it again whenever it is lost."""
    heard: asyncio.Queue[tuple[UUID, int]] = asyncio.Queue()

    def note(payload: str) -> None:
        tenant_id, _, number = payload.partition(" ")
        heard.put_nowait((UUID(tenant_id), int(number)))

    tasks = [
        asyncio.create_task(listen_forever(database_url, CHANNEL, note, name=APPLICATION_NAME)),
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


async def _prepare_forever(policies: Policies, heard: asyncio.Queue[tuple[UUID, int]]) -> None:
    while True:
        tenant_id, number = await heard.get()
        try:
            await policies.prepare(tenant_id, number)
        except (OSError, SQLAlchemyError) as error:
            # The next request loads it, or says why it cannot.
            _log.warning("policy not prepared", exception=type(error).__qualname__)
