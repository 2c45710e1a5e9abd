"""Running plans: one transaction with one statement, whose JSON goes out as it comes.

The same statement tells what the viewer's rights rest on now (its standing) and whether the account is still active.
The plan was made for a standing that was seen before; if it has changed meanwhile, what was read is thrown away and
planned anew. So a role or a grant that was taken away is gone for the very next request, without a round trip of its
own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from graphql import GraphQLError, GraphQLNamedType
from graphql.execution.values import VariableValues

from almoner.authorization.permissions import Permission
from almoner.authorization.standing import NO_STANDING, number_in, standing_sql, version_sql
from almoner.authorization.symbolic import parameters_of
from almoner.core.database import enter_to_read, libpq_url
from almoner.core.errors import (
    AlmonerError,
    Conflict,
    Denied,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from almoner.core.recent import Recent
from almoner.core.shares import Shares
from almoner.core.viewer import Profile, Viewer
from almoner.identity.standing import active_sql
from almoner.identity.tokens import Identity
from almoner.operations.rules import may_be_sent_sql, registered_sql
from almoner.wiring import House
from almoner_graphql.documents import Operation
from almoner_graphql.errors import ErrorCode, database_facts, present, refusal
from almoner_graphql.limits import over_limit
from almoner_graphql.planner.build import Details
from almoner_graphql.planner.cost import BUDGET
from almoner_graphql.planner.plan import Plan, Plans
from almoner_graphql.planner.sources import GivenValue

MAX_VIEWERS = 10_000
MAX_REGISTERED_CHARACTERS = 1_000_000
STATEMENT_SECONDS = 10.0

_GUARD = """
select json::text,
    {standing},
    {is_active},
    {may_be_sent},
    {missing}
