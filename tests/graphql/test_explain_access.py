"""Why somebody may or may not: role, grant, scope and facts, and never more than the asker may know."""

from __future__ import annotations

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import adopt, declare, enter, stored
from tests.graphql.policy_desk import (
    NO_JOURNAL,
    NO_JOURNAL_KEY,
    POLICY,
    SURROGATE,
    WHY,
    Desk,
    subject_of,
)

from almoner.authorization.built_in import built_in
from almoner.committees.referrals import refer_decision
from almoner.committees.tables import CommitteeRelation
from almoner.committees.words import CommitteeRelationKind
from almoner.core.ids import global_id, new_id

pytestmark = pytest.mark.anyio


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


async def test_what_is_seen_as_ones_own_is_told_as_such(tenant, client):
    async def assignments(who):
        found = await Desk(client, tenant, who).whole("{ viewer { assignments { nodes { id } } } }")
        return found["data"]["viewer"]["assignments"]["nodes"][0]["id"]

    async def told(asker, subject, permission, id_):
        asked = {"subject": subject_of(tenant, subject), "permission": permission, "id": id_}
        found = await Desk(client, tenant, asker).send(WHY, **asked)
        return found["allowed"], found["seenAsOwn"]

    machines, auditors = await assignments("integrator"), await assignments("auditor")
    view = "role_assignment:view"
    assert await told("integrator", "integrator", view, machines) == (False, True)
    assert await told("integrator", "integrator", "role_assignment:end", machines) == (False, False)
    assert await told("program_administrator", "integrator", view, machines) == (False, True)
    assert await told("program_administrator", "integrator", view, auditors) == (False, False)
    assert await told("program_administrator", "program_administrator", view, machines) == (True, False)
    asked = {"subject": subject_of(tenant, "integrator"), "permission": view}
    machine = Desk(client, tenant, "integrator")
    hidden = await machine.whole(WHY, **asked, id=auditors)
    assert hidden == await machine.whole(WHY, **asked, id=global_id("RoleAssignment", new_id()))
    assert [error["extensions"]["code"] for error in hidden["errors"]] == ["NOT_FOUND"]


async def _seen_by_another_permission(tenant):
    """A referral and an adoption, of which nothing is public; and who sees each by another permission."""
    chamber = await make_chamber(tenant, is_public=False)
    scrutiny = await make_chamber(tenant, prefix="scrutiny-", bodies=0, is_public=False)
    kind = CommitteeRelationKind.SCRUTINISED_BY
    relation = CommitteeRelation(tenant_id=tenant.id, committee_id=chamber.id, kind=kind, other_id=scrutiny.id)
    await stored(chamber, relation)
    held = await make_meeting(chamber, present=("chair", "member1"), is_public=False)
    decision = await declare(held)
    referral = await chamber.do("chair", refer_decision, decision.id, to_id=scrutiny.id, reason="x")
    (adoption,) = await adopt(chamber, 1, *await enter(chamber))
    return {
        "referral:view": (global_id("Referral", referral.id), "scrutiny-member1", "scrutiny-observer"),
        "committee_delegation:view": (global_id("DelegationAdoption", adoption.id), "member1", "scrutiny-member1"),
    }


async def test_what_is_seen_by_another_permission_is_told_as_such(tenant, client):
    for view, (id_, who, stranger) in (await _seen_by_another_permission(tenant)).items():
        sees = "query ($id: ID!) { node(id: $id) { id } }"
        assert (await Desk(client, tenant, who).whole(sees, id=id_))["data"]["node"] == {"id": id_}
        asked = {"subject": subject_of(tenant, who), "id": id_}
        found = await Desk(client, tenant, who).send(WHY, **asked, permission=view)
        assert (found["allowed"], found["seenAsOwn"], found["seenOtherwise"]) == (False, False, True)
        found = await Desk(client, tenant, who).send(WHY, **asked, permission="committee:view")
        assert not found["seenOtherwise"]
        of_stranger = asked | {"subject": subject_of(tenant, stranger), "permission": view}
        hidden = await Desk(client, tenant, stranger).whole(WHY, **of_stranger)
        assert [error["extensions"]["code"] for error in hidden["errors"]] == ["NOT_FOUND"]


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
