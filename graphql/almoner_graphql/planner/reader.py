"""Running plans: one transaction with one statement, whose JSON goes out as it comes.

The same statement tells what the viewer's rights rest on now (its standing) and whether the account is still active.
The plan was made for a standing that was seen before; if it has changed meanwhile, what was read is thrown away and
planned anew. So a role or a grant that was taken away is gone for the very next request, without a round trip of its
own.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from graphql import GraphQLError, GraphQLNamedType
from graphql.execution.values import VariableValues

from almoner.authorization.permissions import Permission
from almoner.authorization.standing import NO_STANDING, standing_sql
from almoner.authorization.symbolic import parameters_of
from almoner.core.database import APP_ROLE, libpq_url
from almoner.core.errors import Denied, Unauthenticated, Unavailable
from almoner.core.recent import Recent
from almoner.core.viewer import Profile, Viewer
from almoner.identity.tokens import Identity
from almoner.wiring import House
from almoner_graphql.documents import Operation
from almoner_graphql.errors import ErrorCode, database_facts, refusal
from almoner_graphql.limits import over_limit
from almoner_graphql.planner.build import Details
from almoner_graphql.planner.cost import BUDGET
from almoner_graphql.planner.plan import Plan, Plans

MAX_VIEWERS = 10_000
MAX_REGISTERED_CHARACTERS = 1_000_000
STATEMENT_SECONDS = 10.0

# Materialized, because the finished JSON is looked at again where something is wanted by its id.
_GUARD = """
with data as {materialized} ({data})
select json::text,
    {standing},
    exists (
        select from almoner.{table} where tenant_id = ${tenant} and id = ${subject} and disabled_at is null
    ) and (
        ${session}::uuid is null or exists (
            select from almoner.sign_in_session
            where tenant_id = ${tenant} and id = ${session} and subject_id = ${subject}
                and revoked_at is null and expires_at > ${now}
        )
    ),
    {may_be_sent},
    array[{missing}]::boolean[]
