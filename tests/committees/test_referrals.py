"""Referring decisions to other committees, and the answers."""

from __future__ import annotations

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import change, codes_of, declare, problems_of, stored
from tests.committees.record_rows import rows

from almoner.committees.close_meeting import close_meeting
from almoner.committees.read import get_committee
from almoner.committees.referrals import answer_referral, refer_decision
from almoner.committees.relations import end_committee_relation
from almoner.committees.tables import Committee, CommitteeRelation, Referral
from almoner.committees.words import CommitteeKind, CommitteeRelationKind, DecisionKind
from almoner.core.ids import global_id, new_id

pytestmark = pytest.mark.anyio
ASKED = """query ($committee: ID!) { committee(id: $committee) {
    referrals { nodes { reason answer to { code } } } referredToIt { nodes { reason answer decision { number } } }
} }"""


async def both(tenant, *, is_public=True, kind=CommitteeKind.SCRUTINY_COMMITTEE, sees_it=True):
    """A decision of one committee, and another one that is asked."""
    chamber = await make_chamber(tenant)
    scrutiny = await make_chamber(tenant, prefix="scrutiny-", bodies=0, is_public=sees_it)
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        (await scope.find(Committee, scrutiny.id)).kind = kind
    held = await make_meeting(chamber, present=("chair", "member1"))
    decision = await declare(held, DecisionKind.REFER)
    if is_public:
        await change(chamber, decision, public_at=tenant.house.clock())
    return chamber, scrutiny, decision


async def relate(chamber, other, kind=CommitteeRelationKind.SCRUTINISED_BY):
    row = CommitteeRelation(tenant_id=chamber.tenant.id, committee_id=chamber.id, kind=kind, other_id=other.id)
    await stored(chamber, row)


def refer(chamber, decision, to, *, somebody="chair", reason="A large change of services."):
    return chamber.do(somebody, refer_decision, decision.id, to_id=to.id, reason=reason)


@pytest.mark.parametrize("somebody", ["chair", "secretary"])
@pytest.mark.parametrize("is_public", [True, False])
async def test_the_referral_of_a_public_decision_is_public(tenant, somebody, is_public):
    chamber, scrutiny, decision = await both(tenant, is_public=is_public)
    made = await refer(chamber, decision, scrutiny, somebody=somebody)
    assert (made.to_id, made.committee_id, made.public_at is not None) == (scrutiny.id, chamber.id, is_public)


async def test_a_referral_is_published_with_its_decision(tenant):
    chamber, scrutiny, decision = await both(tenant, is_public=False)
    await refer(chamber, decision, scrutiny)
    await chamber.do("chair", close_meeting, decision.meeting_id)
    (referral,) = await rows(chamber, Referral)
    assert referral.public_at is not None


async def test_members_do_not_refer(tenant):
    chamber, scrutiny, decision = await both(tenant)
    assert await codes_of(refer(chamber, decision, scrutiny, somebody="member1")) == ["DENIED"]


async def test_a_referral_needs_a_reason(tenant):
    chamber, scrutiny, decision = await both(tenant)
    assert await codes_of(refer(chamber, decision, scrutiny, reason=" ")) == ["REASON_MISSING"]


@pytest.mark.parametrize("relation", CommitteeRelationKind)
async def test_only_committees_that_scrutinise_are_advised_or_are_reported_to_are_asked(tenant, relation):
    chamber, board, decision = await both(tenant, kind=CommitteeKind.BOARD)
    await relate(board, chamber, relation)
    assert await problems_of(refer(chamber, decision, board)) == [("NOT_SCRUTINY", ("to",))]
    await relate(chamber, board, relation)
    assert (await refer(chamber, decision, board)).to_id == board.id


async def test_who_scrutinises_no_more_is_not_asked_any_more(tenant):
    chamber, hidden, decision = await both(tenant, kind=CommitteeKind.BOARD, sees_it=False)
    await relate(chamber, hidden)
    (relation,) = await rows(chamber, CommitteeRelation)
    await tenant.do("program_administrator", end_committee_relation, relation.id)
    assert await codes_of(refer(chamber, decision, hidden)) == ["NOT_FOUND"]
    await change(hidden, await tenant.do("auditor", get_committee, hidden.id), public_at=tenant.house.clock())
    assert await codes_of(refer(chamber, decision, hidden)) == ["NOT_SCRUTINY"]


