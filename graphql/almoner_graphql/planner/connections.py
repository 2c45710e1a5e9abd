"""Connections that read: a pool of bare ones, beside the one that SQLAlchemy has for the verbs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from almoner.core.database import enter_to_read, libpq_url
from almoner.core.shares import TenantShares
from almoner_graphql.errors import ErrorCode, database_facts, refusal

STATEMENT_SECONDS = 10.0
_GENERIC = "; set local plan_cache_mode = force_generic_plan"


class Connections:
    """`async with Connections(…) as connections: …`; they are opened when they are needed.

    Args:
        url: of the database.
        size: how many there are at most.
        seconds: how long a statement may take, and how long one waits for a connection.
        tenant_connections: how many of them one tenant may use at a time; 0: all.
    """

    def __init__(self, url: str, size: int, *, seconds: float = STATEMENT_SECONDS, tenant_connections: int = 0) -> None:
        self._url = libpq_url(url)
        self._size = size
        self._seconds = seconds
        self._shares = TenantShares(tenant_connections, seconds=seconds)
        self._pool: Any = None

    async def __aenter__(self) -> Connections:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            # A statement that is kept takes some 140 kB in PostgreSQL, for each connection.
            statement_cache_size=256,
            server_settings={
                "timezone": "UTC",
                "application_name": "almoner",
                "statement_timeout": str(int(self._seconds * 1000)),
            },
            reset=_nothing_to_reset,
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def reading(self, tenant_id: UUID, *, public: bool = False, generic: bool = False) -> AsyncIterator[Any]:
        """A reading transaction of a tenant: its settings travel with its beginning, in one message.

        Args:
            public: for the public of the tenant, which has half of the tenant's share.
            generic: PostgreSQL plans a statement once for all parameters. By itself it would plan each page anew, for
                it takes a page without a known size for a large one; that takes longer than reading it.

        Raises:
            GraphQLError: a statement in it takes too long.
            Unavailable: the database does not answer.
        """
        enter = enter_to_read(tenant_id) + (_GENERIC if generic else "")
        with database_facts():
            async with self._shares.of(tenant_id, public=public):
                async with asyncio.timeout(self._seconds):  # the pool's own timeout takes a task
                    connection = await self._pool.acquire()
                try:
                    await connection.execute(enter)
                    yield connection
                except asyncpg.QueryCanceledError:
                    message = f"The query takes longer than the limit of {self._seconds:g} s; ask for less at a time."
                    raise refusal(ErrorCode.LIMIT_EXCEEDED, message) from None
                finally:
                    await self._give_back(connection)

    async def _give_back(self, connection: Any) -> None:
        try:
            if connection.is_in_transaction():
                await connection.execute("commit")  # after an error this rolls back
        finally:
            await self._pool.release(connection)


async def _nothing_to_reset(_connection: object) -> None:
    """What the pool does with a connection that comes back.

    Everything that a read sets is local to its transaction: nothing is left to reset, and no round trip is spent on it.
    """
