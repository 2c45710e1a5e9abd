"""Who holds which role, over HTTP: giving, seeing, ending; and what is refused, with nothing changed."""

from __future__ import annotations

import pytest
from tests.graphql.role_calls import ACTUARY, ADMIN, AUDITOR, MACHINE, NOBODY, Callers

from almoner.core.ids import global_id, new_id
from almoner.wiring import build_house
from almoner_graphql.app import build_app

pytestmark = pytest.mark.anyio

LIST = "query ($f: RoleAssignmentFilter) { roleAssignments(filter: $f) { nodes { subject role state } } }"
OWN = "{ viewer { roles assignments { nodes { role state assignedBy organization { code } } } } }"


@pytest.fixture
def callers(ask, tenant) -> Callers:
    return Callers(ask, tenant)


async def test_a_role_is_given_read_and_ended(callers):
    place = await callers.organization()
    until = callers.later(days=30)
    made = await callers.give(NOBODY, "cms_liaison", organization=place, validUntil=until)
    told = {name: made[name] for name in ("subject", "role", "state", "kind", "reason", "assignedBy", "organization")}
    assert told == {
        "subject": callers.subject(NOBODY),
        "role": "cms_liaison",
        "state": "HELD",
        "kind": "GIVEN",
        "reason": "test",
        "assignedBy": callers.subject(ADMIN),
        "organization": {"code": "A0001"},
    }
    assert made["validUntil"][:19] == until[:19]
    ended = await callers.done(ADMIN, "endRoleAssignment", id=made["id"], reason="left")
    assert (ended["state"], ended["endReason"], ended["endedBy"]) == ("OVER", "left", callers.subject(ADMIN))
    assert ended["endedAt"] is not None
    node = "query ($id: ID!) { node(id: $id) { ... on RoleAssignment { id endReason } } }"
    assert await callers.read(AUDITOR, node, id=made["id"]) == {"node": {"id": made["id"], "endReason": "left"}}


@pytest.mark.parametrize("kind", ["Subject", "Account"])
async def test_an_account_is_named_by_either_of_its_ids(callers, kind):
    subject = global_id(kind, callers.tenant.identities[NOBODY].subject_id)
    made = await callers.done(ADMIN, "assignRole", subject=subject, role="reviewer", reason="r")
    assert made["subject"] == callers.subject(NOBODY)


async def test_assignments_are_found_by_subject_role_organization_kind_and_state(callers):
    place = await callers.organization()
    await callers.give(NOBODY, "cms_liaison", organization=place)
    await callers.give(NOBODY, "reviewer", validFrom=callers.later(days=1))
    old = await callers.give(NOBODY, "data_contact", organization=place)
    await callers.done(ADMIN, "endRoleAssignment", id=old["id"], reason="left")

    async def roles(**wanted):
        found = await callers.read(ADMIN, LIST, f=wanted)
        return {node["role"] for node in found["roleAssignments"]["nodes"]}

    me = {"eq": callers.subject(NOBODY)}
    assert await roles(subject=me) == {"cms_liaison", "reviewer", "data_contact"}
    assert await roles(subject=me, state={"eq": "HELD"}) == {"cms_liaison"}
    assert await roles(subject=me, state={"eq": "UPCOMING"}) == {"reviewer"}
    assert await roles(subject=me, state={"eq": "OVER"}) == {"data_contact"}
    assert await roles(organization={"eq": place}) == {"cms_liaison", "data_contact"}
    assert await roles(organization={"isNull": False}) == {"cms_liaison", "data_contact"}
    assert await roles(organization={"isNull": True}, subject=me) == {"reviewer"}
    assert await roles(role={"eq": "auditor"}) == {"auditor"}
    assert await roles(kind={"eq": "DELEGATED"}) == set()
    order = "{ roleAssignments(orderBy: VALID_FROM_DESC, first: 1) { nodes { role } totalCount } }"
    found = (await callers.read(ADMIN, order))["roleAssignments"]
    assert found == {"nodes": [{"role": "reviewer"}], "totalCount": 8}


