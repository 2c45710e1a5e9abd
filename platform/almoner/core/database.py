"""The database: the only place that opens and commits transactions.

A tenant transaction does two things before anything else, in one statement: it takes the role `almoner_app`, which owns
nothing and cannot bypass row-level security whatever login the URL names, and it says which tenant it is for. Both are
`SET LOCAL`, so a pooled connection carries nothing over.

A read of the API is one statement, which would make three messages of it. It says for itself which tenant it is for, on
connections that do nothing but read and have the role from their beginning: docs/decisions/0015.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from almoner.core.shares import TenantShares

APP_ROLE = "almoner_app"

_ENTER_TENANT = text("select set_config('role', :role, true), set_config('almoner.tenant_id', :tenant, true)")
#: Of connections that only read, from their beginning to their end.
READING = {"role": APP_ROLE, "default_transaction_read_only": "on", "timezone": "UTC", "application_name": "almoner"}
_ENTRANCE = """(
    select set_config('almoner.tenant_id', cast(cast({tenant} as uuid) as text), true) || ' ' || current_user as entered
    offset 0
) entrance"""
_IDLE = text("select set_config('idle_in_transaction_session_timeout', :limit, true)")
_WAIT_SECONDS = 30  # as long as SQLAlchemy waits for a connection of its pool
_ENTER = text("select set_config('role', :role, true)")


def asyncpg_url(url: str) -> str:
    """The URL for SQLAlchemy with asyncpg, whichever PostgreSQL scheme the operator wrote."""
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def libpq_url(url: str) -> str:
    """The URL as libpq (psycopg) and asyncpg's own `connect` read it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def with_login(url: str, name: str) -> str:
    """The same database, reached by another login that needs no password."""
    return make_url(url).set(username=name, password=None).render_as_string(hide_password=False)


def entrance_sql(*, tenant: str) -> str:
    """What a statement on a `READING` connection selects from first, to be a transaction of a tenant by itself.

    An SQL relation `entrance` of one row, whose column `entered` must be part of the answer, and `has_entered` of it.
    Whatever reads rows must be joined laterally to it, or be selected from it: so the tenant is said before any row is
    asked for. If it were not, row-level security would raise, for the setting ends with the statement.

    Args:
        tenant: the name of the parameter (uuid): `$1`.
    """
    return _ENTRANCE.format(tenant=tenant)


def has_entered(entered: str, tenant_id: UUID) -> bool:
    """Whether a statement was run for this tenant, and as the application."""
    return entered == f"{tenant_id} {APP_ROLE}"


async def end_when_idle(session: AsyncSession, seconds: int) -> None:
    """Let the server end this transaction if we say nothing for so long, for example because we were stopped."""
    await session.execute(_IDLE, {"limit": f"{seconds}s"})


class Database:
    """A pool of connections to one PostgreSQL.

    Args:
        pool_size: 0 keeps no connection, for short commands.
        tenant_connections: how many of them one tenant may use at a time; more of its transactions wait for these, and
            leave the others to other tenants. 0: all.
    """

    def __init__(self, url: str, *, pool_size: int = 8, tenant_connections: int = 0) -> None:
        self.url = url
        self._shares = TenantShares(tenant_connections, seconds=_WAIT_SECONDS)
        pool: dict[str, Any] = {"pool_size": pool_size, "max_overflow": 0} if pool_size else {"poolclass": NullPool}
        self.engine: AsyncEngine = create_async_engine(
            asyncpg_url(url),
            # An error's text is logged and kept on jobs; the values of a statement must not travel with it.
            hide_parameters=True,
            connect_args={"server_settings": {"timezone": "UTC", "application_name": "almoner"}},
            **pool,
        )

    @asynccontextmanager
    async def tenant_transaction(self, tenant_id: UUID, *, public: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction that sees and touches this tenant's rows only; commits at the end unless something raises.

        Args:
            public: for the public of the tenant, which has half of the tenant's share.
        """
        async with (
            self._shares.of(tenant_id, public=public),
            AsyncSession(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            await session.execute(_ENTER_TENANT, {"role": APP_ROLE, "tenant": str(tenant_id)})
            yield session

    @asynccontextmanager
    async def global_transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction without a tenant: it reaches the few global tables, and any tenant table raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            await session.execute(_ENTER, {"role": APP_ROLE})
            yield session

    async def ping(self) -> None:
        """One round trip.

        Raises:
            OSError, sqlalchemy.exc.SQLAlchemyError: the database does not answer.
        """
        async with self.engine.connect() as connection:
            await connection.execute(text("select 1"))

    async def close(self) -> None:
        """Give back every connection."""
        await self.engine.dispose()