from data
"""
_GUARDS = ("tenant", "subject", "session", "now", "digest", "by_id")
_MAY_BE_SENT = """
exists (
    select from almoner.registered_operation
    where tenant_id = ${tenant} and client_id = ${subject} and digest = ${digest} and withdrawn_at is null
) or not (${by_id}::boolean or exists (
    select from almoner.operation_rule
    where tenant_id = ${tenant} and registered_only and (client_id is null or client_id = ${subject})
))
"""
_SENDS = ("tenant", "subject", "digest", "by_id")
_REGISTERED = """
select text from almoner.registered_operation
where tenant_id = $1 and client_id = $2 and digest = $3 and withdrawn_at is null
"""
_TABLES = {"account": "account", "service_account": "service_account"}
#: Makes the plan for a profile.
Planned = Callable[[Profile], Plan]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        by_id: the document was named by the id that it is registered under; it must still be registered.
        checked: it was found before that the document may be sent, and so a mutation that has been done is answered.
    """

    identity: Identity
    by_id: bool = False
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read: finished JSON, or None if there is no such object, and what is to be said beside it."""

    json: str | None
    plan: Plan
    cost: int
    missing: tuple[str, ...] = ()

    @property
    def errors(self) -> list[GraphQLError]:
        """What roots are null for: a permission that the viewer lacks, an id of nothing that the viewer may know of."""
        denied = [
            _error([*path], ErrorCode.DENIED, f"This needs the permission {permission}, which you do not hold here.")
            for path, permission in self.plan.denied
        ]
        nothing = [_error([key], ErrorCode.NOT_FOUND, "There is nothing with this id.") for key in self.missing]
        return denied + nothing

    @property
    def extensions(self) -> dict[str, Any]:
        """What every answer says about itself."""
        said: dict[str, Any] = {"cost": {"requested": self.cost, "budget": BUDGET}}
        if self.plan.redacted:
            said["redacted"] = self.plan.redacted
        return said


class Reader:
    """Answers queries, and reads what mutations and subscriptions point at. `open` before use, `close` at the end."""

    def __init__(self, house: House, plans: Plans, *, pool_size: int, seconds: float = STATEMENT_SECONDS) -> None:
        self._house = house
        self._plans = plans
        self._pool_size = pool_size
        self._seconds = seconds
        self._pool: Any = None
        self._viewers: Recent[tuple[UUID, UUID], tuple[str, Viewer]] = Recent(MAX_VIEWERS)
        self._texts: Recent[tuple[UUID, UUID, str], str] = Recent(MAX_REGISTERED_CHARACTERS, weigh=len)

    async def open(self) -> None:
        """Make the pool; connections are opened when they are needed."""
        self._pool = await asyncpg.create_pool(
            libpq_url(self._house.database.url),
            min_size=0,
            max_size=self._pool_size,
            # A statement that is kept takes some 140 kB in PostgreSQL, for each connection.
            statement_cache_size=256,
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

    async def query(self, operation: Operation, given: Mapping[str, Any] | None, caller: Caller) -> Answer:
        """The finished `data` of a query.

        Raises:
            ForGraphQLCore: it asks for the schema, too.
            BadVariables: the variables do not fit.
            GraphQLError: an argument is refused, or a limit exceeded.
            Unauthenticated: the account is gone or disabled.
            Unavailable: the database does not answer.
        """
        values = self._plans.variables(operation, given)
        return await self._read(
            lambda profile: self._plans.query(operation, values, profile), operation, values, {}, caller
        )

    async def roots(self, operation: Operation, given: Mapping[str, Any] | None, caller: Caller) -> Answer:
        """The same for the roots of a query that are read from tables, if it has others too."""
        values = self._plans.variables(operation, given)
        return await self._read(
            lambda profile: self._plans.roots(operation, values, profile), operation, values, {}, caller
        )

    async def one(
        self,
        operation: Operation,
        variables: Mapping[str, Any] | None,
        caller: Caller,
        *,
        type_: GraphQLNamedType,
        details: Details,
        path: tuple[str, ...],
        given: Mapping[str, UUID | list[UUID]],
    ) -> Answer:
        """One object, as for `query`: the row with the `id` that is given, or a payload of what is given."""
        values = self._plans.variables(operation, variables)

        def planned(profile: Profile) -> Plan:
            names = tuple(sorted(given))
            return self._plans.one(operation, values, profile, type_=type_, details=details, path=path, names=names)

        ids = {f"given_{name}": row_id for name, row_id in given.items()}
        return await self._read(planned, operation, values, ids, caller)

    async def explain(self, operation: Operation, given: Mapping[str, Any] | None, caller: Caller) -> dict[str, Any]:
        """The statement that answers a query, and PostgreSQL's plan for it with these variables.

        Raises:
            Denied: the viewer lacks `platform:explain`.
        """
        identity = caller.identity
        values = self._plans.variables(operation, given)
        _, viewer = await self._seen(identity)
        needed = Permission.PLATFORM_EXPLAIN
        rights = viewer.profile.rights.get(needed)
        if rights is None or not rights.somewhere:
            raise Denied(f"This needs the permission {needed}, which you do not hold here.")
        plan = self._plans.query(operation, values, viewer.profile)
        parameters = [plan.parameters(values, _parameters(viewer, self._house.clock()))[name] for name in plan.names]
        async with self._transaction(identity) as connection:
            found = await connection.fetchval(f"explain (format json) {plan.sql}", *parameters)
        return {"statement": plan.sql, "plan": json.loads(found)}

    async def _read(
        self,
        planned: Planned,
        operation: Operation,
        values: VariableValues,
        given: Mapping[str, Any],
        caller: Caller,
    ) -> Answer:
        standing, viewer = await self._seen(caller.identity)
        for _attempt in range(3):
            plan = planned(viewer.profile)
            parameters = plan.parameters(values, {**_parameters(viewer, self._house.clock()), **given})
            cost = plan.cost.requested(parameters)
            if cost > BUDGET:
                raise over_limit("cost", cost, BUDGET)
            data, missing, now = await self._run(plan, operation, parameters, caller)
            if now == standing:
                return Answer(data, plan, cost, missing)
            standing, viewer = await self._remember(caller.identity, now)
        raise Unavailable("Your rights are changing at this moment; try again.")

    async def _seen(self, identity: Identity) -> tuple[str, Viewer]:
        """What was last known of who asks: somebody new is taken for somebody without roles, until an answer tells."""
        seen = self._viewers.get((identity.tenant_id, identity.subject_id))
        if seen is None:
            return "", await self._house.viewer(identity, NO_STANDING)
        return seen

    async def _remember(self, identity: Identity, standing: str) -> tuple[str, Viewer]:
        viewer = await self._house.viewer(identity, standing)
        return self._viewers.put((identity.tenant_id, identity.subject_id), (standing, viewer))

    async def _run(
        self, plan: Plan, operation: Operation, parameters: dict[str, Any], caller: Caller
    ) -> tuple[str | None, tuple[str, ...], str]:
        identity = caller.identity
        statement = plan.guarded.get(identity.kind)
        if statement is None:
            statement = plan.guarded[identity.kind] = _guarded(plan, identity.kind)
        session_id = identity.proof.session_id if identity.proof else None
        now = self._house.clock()
        guards = (identity.tenant_id, identity.subject_id, session_id, now, operation.digest, caller.by_id)
        async with self._transaction(identity, generic=not plan.filtered) as connection:
            row = await connection.fetchrow(statement, *(parameters[name] for name in plan.names), *guards)
        data, standing, is_active, may_be_sent, missing_ones = row
        if not is_active:
            raise Unauthenticated("This account cannot sign in any more.")
        if not may_be_sent and not caller.checked:
            raise not_registered(by_id=caller.by_id)
        keys = tuple(key for key, is_missing in zip(plan.wanted, missing_ones, strict=True) if is_missing)
        return data, keys, standing

    async def registered(self, digest: str, caller: Caller) -> str | None:
        """The text of a document that is registered for the caller; None if there is none such."""
        key = (caller.identity.tenant_id, caller.identity.subject_id, digest)
        known = self._texts.get(key)
        if known is None:
            async with self._transaction(caller.identity) as connection:
                known = await connection.fetchval(_REGISTERED, *key)
            if known is not None:
                self._texts.put(key, known)
        return known

    async def check_registered(self, operation: Operation, caller: Caller) -> None:
        """For what is not read by a plan, whose statement checks the same.

        Raises:
            GraphQLError: the caller may only send registered documents, and this is none.
        """
        places = {name: place for place, name in enumerate(_SENDS, 1)}
        statement = "select " + _MAY_BE_SENT.format(**places)
        guards = (caller.identity.tenant_id, caller.identity.subject_id, operation.digest, caller.by_id)
        async with self._transaction(caller.identity) as connection:
            if not await connection.fetchval(statement, *guards):
                raise not_registered(by_id=caller.by_id)

    @asynccontextmanager
    async def _transaction(self, identity: Identity, *, generic: bool = False) -> AsyncIterator[Any]:
        """A reading transaction of a tenant: its settings travel with its beginning, in one message.

        Args:
            generic: PostgreSQL plans a statement once for all parameters. By itself it would plan each page anew, for
                it takes a page without a known size for a large one; that takes longer than reading it.
        """
        # Both are constants or ids, never what somebody wrote.
        enter = (
            f"begin read only; select set_config('role', '{APP_ROLE}', true), "
            f"set_config('almoner.tenant_id', '{identity.tenant_id}', true)"
            + (", set_config('plan_cache_mode', 'force_generic_plan', true)" if generic else "")
        )
        with database_facts():
            async with self._pool.acquire(timeout=self._seconds) as connection:
                try:
                    await connection.execute(enter)
                    yield connection
                except asyncpg.QueryCanceledError:
                    message = f"The query takes longer than the limit of {self._seconds:g} s; ask for less at a time."
                    raise refusal(ErrorCode.LIMIT_EXCEEDED, message) from None
                finally:
                    if connection.is_in_transaction():
                        await connection.execute("commit")  # after an error this rolls back


def _guarded(plan: Plan, kind: str) -> str:
    """The statement of a plan, with what must be known of the viewer to believe its answer."""
    places = {name: place for place, name in enumerate(_GUARDS, len(plan.names) + 1)}
    standing = standing_sql(**{name: f"${places[name]}" for name in ("tenant", "subject", "now")})
    # Response keys are GraphQL names: letters, digits and underscores.
    missing = ", ".join(f"json_typeof(json -> '{key}') = 'null'" for key in plan.wanted)
    return _GUARD.format(
        data=plan.sql,
        standing=standing,
        table=_TABLES[kind],
        may_be_sent=_MAY_BE_SENT.format(**places),
        missing=missing,
        materialized="materialized" if missing else "",
        **places,
    )


def _parameters(viewer: Viewer, now: datetime) -> dict[str, Any]:
    """What every statement may ask of the viewer, and of the clock."""
    return {**parameters_of(viewer), "kind": viewer.kind, "roles": sorted(viewer.roles), "now": now}


def _error(path: list[str | int], code: ErrorCode, message: str) -> GraphQLError:
    return GraphQLError(message, path=path, extensions={"code": code.value})


def not_registered(*, by_id: bool) -> GraphQLError:
    """The refusal of a document that is not registered for who sends it."""
    if by_id:
        message = "No document with this `documentId` is registered for you; it may have been withdrawn."
        return refusal(ErrorCode.UNKNOWN_DOCUMENT, message)
    message = "You may send registered documents only; have this one registered."
    return refusal(ErrorCode.REGISTERED_DOCUMENTS_ONLY, message)


async def _nothing_to_reset(_connection: object) -> None:
    """What the pool does with a connection that comes back.

    Everything that a read sets is local to its transaction: nothing is left to reset, and no round trip is spent on it.
    """