async def test_everybody_sees_their_own_and_nobody_elses(callers):
    given = await callers.give(NOBODY, "reviewer")
    viewer = (await callers.read(NOBODY, OWN))["viewer"]
    mine = {"role": "reviewer", "state": "HELD", "assignedBy": callers.subject(ADMIN), "organization": None}
    assert viewer == {"roles": ["reviewer"], "assignments": {"nodes": [mine]}}
    everything = (await callers.read(NOBODY, LIST, f=None))["roleAssignments"]["nodes"]
    assert everything == [{"subject": callers.subject(NOBODY), "role": "reviewer", "state": "HELD"}]
    node = {"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": given["id"]}}
    stranger = (await callers.ask(**node, token=callers.tenant.token(ACTUARY))).json()
    assert stranger["data"] == {"node": None}
    # Who has lost the role still sees that, and why.
    await callers.done(ADMIN, "endRoleAssignment", id=given["id"], reason="left")
    viewer = (await callers.read(NOBODY, OWN))["viewer"]
    assert viewer == {"roles": [], "assignments": {"nodes": [{**mine, "state": "OVER"}]}}


async def test_an_executive_designates_contacts_of_the_own_aco_and_of_no_other(callers):
    own, other = await callers.organization("A0001"), await callers.organization("A0002")
    await callers.give(NOBODY, "aco_executive", organization=own)
    await callers.give(ACTUARY, "cms_liaison", by=NOBODY, organization=own)
    elsewhere = await callers.refused(
        NOBODY, "assignRole", subject=callers.subject(ACTUARY), role="cms_liaison", reason="r", organization=other
    )
    assert elsewhere == [("NOT_FOUND", "organization")]
    found = (await callers.read(NOBODY, LIST, f=None))["roleAssignments"]["nodes"]
    assert {node["role"] for node in found} == {"aco_executive", "cms_liaison"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"role": "emperor"}, [("UNKNOWN_ROLE", "role")]),
        ({"role": "worker"}, [("ROLE_NOT_GIVEN", "role")]),
        ({"role": "aco_executive"}, [("ORGANIZATION_MISSING", "organization")]),
        ({"at": "ACO"}, [("ORGANIZATION_NOT_WANTED", "organization")]),
        ({"role": "rbha_submitter", "at": "ACO"}, [("ORGANIZATION_KIND_DIFFERS", "organization")]),
        ({"subject": global_id("Subject", new_id()), "reason": " "}, None),
        ({"reason": " \n"}, [("REASON_MISSING", "reason")]),
        ({"validUntil": "2000-01-01T00:00:00Z"}, [("PERIOD_ORDER", "validUntil")]),
        ({"validFrom": "yesterday"}, [("INSTANT_MALFORMED", "validFrom")]),
        ({"validUntil": "2999-13-01T00:00:00Z"}, [("INSTANT_MALFORMED", "validUntil")]),
        ({"reason": "a\0b"}, [("TEXT_HAS_NUL", "reason")]),
        ({"role": "'; drop table almoner.role_assignment; --"}, [("UNKNOWN_ROLE", "role")]),
        ({"role": "reviewer, public"}, [("UNKNOWN_ROLE", "role")]),
        ({"role": "x" * 40_000}, [("UNKNOWN_ROLE", "role")]),
        ({"organization": "\0"}, [("NOT_FOUND", "organization")]),
    ],
)
async def test_a_bad_assignment_is_refused(callers, changes, told):
    changes = dict(changes)
    if "at" in changes:
        changes["organization"] = await callers.organization(kind=changes.pop("at"))
    given = {"subject": callers.subject(NOBODY), "role": "reviewer", "reason": "r", **changes}
    both = [("REASON_MISSING", "reason"), ("UNKNOWN_SUBJECT", "subject")]
    assert await callers.refused(ADMIN, "assignRole", **given) == (told or both)


async def test_an_unknown_subject_answers_alike_whatever_it_is(callers, other_tenant):
    theirs = other_tenant.identities[NOBODY].subject_id
    ids = [global_id("Subject", new_id()), global_id("Subject", theirs), global_id("Account", theirs)]
    ids += [global_id("RateDevelopment", callers.tenant.identities[NOBODY].subject_id), "x", "", "\0"]
    for subject in ids:
        found = await callers.refused(ADMIN, "assignRole", subject=subject, role="reviewer", reason="r")
        assert found == [("UNKNOWN_SUBJECT", "subject")]


async def test_an_unknown_organization_answers_alike_whatever_it_is(callers, other_tenant, ask):
    theirs = await Callers(ask, other_tenant).organization()
    for place in (theirs, global_id("Organization", new_id()), callers.subject(NOBODY), "x"):
        given = {"subject": callers.subject(NOBODY), "role": "cms_liaison", "reason": "r", "organization": place}
        assert await callers.refused(ADMIN, "assignRole", **given) == [("NOT_FOUND", "organization")]


