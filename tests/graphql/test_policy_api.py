"""The administrators' API of the policy: see it, try a change, make it and go back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.graphql.policy_desk import (
    APPLY,
    CLERK,
    NO_JOURNAL,
    NO_JOURNAL_KEY,
    POLICY,
    PREVIEW,
    READS,
    RESTORE,
    Desk,
    codes,
    policy_tables,
    subject_of,
)

from almoner.authorization import permissions
from almoner.authorization.built_in import built_in
from almoner.authorization.document import HELD_AT, KINDS
from almoner.authorization.scopes import SCOPES
from almoner.core.ids import global_id
from almoner.identity.tables import Account
from almoner_graphql.authorization import policy_enums
from almoner_graphql.authorization.policy_inputs import key_of

pytestmark = pytest.mark.anyio

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
    assert seen["grants"]["totalCount"] == len([*shipped.grants]) + 1
    assert [item["key"] for item in seen["separations"]] == sorted(
        key_of(item) for item in shipped.separations.values()
    )
    assert [item["key"] for item in seen["assertions"]] == sorted(key_of(item) for item in shipped.assertions.values())
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
        "barred": False,
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


# --- the page ------------------------------------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "authorization.md"


async def test_the_requests_of_the_page_do_what_it_says(desk, tenant):
    section = PAGE.read_text(encoding="utf-8").partition("### By the API")[2].partition("\n##")[0]
    found = re.findall(r"```graphql\n(.*?)```", section, re.DOTALL)
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