from ({data}) data
"""
_GUARDS = ("tenant", "subject", "session", "now", "digest", "by_id")
_SENDS = ("tenant", "subject", "digest", "by_id")
_GENERIC = "; set local plan_cache_mode = force_generic_plan"
#: Makes the plan for a profile.
Planned = Callable[[Profile], Plan]


def for_nothing(_objects: int) -> None:
    """Who reads in here pays nothing."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        by_id: the document was named by the id that it is registered under; it must still be registered.
        checked: it was found before that the document may be sent, and so a mutation that has been done is answered.
        charge: is told how many objects are asked for, before they are read.
        at_least: the version of the tenant's policy that is insisted on.
    """

    identity: Identity
    by_id: bool = False
    checked: bool = False
    charge: Callable[[int], None] = for_nothing
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read: finished JSON, or None if there is no such object, and what is to be said beside it.

    Attributes:
        policy_version: the number of the tenant's policy version that it was read under.
    """

    json: str | None
    plan: Plan
    cost: int
    missing: tuple[str, ...] = ()
    refused: Mapping[str, AlmonerError] = field(default_factory=dict)
    policy_version: int = 0

    @property
    def errors(self) -> list[GraphQLError]:
        """What roots are null for: a lacking permission, an id of nothing that the viewer may know of, a refusal."""
        denied = [
            _error([*path], ErrorCode.DENIED, f"This needs the permission {permission}, which you do not hold here.")
            for path, permission in self.plan.denied
        ]
        nothing = [_error([key], ErrorCode.NOT_FOUND, "There is nothing with this id.") for key in self.missing]
        return denied + nothing + [_refusal(key, error) for key, error in self.refused.items()]

    @property
    def extensions(self) -> dict[str, Any]:
        """What every answer says about itself."""
        said: dict[str, Any] = {"cost": {"requested": self.cost, "budget": BUDGET}}
        if self.plan.redacted:
            said["redacted"] = self.plan.redacted
        return said


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was last known of somebody who asks.

    Attributes:
        standing: what the rights rest on.
        parameters: what every statement may ask of the viewer.
    """

    standing: str
    profile: Profile
    parameters: Mapping[str, Any]


class Reader:
    """Answers queries, and reads what mutations and subscriptions point at. `open` before use, `close` at the end."""

    def __init__(
        self,
        house: House,
        plans: Plans,
        *,
        pool_size: int,
        seconds: float = STATEMENT_SECONDS,
        tenant_connections: int = 0,
    ) -> None:
        self._house = house
        self._plans = plans
        self._pool_size = pool_size
        self._seconds = seconds
        self._shares: Shares[UUID] = Shares(tenant_connections, seconds=seconds)
        self._pool: Any = None
        self._viewers: Recent[tuple[UUID, UUID], _Seen] = Recent(MAX_VIEWERS)
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
            GraphQLError: the tenant's policy has not reached the version that is insisted on.
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
        given: Mapping[str, GivenValue],
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
        seen = await self._seen(identity)
        needed = Permission.PLATFORM_EXPLAIN
        rights = seen.profile.rights.get(needed)
        if rights is None or not rights.somewhere:
            raise Denied(f"This needs the permission {needed}, which you do not hold here.")
        plan = self._plans.query(operation, values, seen.profile)
        parameters = [plan.parameters(values, self._asked(seen))[name] for name in plan.names]
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
        seen = await self._seen(caller.identity)
        paid = 0  # reading again because rights have changed costs nothing again
        for _attempt in range(3):
            plan = planned(seen.profile)
            parameters = plan.parameters(values, {**self._asked(seen), **given})
            cost = plan.cost.requested(parameters)
            if cost > BUDGET:
                raise over_limit("cost", cost, BUDGET)
            caller.charge(max(0, cost - paid))
            paid = max(paid, cost)
            told, refused = await self._tell(plan, parameters, caller)
            data, missing, now = await self._run(plan, operation, parameters | told, caller)
            number = number_in(now)
            if number < caller.at_least:
                raise policy_behind(number, caller.at_least)
            if now == seen.standing:
                return Answer(data, plan, cost, missing, refused, number)
            seen = await self._remember(caller.identity, now)
        raise Unavailable("Your rights are changing at this moment; try again.")

    def _asked(self, seen: _Seen) -> dict[str, Any]:
        """What every statement may ask of the viewer, and the time."""
        return {**seen.parameters, "now": self._house.clock()}

    async def _tell(
        self, plan: Plan, parameters: Mapping[str, Any], caller: Caller
    ) -> tuple[dict[str, str], dict[str, AlmonerError]]:
        """What the verbs of a plan tell, by parameter, and why others refuse, by response key."""
        told: dict[str, str] = {}
        refused: dict[str, AlmonerError] = {}
        for telling in plan.tellings:
            arguments = {
                name: parameters[one] if isinstance(one, str) else one for name, one in telling.arguments.items()
            }
            try:
                with database_facts():
                    async with self._house.scope(caller.identity, "reading") as scope:
                        found = await telling.verb(scope, self._plans.catalog, **arguments)
            except (Conflict, Denied, Invalid, NotFound) as error:
                refused[telling.key] = error
            else:
                told[telling.parameter] = json.dumps([found])
        return told, refused

    async def _seen(self, identity: Identity) -> _Seen:
        """What was last known of who asks: somebody new is taken for somebody without roles, until an answer tells."""
        seen = self._viewers.get((identity.tenant_id, identity.subject_id))
        return seen or _seen_as(await self._house.viewer(identity, NO_STANDING), "")

    async def _remember(self, identity: Identity, standing: str) -> _Seen:
        seen = _seen_as(await self._house.viewer(identity, standing), standing)
        return self._viewers.put((identity.tenant_id, identity.subject_id), seen)

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
                known = await connection.fetchval(registered_sql(tenant="$1", subject="$2", digest="$3"), *key)
            if known is not None:
                self._texts.put(key, known)
        return known

    async def admit(self, operation: Operation, caller: Caller) -> int:
        """For what is not read by a plan, whose statement checks the same: the number of the tenant's policy version.

        Raises:
            GraphQLError: the caller may only send registered documents, and this is none; or the tenant's policy has
                not reached the version that is insisted on.
        """
        may_be_sent = may_be_sent_sql(**{name: f"${place}" for place, name in enumerate(_SENDS, 1)})
        statement = f"select {may_be_sent}, {version_sql(tenant='$1')}"
        guards = (caller.identity.tenant_id, caller.identity.subject_id, operation.digest, caller.by_id)
        async with self._transaction(caller.identity) as connection:
            may_be_sent, number = await connection.fetchrow(statement, *guards)
        if not may_be_sent:
            raise not_registered(by_id=caller.by_id)
        if number < caller.at_least:
            raise policy_behind(number, caller.at_least)
        return int(number)

    @asynccontextmanager
    async def _transaction(self, identity: Identity, *, generic: bool = False) -> AsyncIterator[Any]:
        """A reading transaction of a tenant: its settings travel with its beginning, in one message.

        Args:
            generic: PostgreSQL plans a statement once for all parameters. By itself it would plan each page anew, for
                it takes a page without a known size for a large one; that takes longer than reading it.
        """
        enter = enter_to_read(identity.tenant_id) + (_GENERIC if generic else "")
        with database_facts():
            async with self._shares.of(identity.tenant_id):
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


def _guarded(plan: Plan, kind: str) -> str:
    """The statement of a plan, with what must be known of the viewer to believe its answer."""
    given = {name: f"${place}" for place, name in enumerate(_GUARDS, len(plan.names) + 1)}

    def of(*names: str) -> dict[str, str]:
        return {name: given[name] for name in names}

    return _GUARD.format(
        data=plan.sql,
        standing=standing_sql(**of("tenant", "subject", "now")),
        is_active=active_sql(kind, **of("tenant", "subject", "session", "now")),
        may_be_sent=may_be_sent_sql(**of(*_SENDS)),
        missing="missing" if plan.wanted else "array[]::boolean[]",
    )


def _seen_as(viewer: Viewer, standing: str) -> _Seen:
    parameters = {**parameters_of(viewer), "kind": viewer.kind, "roles": sorted(viewer.roles)}
    return _Seen(standing, viewer.profile, parameters)


def _error(path: list[str | int], code: ErrorCode, message: str) -> GraphQLError:
    return GraphQLError(message, path=path, extensions={"code": code.value})


def _refusal(key: str, error: AlmonerError) -> GraphQLError:
    told = GraphQLError(str(error), path=[key], original_error=error)
    return present(told, executing=True, suggestions=False)


def not_registered(*, by_id: bool) -> GraphQLError:
    """The refusal of a document that is not registered for who sends it."""
    if by_id:
        message = "No document with this `documentId` is registered for you; it may have been withdrawn."
        return refusal(ErrorCode.UNKNOWN_DOCUMENT, message)
    message = "You may send registered documents only; have this one registered."
    return refusal(ErrorCode.REGISTERED_DOCUMENTS_ONLY, message)


def policy_behind(number: int, at_least: int) -> GraphQLError:
    """The refusal to answer by a policy that is older than the request insists on."""
    message = f"The policy is at version {number}, and the request insists on {at_least}: nothing was done."
    code = ErrorCode.POLICY_VERSION_NOT_REACHED.value
    return GraphQLError(message, extensions={"code": code, "policyVersion": number})


async def _nothing_to_reset(_connection: object) -> None:
    """What the pool does with a connection that comes back.

    Everything that a read sets is local to its transaction: nothing is left to reset, and no round trip is spent on it.
    """