async def test_a_role_is_held_once_at_a_time_and_separated_ones_by_different_people(callers):
    place = await callers.organization()
    end = callers.later(days=1)
    await callers.give(NOBODY, "cms_liaison", organization=place, validUntil=end)
    again = {"subject": callers.subject(NOBODY), "role": "cms_liaison", "reason": "r", "organization": place}
    assert await callers.refused(ADMIN, "assignRole", **again) == [("ROLE_HELD_ALREADY", "role")]
    await callers.done(ADMIN, "assignRole", **again, validFrom=end)
    await callers.give(NOBODY, "dua_requestor", organization=place)
    both = await callers.refused(ADMIN, "assignRole", **{**again, "role": "dua_custodian"})
    assert both == [("ROLES_SEPARATED", "role")]
    other = await callers.organization("A0002")
    await callers.give(NOBODY, "dua_custodian", organization=other)
    audits = {"subject": callers.subject(ACTUARY), "role": "auditor", "reason": "r"}
    assert await callers.refused(ADMIN, "assignRole", **audits) == [("ROLES_SEPARATED", "role")]


async def test_nobody_gives_oneself_a_role_or_makes_administrators_without_the_right(callers):
    given = {"role": "reviewer", "reason": "r"}
    oneself = await callers.refused(ADMIN, "assignRole", subject=callers.subject(ADMIN), **given)
    assert oneself == [("SEPARATION_OF_DUTIES", "")]
    appointed = {"subject": callers.subject(NOBODY), "role": "policy_administrator", "reason": "r"}
    assert await callers.refused(ADMIN, "assignRole", **appointed) == [("DENIED", "")]
    assert await callers.refused(ACTUARY, "assignRole", subject=callers.subject(NOBODY), **given) == [("DENIED", "")]


async def test_what_cannot_be_ended_is_refused(callers, other_tenant, ask):
    given = await callers.give(NOBODY, "reviewer")
    blank = await callers.refused(ADMIN, "endRoleAssignment", id=given["id"], reason=" ")
    assert blank == [("REASON_MISSING", "reason")]
    assert await callers.refused(AUDITOR, "endRoleAssignment", id=given["id"], reason="r") == [("DENIED", "")]
    assert await callers.refused(ACTUARY, "endRoleAssignment", id=given["id"], reason="r") == [("NOT_FOUND", "")]
    stranger = Callers(ask, other_tenant)
    assert await stranger.refused(ADMIN, "endRoleAssignment", id=given["id"], reason="r") == [("NOT_FOUND", "")]
    await callers.done(NOBODY, "endRoleAssignment", id=given["id"], reason="I give it up")
    twice = await callers.refused(ADMIN, "endRoleAssignment", id=given["id"], reason="r")
    assert twice == [("ASSIGNMENT_ENDED", "")]


async def test_the_last_administrator_of_the_policy_stays(callers):
    first, last = [await callers.own("policy_administrator"), await callers.appoint(MACHINE, "policy_administrator")]
    await callers.done("policy_administrator", "endRoleAssignment", id=first, reason="done")
    assert await callers.refused(MACHINE, "endRoleAssignment", id=last, reason="done") == [("LAST_ADMINISTRATOR", "")]


async def test_a_role_that_was_taken_away_is_gone_for_the_next_request_in_another_server(callers, settings, serving):
    tenant, held = callers.tenant, await callers.own(AUDITOR)
    elsewhere = build_house(settings, pool_size=2)
    query = {"query": "{ journal { totalCount } viewer { roles } }"}
    change = {"query": 'mutation { createProgram(code: "x1", name: "X") { problems { code } } }'}
    given = await callers.appoint(NOBODY, ADMIN)
    try:
        async with serving(build_app(elsewhere, settings)) as other:

            async def send(who, body):
                headers = {"Authorization": f"Bearer {tenant.token(who)}"}
                return (await other.post("/graphql", json=body, headers=headers)).json()

            assert (await send(AUDITOR, query))["data"]["viewer"] == {"roles": ["auditor"]}
            assert (await send(NOBODY, change))["data"]["createProgram"]["problems"] == []
            for id_ in (held, given):
                await callers.done(ADMIN, "endRoleAssignment", id=id_, reason="left")
            after = await send(AUDITOR, query)
            assert after["data"] == {"journal": None, "viewer": {"roles": []}}
            assert [error["extensions"]["code"] for error in after["errors"]] == ["DENIED"]
            denied = (await send(NOBODY, change))["data"]["createProgram"]["problems"]
            assert denied == [{"code": "DENIED"}]
    finally:
        await elsewhere.close()
