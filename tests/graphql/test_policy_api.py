"""The administrators' API of the policy: see it, try a change, make it, go back, and ask why."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from almoner.authorization import permissions
from almoner.authorization.built_in import built_in
from almoner.authorization.change import preview_policy_change
from almoner.authorization.document import HELD_AT, KINDS, Change, Role
from almoner.authorization.roles import assign_role
from almoner.authorization.scopes import SCOPES
from almoner.core.ids import global_id, new_id
from almoner.identity.tables import Account
from almoner_graphql.authorization import policy_enums
from almoner_graphql.authorization.policy_inputs import MAX_CHANGES, key_of

pytestmark = pytest.mark.anyio

POLICY = "policy_administrator"
SURROGATE = "\ud800"
PREVIEW = """mutation Preview($changes: [PolicyChangeInput!]!) {
    previewPolicyChange(changes: $changes) {
        preview { id base appliedVersion changes { nodes { op kind key item { __typename comment builtIn } } } }
        effects { subject permission gained lost }
        flips { subject permission organization assigned public allowed wouldBeAllowed times }
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
        subject permission allowed policyVersion otherRoles
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


@pytest.fixture
def desk(client, tenant) -> Desk:
    return Desk(client, tenant)


async def policy_tables(tenant: Any, *, previews: bool = True) -> list[str]:
    """All that is stored of a tenant's policy."""
    names = ("policy_version", "policy_item", "journal_entry", *(["policy_preview"] if previews else []))
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        query = "select count(*) || coalesce(md5(string_agg(t::text, '' order by t.id)), '') from almoner.{} t"
        return [str((await session.execute(text(query.format(name)))).scalar_one()) for name in names]


def codes(payload: Any) -> list[str]:
    return [problem["code"] for problem in payload["problems"]]


# --- see -----------------------------------------------------------------------------------------------------------


def test_the_enums_of_the_schema_are_those_of_the_domain():
    assert {kind.value for kind in policy_enums.PolicyItemKind} == set(KINDS)
    assert {scope.value for scope in policy_enums.PolicyScope} == set(SCOPES)
    assert tuple(place.value for place in policy_enums.RoleHeldAt) == HELD_AT


async def test_the_policy_is_what_ships_and_the_agencys_own(desk):
    await desk.change(CLERK, READS)
    seen = await desk.send("""{ policy { version
        roles(first: 100) { totalCount nodes { key name heldAt includes emergency builtIn comment
            grants(first: 100) { nodes { key } } } }
        grants(last: 100) { totalCount nodes { key permission scope effect builtIn } }
        separations { key role other comment builtIn }
        assertions { key roles permission row allowed always builtIn } } }""")
    shipped = built_in().document
    assert seen["version"] == 1
    roles = {role["name"]: role for role in seen["roles"]["nodes"]}
    assert set(roles) == {*shipped.roles, "rate_clerk"}
    assert roles["aco_executive"]["includes"] == ["aco_signer"]
    assert (roles["aco_executive"]["heldAt"], roles["aco_executive"]["builtIn"]) == ("ACO", True)
    assert roles["auditor"]["emergency"]
    assert not roles["rate_clerk"]["builtIn"]
    assert roles["rate_clerk"]["grants"]["nodes"] == [{"key": "grant rate_clerk rate_development view any allow"}]
    assert sorted(grant["key"] for grant in roles["auditor"]["grants"]["nodes"]) == sorted(
        key_of(grant) for grant in shipped.grants if grant.role == "auditor"
    )
    assert seen["grants"]["totalCount"] == len(shipped.grants) + 1
    assert [item["key"] for item in seen["separations"]] == sorted(key_of(item) for item in shipped.separations)
    assert [item["key"] for item in seen["assertions"]] == sorted(key_of(item) for item in shipped.assertions)
    own = next(
        item for item in seen["assertions"] if item["key"] == "assertion aco_executive role_assignment:create own"
    )
    assert (own["row"], own["allowed"], own["always"]) == (["OWN"], True, False)


async def test_every_permission_is_listed_with_what_it_allows(desk):
    seen = await desk.send("{ policy { permissions { name resource field action description scopes } } }")
    found = {item["name"]: item for item in seen["permissions"]}
    assert list(found) == sorted(permissions.Permission)
    assert found["job.failure_detail:view"] == {
        "name": "job.failure_detail:view",
        "resource": "job",
        "field": "failure_detail",
        "action": "view",
        "description": "Read the technical detail of a job's failure.",
        "scopes": ["ANY", "ASSIGNED"],
    }
    assert found["rate_development:view"]["scopes"] == ["ANY", "ASSIGNED", "PUBLIC"]
    assert found["session:revoke"]["scopes"] == ["ANY", "ASSIGNED"]
    assert found["policy:view"]["scopes"] == ["ANY"]


async def test_grants_are_paged_and_found_by_role(desk):
    await desk.change(NO_JOURNAL)
    page = """query ($after: String) { policy {
        grants(first: 40, after: $after) { nodes { key } pageInfo { endCursor hasNextPage } }
    } }"""
    found, after = [], None
    while True:
        grants = (await desk.send(page, after=after))["grants"]
        found += [grant["key"] for grant in grants["nodes"]]
        if not grants["pageInfo"]["hasNextPage"]:
            break
        after = grants["pageInfo"]["endCursor"]
    assert found == sorted({*map(key_of, built_in().document.grants), NO_JOURNAL_KEY})
    asked = """{ policy {
        grants(filter: {role: {eq: "auditor"}, resource: {eq: "journal_entry"}}) { nodes { key builtIn } }
    } }"""
    assert (await desk.send(asked))["grants"]["nodes"] == [
        {"key": "grant auditor journal_entry view any allow", "builtIn": True},
        {"key": NO_JOURNAL_KEY, "builtIn": False},
    ]


async def test_versions_tell_what_changed_and_can_be_compared(desk):
    await desk.change(CLERK, READS, reason="clerks")
    await desk.change({"remove": "grant rate_clerk rate_development view any allow"}, NO_JOURNAL)
    seen = await desk.send("{ policyVersions { totalCount nodes { number author reason restores } } }")
    author = global_id("Subject", desk.tenant.identities[POLICY].subject_id)
    assert seen["totalCount"] == 2
    assert seen["nodes"][1] == {"number": 1, "author": author, "reason": "clerks", "restores": None}
    one = await desk.send("{ policyVersion(number: 1) { id changes { nodes { op kind key item { __typename } } } } }")
    assert one["changes"]["nodes"] == [
        {"op": "ADD", "kind": "ROLE", "key": "role rate_clerk", "item": {"__typename": "PolicyRole"}},
        {
            "op": "ADD",
            "kind": "GRANT",
            "key": "grant rate_clerk rate_development view any allow",
            "item": {"__typename": "PolicyGrant"},
        },
    ]
    again = await desk.send("query ($id: ID!) { node(id: $id) { ... on PolicyVersion { number } } }", id=one["id"])
    assert again == {"number": 1}
    compared = (
        "query ($b: Int!, $a: Int!) { policyDifference(beforeVersion: $b, afterVersion: $a) { nodes { op key } } }"
    )
    back = (await desk.send(compared, b=2, a=1))["nodes"]
    assert back == [
        {"op": "REMOVE", "key": NO_JOURNAL_KEY},
        {"op": "ADD", "key": "grant rate_clerk rate_development view any allow"},
    ]
    assert (await desk.send(compared, b=1, a=1))["nodes"] == []
    then = await desk.send('{ policy(version: 1) { grants(filter: {role: {eq: "rate_clerk"}}) { totalCount } } }')
    assert then["grants"]["totalCount"] == 1


@pytest.mark.parametrize(
    "document",
    [
        "{ policy(version: 1) { version } }",
        "{ policy(version: -1) { version } }",
        "{ policyVersion(number: 0) { number } }",
        "{ policyDifference(beforeVersion: 0, afterVersion: 1) { totalCount } }",
    ],
)
async def test_a_version_that_is_not_there_is_not_found(desk, document):
    found = await desk.whole(document)
    assert [error["extensions"]["code"] for error in found["errors"]] == ["NOT_FOUND"]


# --- try, change, go back ------------------------------------------------------------------------------------------


async def test_a_preview_says_who_loses_what_and_which_decisions_would_flip(desk, tenant, client):
    auditor = Desk(client, tenant, "auditor")

    async def look(scope):
        account = await scope.find(Account, tenant.identities["auditor"].subject_id)
        return scope.allows("journal_entry:view", account)

    assert await tenant.do("auditor", look)
    before = await policy_tables(tenant, previews=False)
    found = await desk.send(PREVIEW, changes=[NO_JOURNAL])
    subject = global_id("Subject", tenant.identities["auditor"].subject_id)
    assert found["effects"] == [{"subject": subject, "permission": "journal_entry:view", "gained": [], "lost": ["ANY"]}]
    (flip,) = found["flips"]
    assert flip == {
        "subject": subject,
        "permission": "journal_entry:view",
        "organization": None,
        "assigned": False,
        "public": False,
        "allowed": True,
        "wouldBeAllowed": False,
        "times": 1,
    }
    assert found["preview"]["base"] == 0
    assert found["preview"]["changes"]["nodes"] == [
        {
            "op": "ADD",
            "kind": "GRANT",
            "key": NO_JOURNAL_KEY,
            "item": {"__typename": "PolicyGrant", "comment": "for a while", "builtIn": False},
        }
    ]
    assert await policy_tables(tenant, previews=False) == before
    assert (await auditor.send("{ journal { totalCount } }"))["totalCount"] > 0


async def test_a_grant_that_is_taken_away_is_gone_for_the_next_request(desk, tenant, client):
    auditor = Desk(client, tenant, "auditor")
    journal = "{ journal { totalCount } }"
    assert (await auditor.send(journal))["totalCount"] > 0
    made = await desk.change(NO_JOURNAL)
    assert made["version"]["number"] == 1
    refused = await auditor.whole(journal)
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["DENIED"]
    found = await desk.send(PREVIEW, changes=[{"remove": NO_JOURNAL_KEY}])
    assert [effect["gained"] for effect in found["effects"]] == [["ANY"]]
    made = await desk.send(APPLY, preview=found["preview"]["id"], reason="enough")
    assert made["version"]["number"] == 2
    assert (await auditor.send(journal))["totalCount"] > 0


async def test_any_version_can_be_restored(desk):
    await desk.change(CLERK, READS)
    found = await desk.send(RESTORE, number=0, reason="none at all")
    assert (found["version"]["number"], found["version"]["restores"]) == (2, 0)
    assert [change["op"] for change in found["version"]["changes"]["nodes"]] == ["REMOVE", "REMOVE"]
    found = await desk.send(RESTORE, number=1, reason="it was better")
    assert (found["version"]["number"], found["version"]["restores"]) == (3, 1)


async def test_who_has_nothing_but_a_token_changes_nothing(desk, tenant, client):
    found = await desk.send(PREVIEW, changes=[NO_JOURNAL])
    await desk.change(CLERK)
    before = await policy_tables(tenant)
    for factors in ((), ("pwd",), ("swk",)):
        weak = Desk(client, tenant, factors=factors)
        refused = await weak.send(APPLY, preview=found["preview"]["id"], reason="r")
        assert (refused["version"], codes(refused)) == (None, ["STEP_UP_REQUIRED"])
        assert codes(await weak.send(RESTORE, number=0, reason="r")) == ["STEP_UP_REQUIRED"]
    assert await policy_tables(tenant) == before


async def test_who_may_not_change_the_policy_is_told_so_before_anything_else(desk, tenant, client):
    found = await desk.send(PREVIEW, changes=[NO_JOURNAL])
    before = await policy_tables(tenant)
    for role in ("auditor", "program_administrator", "integrator", "nobody"):
        other = Desk(client, tenant, role, ())
        assert codes(await other.send(PREVIEW, changes=[NO_JOURNAL])) == ["DENIED"]
        assert codes(await other.send(APPLY, preview=found["preview"]["id"], reason="r")) == ["DENIED"]
        assert codes(await other.send(RESTORE, number=0, reason="r")) == ["DENIED"]
    assert await policy_tables(tenant) == before


SEPARATION = {"role": "dua_requestor", "other": "dua_requestor", "comment": "x"}
ASSERTION = {"roles": ["auditor"], "permission": "job:view", "allowed": False, "comment": "x"}
BOTH = {"heldAt": "ACO", "includes": ["dua_requestor", "dua_custodian"]}
BAD = [
    ([granting(permission="rate_development:bless")], "UNKNOWN_PERMISSION", "addGrant permission"),
    ([granting(permission="moon:view")], "UNKNOWN_PERMISSION", "addGrant permission"),
    ([granting(permission="view")], "UNKNOWN_PERMISSION", "addGrant permission"),
    ([granting(permission="job:view, any, allow")], "UNKNOWN_PERMISSION", "addGrant permission"),
    ([granting(role="emperor")], "UNKNOWN_ROLE", "addGrant role"),
    ([granting(role='eve, data9, "write"')], "UNKNOWN_ROLE", "addGrant role"),
    ([granting(role="worker")], "ROLE_IS_THE_PLATFORMS", "addGrant role"),
    ([granting(scope="OWN")], "SCOPE_NEEDS_ORGANIZATION", "addGrant scope"),
    ([granting(comment=" ")], "REASON_MISSING", "addGrant comment"),
    ([granting(comment="\0")], "TEXT_HAS_NUL", "addGrant comment"),
    ([granting(comment=SURROGATE)], "TEXT_NOT_UNICODE", "addGrant comment"),
    ([granting(comment="x" * 100_000)], "TEXT_TOO_LONG", "addGrant comment"),
    ([granting(role="x" * 100_000)], "TEXT_TOO_LONG", "addGrant role"),
    ([granting(role=SURROGATE)], "TEXT_NOT_UNICODE", "addGrant role"),
    ([granting(permission="job:\0")], "TEXT_HAS_NUL", "addGrant permission"),
    ([granting(role="auditor", permission="rate_development:certify")], "ASSERTION_BROKEN", ""),
    ([naming(name="auditor")], "ROLE_IS_BUILT_IN", "addRole name"),
    ([naming(name='Bad, "name"')], "BAD_ROLE_NAME", "addRole name"),
    ([naming(name="clerk\0")], "TEXT_HAS_NUL", "addRole name"),
    ([naming(heldAt="PLATFORM")], "UNKNOWN_PLACE", "addRole heldAt"),
    ([naming(heldAt="ACO", includes=["auditor"])], "ROLE_PLACE_DIFFERS", "addRole includes"),
    ([naming(includes=["moon"])], "UNKNOWN_ROLE", "addRole includes"),
    ([naming(includes=["clerk"])], "ROLE_CYCLE", "addRole includes"),
    ([naming(includes=["auditor"] * 101)], "TOO_MANY_ROLES", "addRole includes"),
    ([naming(**BOTH)], "ROLES_SEPARATED", "addRole includes"),
    ([{"addSeparation": SEPARATION}], "SEPARATION_OF_ONE", "addSeparation"),
    ([{"addAssertion": ASSERTION}], "ASSERTION_BROKEN", "addAssertion"),
    ([{"addAssertion": ASSERTION | {"permission": "moon:view"}}], "UNKNOWN_PERMISSION", "addAssertion permission"),
    ([{"addAssertion": ASSERTION | {"roles": ["moon"]}}], "UNKNOWN_ROLE", "addAssertion roles"),
    ([{"remove": "role rate_clerk"}], "NOT_THERE", "remove"),
    ([{"remove": "grant auditor journal_entry view any allow"}], "NOT_THERE", "remove"),
    ([{"remove": SURROGATE}], "NOT_THERE", "remove"),
]


@pytest.mark.parametrize(("changes", "code", "place"), BAD, ids=[f"{code} {place}" for _, code, place in BAD])
async def test_a_bad_change_is_refused_at_its_place_and_changes_nothing(desk, tenant, changes, code, place):
    before = await policy_tables(tenant)
    found = await desk.send(PREVIEW, changes=[naming(name="before_it"), *changes])
    assert found["preview"] is None
    assert (found["effects"], found["flips"]) == ([], [])
    (problem,) = found["problems"]
    path = ["changes", "1", *place.split()] if place else ["changes"]
    assert (problem["code"], problem["path"]) == (code, path)
    assert len(problem["message"]) < 500
    assert await policy_tables(tenant) == before


async def test_roles_that_include_each_other_are_refused(desk, tenant):
    before = await policy_tables(tenant)
    ring = [naming(name=f"r{place}", includes=[f"r{(place + 1) % 3}"]) for place in range(3)]
    found = await desk.send(PREVIEW, changes=ring)
    assert codes(found) == ["ROLE_CYCLE"] * 3
    # Layers of which each includes all of the next: a hundred million ways from the first to the last.
    layers = [
        naming(name=f"r{layer}x{one}", includes=[f"r{layer + 1}x{other}" for other in range(10)] if layer < 8 else [])
        for layer in range(9)
        for one in range(10)
    ]
    assert set(codes(await desk.send(PREVIEW, changes=layers))) == {"ROLE_TOO_DEEP"}
    chain = [naming(name=f"c{place}", includes=[f"c{place + 1}"] if place < 999 else []) for place in range(1_000)]
    assert set(codes(await desk.send(PREVIEW, changes=chain))) == {"ROLE_TOO_DEEP"}
    assert await policy_tables(tenant) == before


async def test_too_many_changes_and_none_are_refused(desk, tenant):
    before = await policy_tables(tenant)
    assert codes(await desk.send(PREVIEW, changes=[])) == ["LIST_EMPTY"]
    many = [{"remove": "x"}] * (MAX_CHANGES + 1)
    found = await desk.send(PREVIEW, changes=many)
    assert [(problem["code"], problem["path"]) for problem in found["problems"]] == [("TOO_MANY_CHANGES", ["changes"])]
    assert await policy_tables(tenant) == before


@pytest.mark.parametrize("change", [{}, {"remove": None}, {"remove": "x", **CLERK}, granting(scope="GALAXY")])
async def test_what_is_not_exactly_one_change_does_not_fit(desk, tenant, change):
    before = await policy_tables(tenant)
    found = await desk.whole(PREVIEW, changes=[change])
    assert [error["extensions"]["code"] for error in found["errors"]] == ["BAD_VARIABLES"]
    assert await policy_tables(tenant) == before


async def test_a_change_of_nothing_is_refused(desk, tenant):
    await desk.change(CLERK)
    before = await policy_tables(tenant)
    assert codes(await desk.send(PREVIEW, changes=[CLERK])) == ["NOTHING_CHANGES"]
    assert codes(await desk.send(PREVIEW, changes=[NO_JOURNAL, {"remove": NO_JOURNAL_KEY}])) == ["NOTHING_CHANGES"]
    assert codes(await desk.send(RESTORE, number=1, reason="x")) == ["NOTHING_CHANGES"]
    assert await policy_tables(tenant) == before


async def test_a_preview_is_applied_once_and_only_as_long_as_the_policy_has_not_moved(desk, tenant):
    stale, applied = [(await desk.send(PREVIEW, changes=[one]))["preview"]["id"] for one in (CLERK, NO_JOURNAL)]
    assert (await desk.send(APPLY, preview=applied, reason="first"))["version"]["number"] == 1
    before = await policy_tables(tenant)
    for preview, code in ((stale, "PREVIEW_OUT_OF_DATE"), (applied, "PREVIEW_APPLIED")):
        found = await desk.send(APPLY, preview=preview, reason="second")
        assert (found["version"], codes(found)) == (None, [code])
    assert await policy_tables(tenant) == before


async def test_a_preview_of_another_tenant_is_not_found(desk, tenant, other_tenant):
    item = Role("rate_clerk", "tenant", "x")
    theirs = await other_tenant.do(POLICY, preview_policy_change, [Change("add", item)])
    before = [await policy_tables(one) for one in (tenant, other_tenant)]
    found = await desk.send(APPLY, preview=global_id("PolicyPreview", theirs.id), reason="r")
    nothing = await desk.send(APPLY, preview=global_id("PolicyPreview", new_id()), reason="r")
    assert found == nothing
    assert codes(found) == ["NOT_FOUND"]
    assert [await policy_tables(one) for one in (tenant, other_tenant)] == before


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "REASON_MISSING"),
        (" \n", "REASON_MISSING"),
        ("\0x", "TEXT_HAS_NUL"),
        (SURROGATE, "TEXT_NOT_UNICODE"),
        ("x" * 100_000, "TEXT_TOO_LONG"),
    ],
)
async def test_a_change_without_a_reason_that_can_be_kept_is_refused(desk, tenant, reason, code):
    preview = (await desk.send(PREVIEW, changes=[CLERK]))["preview"]["id"]
    before = await policy_tables(tenant)
    for found in (
        await desk.send(APPLY, preview=preview, reason=reason),
        await desk.send(RESTORE, number=0, reason=reason),
    ):
        assert [(problem["code"], problem["path"]) for problem in found["problems"]] == [(code, ["reason"])]
    assert await policy_tables(tenant) == before


