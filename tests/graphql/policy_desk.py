"""Somebody who sends operations about the policy of a tenant, and what is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import text

from almoner.core.ids import global_id

POLICY = "policy_administrator"
SURROGATE = "\ud800"
PREVIEW = """mutation Preview($changes: [PolicyChangeInput!]!) {
    previewPolicyChange(changes: $changes) {
        preview { id base appliedVersion changes { nodes { op kind key item { __typename comment builtIn } } } }
        effects { subject permission gained lost }
        flips { subject permission organization assigned public barred allowed wouldBeAllowed times }
        problems { code message path }
    }
}"""
APPLY = """mutation Apply($preview: ID!, $reason: String!) {
    applyPolicyChange(preview: $preview, reason: $reason) {
        version { id number author reason restores changes { totalCount nodes { op kind key } } }
        problems { code message path }
    }
}"""
RESTORE = """mutation Restore($number: Int!, $reason: String!) {
    restorePolicyVersion(number: $number, reason: $reason) {
        version { number restores changes { nodes { op key } } }
        problems { code path }
    }
}"""
WHY = """query Why($subject: ID!, $permission: String!, $id: ID) {
    explainAccess(subject: $subject, permission: $permission, id: $id) {
        subject permission allowed seenAsOwn seenOtherwise policyVersion otherRoles
        because { role organization assignmentKind validUntil applies says
            grant { key role permission scope effect builtIn } }
        nearest { role says applies grant { scope } }
    }
}"""
CLERK = {"addRole": {"name": "rate_clerk", "heldAt": "TENANT", "comment": "reads rates and the journal"}}
READS = {
    "addGrant": {"role": "rate_clerk", "permission": "rate_development:view", "scope": "ANY", "comment": "reads rates"}
}
NO_JOURNAL = {
    "addGrant": {
        "role": "auditor",
        "permission": "journal_entry:view",
        "scope": "ANY",
        "effect": "DENY",
        "comment": "for a while",
    }
}
NO_JOURNAL_KEY = "grant auditor journal_entry view any deny"


def granting(**changed: str) -> dict[str, Any]:
    grant = {"role": "auditor", "permission": "job:retry", "scope": "ANY", "comment": "x"}
    return {"addGrant": grant | changed}


def naming(**changed: Any) -> dict[str, Any]:
    return {"addRole": {"name": "clerk", "heldAt": "TENANT", "comment": "x"} | changed}


@dataclass
class Desk:
    """Somebody who sends operations about the policy of a tenant, having just stepped up."""

    client: httpx.AsyncClient
    tenant: Any
    role: str = POLICY
    factors: tuple[str, ...] = ("pwd", "otp")

    async def whole(self, document: str, **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tenant.token(self.role, *self.factors)}"}
        headers["Content-Type"] = "application/json"
        body = json.dumps({"query": document, "variables": variables})  # which escapes what is no UTF-8
        return (await self.client.post("/graphql", content=body, headers=headers)).json()

    async def send(self, document: str, **variables: Any) -> Any:
        """What the only root answers."""
        found = await self.whole(document, **variables)
        assert "errors" not in found, found
        (value,) = found["data"].values()
        return value

    async def change(self, *changes: Any, reason: str = "because") -> Any:
        found = await self.send(PREVIEW, changes=list(changes))
        assert found["problems"] == []
        return await self.send(APPLY, preview=found["preview"]["id"], reason=reason)


async def policy_tables(tenant: Any, *, previews: bool = True) -> list[str]:
    """All that is stored of a tenant's policy."""
    names = ("policy_version", "policy_item", "journal_entry", *(["policy_preview"] if previews else []))
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        query = "select count(*) || coalesce(md5(string_agg(t::text, '' order by t.id)), '') from almoner.{} t"
        return [str((await session.execute(text(query.format(name)))).scalar_one()) for name in names]


def codes(payload: Any) -> list[str]:
    return [problem["code"] for problem in payload["problems"]]


def subject_of(tenant, role):
    return global_id("Subject", tenant.identities[role].subject_id)
