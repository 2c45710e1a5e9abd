"""Running plans: one statement for each, whose JSON goes out as it comes.

The same statement tells what the viewer's rights rest on now (its standing) and whether the account is still active.
The plan was made for a standing that was seen before; if it has changed meanwhile, what was read is thrown away and
planned anew. So a role or a grant that was taken away is gone for the very next request, without a round trip of its
own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from graphql import GraphQLNamedType
from graphql.execution.values import VariableValues

from almoner.authorization.permissions import Permission
from almoner.authorization.standing import (
    NO_STANDING,
    number_in,
    public_standing_sql,
    standing_sql,
    version_sql,
)
from almoner.authorization.symbolic import parameters_of
from almoner.core.database import entrance_sql
from almoner.core.errors import REFUSALS, AlmonerError, Denied, Unauthenticated, Unavailable
from almoner.core.recent import Recent
from almoner.core.viewer import Profile, Viewer
from almoner.identity.standing import active_sql
from almoner.identity.tokens import PUBLIC, Identity
from almoner.operations.rules import may_be_sent_sql, registered_sql
from almoner.wiring import House
from almoner_graphql.documents import Operation
from almoner_graphql.errors import database_facts
from almoner_graphql.limits import over_limit
from almoner_graphql.planner.answer import Answer, not_registered, policy_behind
from almoner_graphql.planner.build import Details
from almoner_graphql.planner.connections import Connections
from almoner_graphql.planner.cost import BUDGET
from almoner_graphql.planner.plan import Plan, Plans
from almoner_graphql.planner.sources import GivenValue

MAX_VIEWERS = 10_000
MAX_REGISTERED_CHARACTERS = 1_000_000

_GUARD = """
select found.json,
    {standing},
    {is_active},
    {may_be_sent},
    found.missing,
    found.entered