@pytest.mark.parametrize("number", [-1, 1, 2**31 - 1])
async def test_a_version_that_is_not_there_is_not_restored(desk, tenant, number):
    before = await policy_tables(tenant)
    assert codes(await desk.send(RESTORE, number=number, reason="r")) == ["NOT_FOUND"]
    assert await policy_tables(tenant) == before


async def test_the_last_administrator_is_not_locked_out(desk, tenant):
    await desk.change(CLERK, READS)
    subject = tenant.identities[POLICY].subject_id
    await tenant.do("program_administrator", assign_role, subject, "rate_clerk", reason="x")
    before = await policy_tables(tenant)
    found = await desk.send(PREVIEW, changes=[granting(role="rate_clerk", permission="policy:change", effect="DENY")])
    assert (found["preview"], codes(found)) == (None, ["LAST_ADMINISTRATOR"])
    assert await policy_tables(tenant) == before


async def test_a_separation_that_somebody_would_break_is_refused_and_so_is_a_role_in_use(desk, tenant):
    await desk.change(CLERK, READS)
    subject = tenant.identities["actuary"].subject_id
    await tenant.do(POLICY, assign_role, subject, "rate_clerk", reason="x")
    before = await policy_tables(tenant)
    apart = {"role": "rate_clerk", "other": "actuary", "comment": "whoever certifies does not look"}
    assert codes(await desk.send(PREVIEW, changes=[{"addSeparation": apart}])) == ["ROLES_SEPARATED"]
    gone = [{"remove": "role rate_clerk"}, {"remove": "grant rate_clerk rate_development view any allow"}]
    found = await desk.send(PREVIEW, changes=gone)
    assert [(problem["code"], problem["path"]) for problem in found["problems"]] == [
        ("ROLE_IN_USE", ["changes", "0", "remove"])
    ]
    assert codes(await desk.send(RESTORE, number=0, reason="r")) == ["ROLE_IN_USE"]
    assert await policy_tables(tenant) == before


