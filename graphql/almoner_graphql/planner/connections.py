"""Connections that read: a pool of bare ones, beside the one that SQLAlchemy has for the verbs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from uuid import UUID

import asyncpg

from almoner.core.database import READING, has_entered, libpq_url
from almoner.core.shares import TenantShares, at_once_or_within
from almoner_graphql.errors import ErrorCode, database_facts, refusal

STATEMENT_SECONDS = 10.0


class NotEntered(RuntimeError):
    """A statement was not run as the application, or not for its tenant: somebody has changed the role."""


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
        self._places = asyncio.Semaphore(size)
        #: Open and unused. The pool would take a task for each connection that it takes back; it gets those that are no
        #: good any more, or where something went wrong.
        self._free: list[Any] = []
        self._pool: Any = None

    async def __aenter__(self) -> Connections:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            # A statement that is kept takes some 140 kB in PostgreSQL, for each connection.
            statement_cache_size=256,
            # PostgreSQL plans a statement once for all parameters. By itself it would plan each page anew, for it takes
            # a page without a known size for a large one; that takes longer than reading it.
            server_settings={
                **READING,
                "plan_cache_mode": "force_generic_plan",
                "statement_timeout": str(int(self._seconds * 1000)),
            },
            init=_leave_json_alone,
            reset=_nothing_to_reset,
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        for connection in self._free:
            await self._pool.release(connection)
        await self._pool.close()

    async def row(
        self, tenant_id: UUID, statement: str, *parameters: object, public: bool = False, anew: bool = False
    ) -> Any:
        """The one row of a statement that enters the tenant by itself (`entrance_sql`), and tells so.

        Args:
            public: for the public of the tenant, which has half of the tenant's share.
            anew: PostgreSQL may plan the statement anew for these parameters.

        Raises:
            GraphQLError: the statement takes too long.
            Unavailable: the database does not answer.
            NotEntered: the answer is nobody's.
        """
        with database_facts():
            async with self.lent(tenant_id, public=public) as connection:
                found = await _run(connection, statement, parameters, anew=anew)
        if not has_entered(found["entered"], tenant_id):
            raise NotEntered
        return found

    async def explained(self, tenant_id: UUID, statement: str, *parameters: object, anew: bool) -> bytes:
        """PostgreSQL's plan for a statement with these parameters, as JSON; nothing is read by it.

        Raises:
            Unavailable: the database does not answer.
        """
        with database_facts():
            async with self.lent(tenant_id) as connection:
                found = await _run(connection, f"explain (format json) {statement}", parameters, anew=anew)
        plan: bytes = found[0]
        return plan

    def lent(self, tenant_id: UUID, *, public: bool = False) -> Loan:
        """One of the tenant's connections, as long as it may take: `async with connections.lent(tenant_id) as …`.

        Raises, on entry:
            TimeoutError: there was none in time.

        Raises, on exit:
            GraphQLError: a statement took too long.
        """
        return Loan(self, tenant_id, public)

    async def enter(self, tenant_id: UUID, *, public: bool) -> Any:
        """Wait for a connection, and `leave` it afterwards; prefer `lent`."""
        await self._shares.enter(tenant_id, public=public)
        try:
            await at_once_or_within(self._places, self._seconds)
            try:
                return await self._open()
            except BaseException:
                self._places.release()
                raise
        except BaseException:
            self._shares.leave(tenant_id, public=public)
            raise

    async def leave(self, connection: Any, tenant_id: UUID, *, public: bool, error: BaseException | None) -> None:
        """Take a connection back.

        Args:
            error: what went wrong on it.

        Raises:
            GraphQLError: a statement took too long.
        """
        try:
            if error is None:
                self._free.append(connection)
            else:
                await self._pool.release(connection)
        finally:
            self._places.release()
            self._shares.leave(tenant_id, public=public)
        if isinstance(error, asyncpg.QueryCanceledError):
            message = f"The query takes longer than the limit of {self._seconds:g} s; ask for less at a time."
            raise refusal(ErrorCode.LIMIT_EXCEEDED, message) from None

    async def _open(self) -> Any:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
            await self._pool.release(connection)
        async with asyncio.timeout(self._seconds):  # the pool's own timeout takes a task
            return await self._pool.acquire()


class Loan:
    """See `Connections.lent`. A generator would take longer than all that it does."""

    __slots__ = ("_connection", "_connections", "_public", "_tenant_id")

    def __init__(self, connections: Connections, tenant_id: UUID, public: bool) -> None:
        self._connections = connections
        self._tenant_id = tenant_id
        self._public = public

    async def __aenter__(self) -> Any:
        self._connection = await self._connections.enter(self._tenant_id, public=self._public)
        return self._connection

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._connections.leave(self._connection, self._tenant_id, public=self._public, error=error)


async def _run(connection: Any, statement: str, parameters: Sequence[object], *, anew: bool) -> Any:
    if not anew:
        return await connection.fetchrow(statement, *parameters)
    await connection.execute("begin; set local plan_cache_mode = auto")
    try:
        return await connection.fetchrow(statement, *parameters)
    finally:
        if connection.is_in_transaction():
            await connection.execute("commit")  # after an error this rolls back


async def _leave_json_alone(connection: Any) -> None:
    """Take JSON as the bytes that PostgreSQL sends: most of it goes out as it comes, and a text would be made of it."""
    await connection.set_type_codec("json", schema="pg_catalog", encoder=str.encode, decoder=bytes, format="binary")


async def _nothing_to_reset(_connection: object) -> None:
    """What the pool does with a connection that comes back.

    Everything that a read sets is local to its statement or transaction: nothing is left to reset, and no round trip is
    spent on it.
    """
