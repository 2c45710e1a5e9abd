"""Running plans: one transaction with one statement, whose JSON goes out as it comes.

The same statement tells what the viewer's rights rest on now (its standing) and whether the account is still active.
The plan was made for a standing that was seen before; if it has changed meanwhile, what was read is thrown away and
planned anew. So a role or a grant that was taken away is gone for the very next request, without a round trip of its
own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from graphql import DocumentNode

from almoner.authorization.standing import NO_STANDING, standing_sql
from almoner.authorization.symbolic import parameters_of
from almoner.core.database import APP_ROLE, libpq_url
from almoner.core.errors import AlmonerError
from almoner.core.recent import Recent
from almoner.core.viewer import Viewer
from almoner.identity.tokens import Identity
from almoner.wiring import House
from almoner_graphql.planner.declare import SlowRoad
from almoner_graphql.planner.plan import MAX_DOCUMENT_CHARACTERS, Plan, Plans, Query

MAX_QUERIES = 512
MAX_VIEWERS = 10_000
STATEMENT_SECONDS = 10.0

_GUARD = """
select ({data})::text,
    {standing},
    exists (
        select from almoner.{table} where tenant_id = {tenant} and id = {subject} and disabled_at is null
    )
"""
_TABLES = {"account": "account", "service_account": "service_account"}


class TooLong(Exception):
    """The statement took longer than it may; graphql-core would take longer still."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The query takes longer than the limit of {seconds:g} s; ask for less at a time.")


class Reader:
    """Answers queries by the quick road. `open` before use, `close` at the end."""

    def __init__(self, house: House, plans: Plans, *, pool_size: int, seconds: float = STATEMENT_SECONDS) -> None:
        self._house = house
        self._plans = plans
        self._pool_size = pool_size
        self._seconds = seconds
        self._pool: Any = None
        self._queries: Recent[tuple[str, str | None], Query] = Recent(MAX_QUERIES)
        self._viewers: Recent[tuple[UUID, UUID], tuple[str, Viewer]] = Recent(MAX_VIEWERS)

    async def open(self) -> None:
        """Make the pool; connections are opened when they are needed."""
        self._pool = await asyncpg.create_pool(
            libpq_url(self._house.database.url),
            min_size=0,
            max_size=self._pool_size,
            statement_cache_size=1024,
            server_settings={
                "timezone": "UTC",
                "application_name": "almoner",
                "statement_timeout": str(int(self._seconds * 1000)),
            },
            reset=_nothing_to_reset,
        )

    async def close(self) -> None:
        """Give back every connection."""
        if self._pool is not None:
            await self._pool.close()

    def known(self, text: str, operation_name: str | None) -> Query | None:
        """A query that was remembered."""
        return self._queries.get((text, operation_name))

    def remember(self, text: str, document: DocumentNode, operation_name: str | None) -> Query | None:
        """Remember a document that is valid and within the limits; None if its operation is no query."""
        query = Query.of(text, document, operation_name)
        if query is not None and len(text) <= MAX_DOCUMENT_CHARACTERS:
            self._queries.put(query.key, query)
        return query

    async def answer(self, query: Query, given: Mapping[str, Any] | None, identity: Identity) -> tuple[str, Plan]:
        """The finished `data` of a query, as JSON text, and the plan that read it.

        Raises:
            SlowRoad: graphql-core must answer this one.
            TooLong: nobody can answer it in time.
        """
        try:
            values = self._plans.variables(query, given)
            seen = self._viewers.get((identity.tenant_id, identity.subject_id))
            # Somebody who was not seen before is taken for somebody without roles, until the first answer tells.
            standing, viewer = seen or ("", await self._house.viewer(identity, NO_STANDING))
            for _attempt in range(2):
                plan = self._plans.plan(query, values, viewer.profile)
                parameters = plan.parameters(values, parameters_of(viewer))
                data, now = await self._run(plan, parameters, identity)
                if now == standing:
                    return data, plan
                standing, viewer = now, await self.seen(identity, now)
        except AlmonerError as error:
            raise SlowRoad("an argument is refused, and the slow road says where") from error
        raise SlowRoad("the viewer's rights keep changing")

    async def seen(self, identity: Identity, standing: str) -> Viewer:
        """Remember what a viewer's rights rest on."""
        viewer = await self._house.viewer(identity, standing)
        self._viewers.put((identity.tenant_id, identity.subject_id), (standing, viewer))
        return viewer

    async def _run(self, plan: Plan, parameters: list[Any], identity: Identity) -> tuple[str, str]:
        count = len(parameters)
        tenant, subject, now = (f"${count + number}" for number in (1, 2, 3))
        standing = standing_sql(tenant=tenant, subject=subject, now=now)
        table = _TABLES[identity.kind]
        statement = _GUARD.format(data=plan.sql, standing=standing, tenant=tenant, subject=subject, table=table)
        # Both are constants or ids, never what somebody wrote.
        enter = (
            f"begin read only; select set_config('role', '{APP_ROLE}', true), "
            f"set_config('almoner.tenant_id', '{identity.tenant_id}', true)"
        )
        guards = (identity.tenant_id, identity.subject_id, self._house.clock())
        async with self._pool.acquire() as connection:
            try:
                await connection.execute(enter)
                row = await connection.fetchrow(statement, *parameters, *guards)
            except asyncpg.QueryCanceledError:
                raise TooLong(self._seconds) from None
            finally:
                if connection.is_in_transaction():
                    await connection.execute("commit")  # after an error this rolls back
        if not row[2]:
            raise SlowRoad("the account is gone, and the slow road says so")
        return row[0], row[1]


async def _nothing_to_reset(_connection: object) -> None:
    """What the pool does with a connection that comes back.

    Everything that a read sets is local to its transaction: nothing is left to reset, and no round trip is spent on it.
    """