async def test_texts_are_kept_as_they_are(desk):
    comment = 'commas, "quotes", \\ and \U0001d518\u2028'
    await desk.change(granting(comment=comment))
    seen = await desk.send('{ policy { grants(filter: {role: {eq: "auditor"}}) { nodes { comment builtIn } } } }')
    assert [item["comment"] for item in seen["grants"]["nodes"] if not item["builtIn"]] == [comment]


# --- why -----------------------------------------------------------------------------------------------------------


def subject_of(tenant, role):
    return global_id("Subject", tenant.identities[role].subject_id)


async def test_an_answer_names_role_grant_scope_and_the_facts_of_the_row(tenant, client, file):
    filed = await file(tenant, role="integrator")
    asked = {"subject": subject_of(tenant, "integrator"), "permission": "rate_development:view", "id": filed.id}
    found = await Desk(client, tenant, "auditor").send(WHY, **asked)
    (ground,) = found["because"]
    assert found["allowed"]
    assert found["policyVersion"] == f"{built_in().digest}+0"
    assert ground == {
        "role": "integrator",
        "organization": None,
        "assignmentKind": "GIVEN",
        "validUntil": None,
        "applies": True,
        "says": "the row names the subject",
        "grant": {
            "key": "grant integrator rate_development view assigned allow",
            "role": "integrator",
            "permission": "rate_development:view",
            "scope": "ASSIGNED",
            "effect": "ALLOW",
            "builtIn": True,
        },
    }


