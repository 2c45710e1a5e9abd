"""Running plans: one transaction with one statement, whose JSON goes out as it comes.

The same statement tells which roles the viewer holds now and whether the account is still active. The plan was made for
roles that were seen before; if they have changed meanwhile, what was read is thrown away and planned anew. So a role
that was taken away is gone for the very next request, without a round trip of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from graphql import DocumentNode

from almoner.core.database import APP_ROLE, libpq_url
from almoner.core.errors import AlmonerError
from almoner.core.recent import Recent
from almoner.identity.tokens import Identity
from almoner.wiring import House
from almoner_graphql.planner.declare import SlowRoad
from almoner_graphql.planner.plan import MAX_DOCUMENT_CHARACTERS, Plan, Plans, Query

MAX_QUERIES = 512
MAX_VIEWERS = 10_000
STATEMENT_SECONDS = 10.0

_GUARD = """
select ({data})::text,
    array(
        select distinct role from almoner.role_assignment
        where tenant_id = ${tenant} and subject_id = ${subject}
            and valid_from <= ${now} and (valid_until is null or valid_until > ${now})
    ),
    exists (
        select from almoner.{table} where tenant_id = ${tenant} and id = ${subject} and disabled_at is null
    ) and (
        ${session}::uuid is null or exists (
            select from almoner.sign_in_session
            where tenant_id = ${tenant} and id = ${session} and subject_id = ${subject}
                and revoked_at is null and expires_at > ${now}
        )
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
        self._roles: Recent[tuple[UUID, UUID], frozenset[str]] = Recent(MAX_VIEWERS)

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
            viewer = (identity.tenant_id, identity.subject_id)
            # Somebody who was not seen before is taken for somebody without roles, until the first answer tells.
            roles = self._roles.get(viewer) or frozenset()
            for _attempt in range(2):
                plan = self._plans.plan(query, values, roles)
                parameters = plan.parameters(values, {"tenant": viewer[0], "subject": viewer[1]})
                data, now_held = await self._run(plan, parameters, identity)
                if now_held == roles:
                    return data, plan
                roles = self.seen(identity, now_held)
        except AlmonerError as error:
            raise SlowRoad("an argument is refused, and the slow road says where") from error
        raise SlowRoad("the viewer's roles keep changing")

    def seen(self, identity: Identity, roles: frozenset[str]) -> frozenset[str]:
        """Remember which roles a viewer holds."""
        return self._roles.put((identity.tenant_id, identity.subject_id), roles)

    async def _run(self, plan: Plan, parameters: list[Any], identity: Identity) -> tuple[str, frozenset[str]]:
        count = len(parameters)
        statement = _GUARD.format(
            data=plan.sql,
            tenant=count + 1,
            subject=count + 2,
            now=count + 3,
            session=count + 4,
            table=_TABLES[identity.kind],
        )
        # Both are constants or ids, never what somebody wrote.
        enter = (
            f"begin read only; select set_config('role', '{APP_ROLE}', true), "
            f"set_config('almoner.tenant_id', '{identity.tenant_id}', true)"
        )
        session_id = identity.proof.session_id if identity.proof else None
        guards = (identity.tenant_id, identity.subject_id, self._house.clock(), session_id)
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
        return row[0], frozenset(row[1])


async def _nothing_to_reset(_connection: object) -> None:
    """What the pool does with a connection that comes back.

    Everything that a read sets is local to its transaction: nothing is left to reset, and no round trip is spent on it.
    """
