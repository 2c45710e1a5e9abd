"""Changes of the policy that are refused: at their place, and with nothing changed."""

from __future__ import annotations

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
    SURROGATE,
    codes,
    granting,
    naming,
    policy_tables,
)

from almoner.authorization.change import preview_policy_change
from almoner.authorization.document import Change, Role
from almoner.authorization.roles import assign_role
from almoner.core.ids import global_id, new_id
from almoner_graphql.authorization.policy_inputs import MAX_CHANGES

pytestmark = pytest.mark.anyio

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