async def test_a_refusal_names_the_nearest_grants_and_what_each_lacks(tenant, client, file):
    filed = await file(tenant, role="actuary")
    asked = {"subject": subject_of(tenant, "integrator"), "permission": "rate_development:view", "id": filed.id}
    found = await Desk(client, tenant, "auditor").send(WHY, **asked)
    assert (found["allowed"], found["because"]) == (False, [])
    assert [(each["says"], each["applies"], each["grant"]["scope"]) for each in found["nearest"]] == [
        ("the row names somebody else", False, "ASSIGNED")
    ]
    assert "actuary" in found["otherRoles"]
    # Who may not read the policy is not told of roles that somebody else holds.
    found = await Desk(client, tenant, "program_administrator").send(WHY, **asked)
    assert found["otherRoles"] == []


async def test_everybody_asks_about_oneself_and_a_thing_that_one_may_not_see_does_not_exist(tenant, client, file):
    filed = await file(tenant, role="actuary")
    machine, me = Desk(client, tenant, "integrator"), subject_of(tenant, "integrator")
    assert (await machine.send(WHY, subject=me, permission="rate_development:submit"))["allowed"]
    asked = {"subject": me, "permission": "rate_development:view"}
    hidden = await machine.whole(WHY, **asked, id=filed.id)
    nothing = await machine.whole(WHY, **asked, id=global_id("RateDevelopment", new_id()))
    assert hidden == nothing
    assert [error["extensions"]["code"] for error in hidden["errors"]] == ["NOT_FOUND"]
    other = await machine.whole(WHY, subject=subject_of(tenant, "actuary"), permission="job:view")
    unknown = await machine.whole(WHY, subject=global_id("Subject", new_id()), permission="job:view")
    assert other == unknown
    assert [error["extensions"]["code"] for error in other["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize("permission", ["moon:view", "", "\0", SURROGATE, "x" * 100_000])
async def test_an_unknown_permission_is_a_problem_of_its_argument(tenant, client, permission):
    found = await Desk(client, tenant, "auditor").whole(
        WHY, subject=subject_of(tenant, "auditor"), permission=permission
    )
    (error,) = found["errors"]
    assert found["data"] == {"explainAccess": None}
    assert (error["path"], error["extensions"]["code"]) == (["explainAccess"], "INVALID")
    (problem,) = error["extensions"]["problems"]
    assert (problem["code"], problem["path"]) == ("UNKNOWN_PERMISSION", ["permission"])
    assert len(error["message"]) < 500


async def test_answers_of_one_request_stand_beside_each_other(tenant, client):
    document = """query ($me: ID!, $other: ID!) {
        may: explainAccess(subject: $me, permission: "journal_entry:view") { allowed }
        mayNot: explainAccess(subject: $me, permission: "policy:change") { allowed otherRoles }
        nothing: explainAccess(subject: $other, permission: "policy:change") { allowed }
        viewer { id }
    }"""
    me = subject_of(tenant, "auditor")
    found = await Desk(client, tenant, "auditor").whole(document, me=me, other=global_id("Subject", new_id()))
    assert found["data"] == {
        "may": {"allowed": True},
        "mayNot": {"allowed": False, "otherRoles": [POLICY]},
        "nothing": None,
        "viewer": {"id": me},
    }
    assert [error["path"] for error in found["errors"]] == [["nothing"]]
    with_schema = document.replace("viewer { id }", "__schema { queryType { name } }")
    slow = await Desk(client, tenant, "auditor").whole(with_schema, me=me, other=global_id("Subject", new_id()))
    told = {key: value for key, value in found["data"].items() if key != "viewer"}
    assert slow["data"] == {**told, "__schema": {"queryType": {"name": "Query"}}}
    assert [error["path"] for error in slow["errors"]] == [["nothing"]]


async def test_the_grants_of_a_policy_that_the_asker_changed_explain_it(desk, tenant, client):
    await desk.change(NO_JOURNAL)
    found = await desk.send(WHY, subject=subject_of(tenant, "auditor"), permission="journal_entry:view")
    assert (found["allowed"], found["policyVersion"]) == (False, f"{built_in().digest}+1")
    assert [each["grant"]["key"] for each in found["because"]] == [NO_JOURNAL_KEY]


# --- the page ------------------------------------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "authorization.md"


async def test_the_requests_of_the_page_do_what_it_says(desk, tenant):
    found = re.findall(r"```graphql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    see, try_, change, undo, why = found
    before = await desk.whole(see)
    assert before["data"]["policy"]["version"] == 0
    assert len(before["data"]["policy"]["grants"]["nodes"]) > 3
    tried = await desk.send(try_)
    assert (tried["problems"], [effect["lost"] for effect in tried["effects"]]) == ([], [["ANY"]])
    made = await desk.send(change, preview=tried["preview"]["id"])
    assert made["version"]["number"] == 1
    assert len(made["version"]["changes"]["nodes"]) == 3
    explained = await desk.send(why, subject=subject_of(tenant, "auditor"))
    assert [ground["grant"]["comment"] for ground in explained["because"]] == ["until June"]
    undone = await desk.send(undo)
    assert undone["version"] == {"number": 2, "restores": 0}
    after = await desk.whole(see)
    assert after["data"]["policy"] == before["data"]["policy"] | {"version": 2}