async def test_no_committee_scrutinises_itself(tenant):
    chamber, _, decision = await both(tenant)
    assert await codes_of(refer(chamber, decision, chamber)) == ["NOT_SCRUTINY"]


async def test_a_committee_that_nobody_may_know_of_is_not_found_unless_it_is_related(tenant):
    chamber, hidden, decision = await both(tenant, sees_it=False)
    assert await codes_of(refer(chamber, decision, hidden)) == ["NOT_FOUND"]
    unknown = type(hidden)(tenant, new_id(), "")
    assert await codes_of(refer(chamber, decision, unknown)) == ["NOT_FOUND"]
    await relate(chamber, hidden)
    assert (await refer(chamber, decision, hidden)).to_id == hidden.id


async def test_a_decision_waits_for_one_answer_of_a_committee_at_a_time(tenant):
    chamber, scrutiny, decision = await both(tenant)
    made = await refer(chamber, decision, scrutiny)
    assert await codes_of(refer(chamber, decision, scrutiny)) == ["REFERRED_ALREADY"]
    await scrutiny.do("chair", answer_referral, made.id, answer="No objection.")
    assert (await refer(chamber, decision, scrutiny)).id != made.id


@pytest.mark.parametrize("is_public", [True, False])
async def test_the_chair_of_the_committee_that_was_asked_answers_once(tenant, is_public):
    chamber, scrutiny, decision = await both(tenant, is_public=is_public)
    made = await refer(chamber, decision, scrutiny)
    assert await codes_of(scrutiny.do("chair", answer_referral, made.id, answer=" ")) == ["ANSWER_MISSING"]
    answered = await scrutiny.do("chair", answer_referral, made.id, answer="No objection.")
    assert (answered.answer, answered.answered_by) == (
        "No objection.",
        tenant.identities[scrutiny.who("chair")].subject_id,
    )
    assert await codes_of(scrutiny.do("chair", answer_referral, made.id, answer="Yet.")) == ["ANSWERED_ALREADY"]


async def test_nobody_else_answers_and_least_of_all_who_has_referred(tenant):
    chamber, scrutiny, decision = await both(tenant, is_public=False)
    made = await refer(chamber, decision, scrutiny)
    for where, somebody, code in (
        (chamber, "chair", "DENIED"),
        (chamber, "secretary", "DENIED"),
        (scrutiny, "member1", "DENIED"),
        (scrutiny, "secretary", "DENIED"),
        (scrutiny, "observer", "NOT_FOUND"),
        (chamber, "observer", "NOT_FOUND"),
    ):
        assert await codes_of(where.do(somebody, answer_referral, made.id, answer="No.")) == [code]


async def test_what_is_not_public_is_read_by_both_committees_and_nobody_else(tenant, client):
    chamber, scrutiny, decision = await both(tenant, is_public=False)
    made = await refer(chamber, decision, scrutiny)

    async def see(token, query=ASKED, **variables):
        headers = {"Authorization": f"Bearer {token}"}
        answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return answer.json()["data"]

    # The decision itself stays where it was taken.
    received = {"reason": "A large change of services.", "answer": None, "decision": None}
    for name in ("chair", "member1", "secretary"):
        found = (await see(scrutiny.token(name), committee=scrutiny.committee))["committee"]
        assert found["referredToIt"]["nodes"] == [received]
        found = (await see(chamber.token(name), committee=chamber.committee))["committee"]
        assert [each["to"]["code"] for each in found["referrals"]["nodes"]] == ["scrutiny-committee"]
    node = "query ($id: ID!) { node(id: $id) { id } }"
    id_ = global_id("Referral", made.id)
    for token in (scrutiny.token("observer"), chamber.token("observer"), tenant.token("program_administrator")):
        assert (await see(token, node, id=id_))["node"] is None
        asked = (await see(token, committee=scrutiny.committee))["committee"]
        assert asked["referredToIt"]["nodes"] == []
    assert (await see(scrutiny.token("chair"), node, id=id_))["node"] == {"id": id_}
    # Auditors see everything, by the other permission.
    assert (await see(tenant.token("auditor"), node, id=id_))["node"] == {"id": id_}