from {entrance}
cross join lateral (select json::json, {missing} as missing, entrance.entered from ({data}) data offset 0) found
"""
_GUARDS = ("tenant", "subject", "session", "now", "digest", "by_id")
#: The public has no account and no session that could end, and its one role always.
_PUBLIC_GUARDS = ("tenant", "subject", "digest", "by_id")
_SENDS = ("tenant", "subject", "digest", "by_id")
_ENTRANCE = entrance_sql(tenant="$1")
_REGISTERED = f"""
select ({registered_sql(tenant="$1", subject="$2", digest="$3")}), entered from {_ENTRANCE}
"""  # noqa: S608  (our own text)
_ADMITTED = f"""
select {may_be_sent_sql(tenant="$1", subject="$2", digest="$3", by_id="$4")}, {version_sql(tenant="$1")}, entered
from {_ENTRANCE}
"""  # noqa: S608  (our own text)
#: Makes the plan for a profile.
Planned = Callable[[Profile], Plan]


def for_nothing(_objects: int) -> None:
    """Who reads in here pays nothing."""


class Caller(NamedTuple):
    """Who asks, and how.

    Attributes:
        identity: who is signed in, or the public of a tenant.
        by_id: the document was named by the id that it is registered under; it must still be registered.
        checked: it was found before that the document may be sent, and so a mutation that has been done is answered.
        charge: is told how many objects are asked for, before they are read.
        at_least: the version of the tenant's policy that is insisted on.
        standing: what the rights of who asks rested on a moment ago, if that was read.
    """

    identity: Identity
    by_id: bool = False
    checked: bool = False
    charge: Callable[[int], None] = for_nothing
    at_least: int = 0
    standing: str = ""

    def insist(self, *, may_be_sent: bool, number: int) -> None:
        """Let an operation begin.

        Raises:
            GraphQLError: the caller may only send registered documents, and this is none; or the tenant's policy has
                not reached the version that is insisted on.
        """
        if not may_be_sent:
            raise not_registered(by_id=self.by_id)
        if number < self.at_least:
            raise policy_behind(number, self.at_least)


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
    """Answers queries, and reads what mutations and subscriptions point at."""

    def __init__(self, house: House, plans: Plans, connections: Connections) -> None:
        self._house = house
        self._plans = plans
        self._connections = connections
        self._viewers: Recent[tuple[UUID, UUID], _Seen] = Recent(MAX_VIEWERS)
        self._texts: Recent[tuple[UUID, UUID, str], str] = Recent(MAX_REGISTERED_CHARACTERS, weigh=len)

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
        seen = await self._seen(caller)
        needed = Permission.PLATFORM_EXPLAIN
        rights = seen.profile.rights.get(needed)
        if rights is None or not rights.somewhere:
            raise Denied(f"This needs the permission {needed}, which you do not hold here.")
        plan = self._plans.query(operation, values, seen.profile)
        parameters = [plan.parameters(values, self._asked(seen))[name] for name in plan.names]
        found = await self._connections.explained(identity.tenant_id, plan.sql, *parameters, anew=plan.filtered)
        return {"statement": plan.sql, "plan": json.loads(found)}

    async def _read(
        self,
        planned: Planned,
        operation: Operation,
        values: VariableValues,
        given: Mapping[str, Any],
        caller: Caller,
    ) -> Answer:
        seen = await self._seen(caller)
        paid = 0  # reading again because rights have changed costs nothing again
        for _attempt in range(3):
            plan = planned(seen.profile)
            parameters = plan.parameters(values, {**self._asked(seen), **given})
            cost = plan.cost.requested(parameters)
            if cost > BUDGET:
                raise over_limit("cost", cost, BUDGET)
            caller.charge(max(0, cost - paid))
            paid = max(paid, cost)
            refused: dict[str, AlmonerError] = {}
            if plan.tellings:
                told, refused = await self._tell(plan, parameters, caller)
                parameters |= told
            data, missing, now = await self._run(plan, operation, parameters, caller)
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
        """What the verbs of a plan tell, by parameter, and why others refuse, by response key: one transaction."""
        told: dict[str, str] = {}
        refused: dict[str, AlmonerError] = {}
        with database_facts():
            async with self._house.reading_scope(caller.identity, "reading") as scope:
                for telling in plan.tellings:
                    arguments = {
                        name: parameters[one] if isinstance(one, str) else one
                        for name, one in telling.arguments.items()
                    }
                    try:
                        found = await telling.verb(scope, self._plans.catalog, **arguments)
                    except REFUSALS as error:
                        refused[telling.key] = error
                    else:
                        told[telling.parameter] = json.dumps([found])
        return told, refused

    async def _seen(self, caller: Caller) -> _Seen:
        """What was last known of who asks: somebody new is taken for somebody without roles, until an answer tells."""
        identity = caller.identity
        seen = self._viewers.get((identity.tenant_id, identity.subject_id))
        if caller.standing and (seen is None or seen.standing != caller.standing):
            return await self._remember(identity, caller.standing)
        return seen or _seen_as(await self._house.viewer(identity, NO_STANDING), "")

    async def _remember(self, identity: Identity, standing: str) -> _Seen:
        seen = _seen_as(await self._house.viewer(identity, standing), standing)
        return self._viewers.put((identity.tenant_id, identity.subject_id), seen)

    async def _run(
        self, plan: Plan, operation: Operation, parameters: dict[str, Any], caller: Caller
    ) -> tuple[bytes | None, tuple[str, ...], str]:
        identity = caller.identity
        guarded = plan.guarded.get(identity.kind)
        if guarded is None:
            guarded = plan.guarded[identity.kind] = _guarded(plan, identity.kind)
        statement, names = guarded
        parameters["session"] = identity.session_id
        parameters["digest"] = operation.digest
        parameters["by_id"] = caller.by_id
        row = await self._row(identity, statement, [parameters[name] for name in names], anew=plan.filtered)
        data, standing, is_active, may_be_sent, missing_ones, _ = row
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
            known = (await self._row(caller.identity, _REGISTERED, key))[0]
            if known is not None:
                self._texts.put(key, known)
        return known

    async def admit(self, operation: Operation, caller: Caller) -> int:
        """For what has neither a plan nor a scope, which ask the same: the number of the tenant's policy version.

        Raises:
            GraphQLError: see `Caller.insist`.
        """
        guards = (caller.identity.tenant_id, caller.identity.subject_id, operation.digest, caller.by_id)
        may_be_sent, number, _ = await self._row(caller.identity, _ADMITTED, guards)
        caller.insist(may_be_sent=may_be_sent, number=number)
        return int(number)

    async def _row(
        self, identity: Identity, statement: str, parameters: Sequence[object], *, anew: bool = False
    ) -> Any:
        """The one row that a statement has for who asks."""
        return await self._connections.row(
            identity.tenant_id, statement, *parameters, public=identity.is_public, anew=anew
        )


def _guarded(plan: Plan, kind: str) -> tuple[str, tuple[str, ...]]:
    """The statement of a plan, with what must be known of the viewer to believe its answer; and its parameters."""
    names = tuple(dict.fromkeys((*plan.names, *(_PUBLIC_GUARDS if kind == PUBLIC else _GUARDS))))
    given = {name: f"${place}" for place, name in enumerate(names, 1)}

    def of(*names: str) -> dict[str, str]:
        return {name: given[name] for name in names}

    if kind == PUBLIC:
        standing, is_active = public_standing_sql(**of("tenant")), "true"
    else:
        standing = standing_sql(**of("tenant", "subject", "now"))
        is_active = active_sql(kind, **of("tenant", "subject", "session", "now"))
    statement = _GUARD.format(
        entrance=entrance_sql(tenant=given["tenant"]),
        data=plan.sql,
        standing=standing,
        is_active=is_active,
        may_be_sent=may_be_sent_sql(**of(*_SENDS)),
        missing="missing" if plan.wanted else "array[]::boolean[]",
    )
    return statement, names


def _seen_as(viewer: Viewer, standing: str) -> _Seen:
    parameters = {**parameters_of(viewer), "kind": viewer.kind, "roles": sorted(viewer.roles)}
    return _Seen(standing, viewer.profile, parameters)
