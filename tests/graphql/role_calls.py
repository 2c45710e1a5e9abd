"""Mutations and lists of roles and organizations over HTTP, as holders of roles. Not a test."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from tests.graphql.test_authorization_matrix import contents

from almoner.authorization.roles import assign_role
from almoner.core.ids import global_id

ADMIN, ACTUARY, AUDITOR, NOBODY, MACHINE = "program_administrator", "actuary", "auditor", "nobody", "integrator"
_ASSIGNMENT = """assignment { id subject role state kind reason validFrom validUntil assignedBy
    endedAt endedBy endReason organization { code } source { id } }"""
_INVITATION = "invitation { id email role state reason organization { code } takenUpAt assignment { role } }"
_EMERGENCY = """breakGlass { id subject reason openedAt untilAt reviewedAt reviewedBy justified finding
    assignment { role state } }"""
_ORGANIZATION = "organization { id kind code name closedAt closeReason }"
_ENUMS = {"kind"}


class Callers:
    """Sends as whoever holds a role of a tenant."""

    def __init__(self, ask: Any, tenant: Any) -> None:
        self.ask = ask
        self.tenant = tenant

    def subject(self, who: str) -> str:
        """The id of an account, as its `viewer` has it."""
        return global_id("Subject", self.tenant.identities[who].subject_id)

    def later(self, **time: float) -> str:
        """An instant so much later."""
        at: datetime = self.tenant.house.clock() + timedelta(**time)
        return at.isoformat()

    async def read(self, who: str, query: str, **variables: Any) -> Any:
        """The data of a query."""
        body = (await self.ask(query, variables or None, token=self.tenant.token(who))).json()
        assert "errors" not in body, body
        return body["data"]

    async def call(self, who: str, name: str, /, **arguments: Any) -> Any:
        """The payload of a mutation."""
        given = ", ".join(f"{key}: {value if key in _ENUMS else json.dumps(value)}" for key, value in arguments.items())
        query = f"mutation {{ {name}({given}) {{ {_selected(name)} problems {{ code message path }} }} }}"
        return (await self.read(who, query))[name]

    async def done(self, who: str, name: str, /, **arguments: Any) -> Any:
        """What a mutation has made or changed."""
        payload = await self.call(who, name, **arguments)
        assert payload.pop("problems") == [], payload
        ((_key, found),) = payload.items()
        return found

    async def refused(self, who: str, name: str, /, **arguments: Any) -> list[tuple[str, str]]:
        """Codes and paths of the problems of a mutation that must change nothing."""
        before = await contents(self.tenant)
        payload = await self.call(who, name, **arguments)
        problems = payload.pop("problems")
        assert list(payload.values()) == [None]
        assert await contents(self.tenant) == before
        assert all(problem["message"].endswith(".") for problem in problems)
        return [(problem["code"], ".".join(problem["path"])) for problem in problems]

    async def give(self, who: str, role: str, by: str = ADMIN, **more: Any) -> Any:
        """Give somebody a role."""
        return await self.done(by, "assignRole", subject=self.subject(who), role=role, reason="test", **more)

    async def appoint(self, who: str, role: str, **more: Any) -> str:
        """Give somebody a role as the operator does, who may appoint administrators; the assignment's id."""
        async with self.tenant.house.operator_scope(self.tenant.id, "test") as scope:
            subject = self.tenant.identities[who].subject_id
            row = await assign_role(scope, subject, role, reason="test", **more)
        return global_id("RoleAssignment", row.id)

    async def organization(self, code: str = "A0001", kind: str = "ACO") -> str:
        """The id of a new organization."""
        made = await self.done(ADMIN, "createOrganization", kind=kind, code=code, name=f"Party {code}")
        return str(made["id"])

    async def own(self, who: str) -> str:
        """The id of the first assignment that somebody has."""
        found = await self.read(who, "{ viewer { assignments(last: 1) { nodes { id } } } }")
        return str(found["viewer"]["assignments"]["nodes"][0]["id"])


def _selected(name: str) -> str:
    if "Organization" in name:
        return _ORGANIZATION
    if name in ("inviteToRole", "withdrawInvitation"):
        return _INVITATION
    return _EMERGENCY if "reakGlass" in name else _ASSIGNMENT
