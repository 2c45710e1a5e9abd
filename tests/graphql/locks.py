"""Locks on tables, so that statements of the server wait at a place that a test knows. Not a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg

from almoner.core.database import libpq_url


@asynccontextmanager
async def locked(url: str, table: str, mode: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Statements that the lock keeps from a table wait meanwhile; what it gives tells how many do.

    Args:
        url: of a superuser.
        mode: of PostgreSQL's, for example `share`, which lets everybody read and nobody write.
    """
    async with (
        await psycopg.AsyncConnection.connect(libpq_url(url)) as lock,
        await psycopg.AsyncConnection.connect(libpq_url(url), autocommit=True) as watch,
    ):
        await lock.execute(f"lock table almoner.{table} in {mode} mode".encode())

        async def waiting() -> int:
            found = await watch.execute("select count(distinct pid) from pg_locks where not granted")
            row = await found.fetchone()
            assert row is not None
            return int(row[0])

        yield waiting
