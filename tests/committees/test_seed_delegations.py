"""The rules of two committees about deciding, each with its place in the document that says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update
from sqlmodel import col, select
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import adopt, change, codes_of, declare, delegate, enter, stored, write_paper

from almoner.committees.decline_delegation import decline_delegation
from almoner.committees.propose_delegation import propose_delegation
from almoner.committees.prospects import can_decide
from almoner.committees.recommendation_answers import Answer
from almoner.committees.referrals import answer_referral, refer_decision
from almoner.committees.sample_register import sample_register
from almoner.committees.tables import AgendaItem, Committee, CommitteeRelation, DelegationItem
from almoner.committees.words import (
    CommitteeKind,
    CommitteeRelationKind,
    DecisionKind,
    DelegatedMatter,
    RecommendationAnswer,
)

pytestmark = pytest.mark.anyio
ADVISORY = {"publicMatters": ["PROPOSAL_REVIEW"], "noticeDays": 15}


async def enter_all(chamber):
    """Enter the register of 2017 by its verb."""
    return [
        await chamber.do(
            "secretary",
            propose_delegation,
            chamber.id,
            workstream=each.workstream,
            rationale=each.rationale,
            impact=each.impact,
            items=each.items,
        )
        for each in sample_register()
    ]


async def items_of(chamber, entry):
    async def read(scope):
        query = select(DelegationItem).where(col(DelegationItem.delegation_id) == entry.id)
        found = await scope.session.execute(query.order_by(col(DelegationItem.position)))
        return [row.id for row in found.scalars()]

    return await chamber.do("secretary", read)


def test_the_register_has_ten_work_streams_and_the_enablers_have_parts():
    """Seed 004, delegations paper, Appendix 1."""
    entries = sample_register()
    assert len(dict.fromkeys(each.stream for each in entries)) == 10
    assert [each.part for each in entries if each.stream == "Enablers"] == [
        "Communications and engagement",
        "Digital",
        "Estates",
        "Finance",
    ]


def test_four_kinds_of_decisions_are_delegated():
    """Seed 004, delegations paper, 1.4."""
    found = {item.matter for each in sample_register() for item in each.items}
    assert found == set(DelegatedMatter)
    assert len(DelegatedMatter) == 4


async def test_the_whole_register_can_be_entered(tenant):
    """Seed 004, delegations paper, Appendix 1."""
    chamber = await make_chamber(tenant, bodies=8)
    entries = await enter_all(chamber)
    assert [each.position for each in entries] == [*range(1, 14)]
    assert sum([len(await items_of(chamber, each)) for each in entries]) == 23


@pytest.mark.parametrize(
    ("missing", "code"),
    [("rationale", "RATIONALE_MISSING"), ("impact", "IMPACT_MISSING"), ("workstream", "WORKSTREAM_MISSING")],
)
async def test_a_delegation_is_specific_enough_to_be_understood(tenant, missing, code):
    """Seed 004, delegations paper, 1.3: scope and impact, on the whole and locally."""
    chamber = await make_chamber(tenant)
    entry = sample_register()[0]
    texts = {"workstream": entry.workstream, "rationale": entry.rationale, "impact": entry.impact, missing: ""}
    verb = chamber.do("secretary", propose_delegation, chamber.id, items=entry.items, **texts)
    assert await codes_of(verb) == [code]


async def test_bodies_are_asked_to_answer_by_the_end_of_september_and_answer_one_by_one(tenant, client):
    """Seed 004, delegations paper, 1.5: each organization confirms a date by the end of September."""
    july = replace(tenant, house=replace(tenant.house, clock=lambda: datetime(2017, 7, 20, 19, tzinfo=UTC)))
    chamber = await make_chamber(july, bodies=8)
    (item,) = await enter(chamber, answer_by=date(2017, 9, 30))

    async def asked():
        found = []
        for n in range(1, 9):
            headers = {"Authorization": f"Bearer {tenant.token(f'officer{n}')}"}
            body = {"query": "{ tasks { nodes { kind dueOn } } }"}
            tasks = (await client.post("/graphql", json=body, headers=headers)).json()["data"]["tasks"]["nodes"]
            found.append([(each["kind"], each["dueOn"]) for each in tasks])
        return found

    assert await asked() == [[("DECIDE_ON_DELEGATION", "2017-09-30")]] * 8
    for n in range(1, 8):
        decided_on = date(2017, 9, 20 + n)
        day = replace(july, house=replace(july.house, clock=lambda n=n: datetime(2017, 9, 20 + n, 19, tzinfo=UTC)))
        await adopt(replace(chamber, tenant=day), n, item, decided_on=decided_on, begins_on=decided_on)
    given = {"body_id": chamber.bodies[7], "reference": "17/43", "reason": "Not before the next year."}
    await chamber.do("officer8", decline_delegation, [item], **given)
    assert await asked() == [[]] * 8

    async def bound_on(day):
        found = await chamber.do(
            "chair", can_decide, chamber.id, delegation_item_id=item, bodies=chamber.bodies[:7], on=day
        )
        return len(found.outlook.bound), len(found.outlook.reasons)

    assert [await bound_on(date(2017, 9, day)) for day in (7, 21, 26, 27)] == [(0, 7), (0, 6), (0, 1), (7, 0)]


async def test_a_board_that_is_no_legal_entity_recommends_and_does_not_decide(tenant):
    """Seed 004, governance paper, 10: it has no formal decision-making powers."""
    board = await make_chamber(tenant, can_decide=False, bodies=0)
    held = await make_meeting(board, present=("chair", "member1"))
    assert await codes_of(declare(held, DecisionKind.APPROVE)) == ["CANNOT_DECIDE"]
    for kind in (DecisionKind.NOTE, DecisionKind.ENDORSE, DecisionKind.RECOMMEND):
        await declare(held, kind)


async def test_a_board_refers_decisions_to_the_committee_where_bodies_have_delegated_already(tenant):
    """Seed 004, governance paper, 11."""
    board = await make_chamber(tenant, can_decide=False, bodies=0, prefix="board-")
    sitting = await make_meeting(board, present=("chair", "member1"))
    referred = await declare(sitting, DecisionKind.REFER)
    committee = await make_chamber(tenant, bodies=8)
    relation = CommitteeRelationKind.ADVISES
    row = CommitteeRelation(tenant_id=tenant.id, committee_id=board.id, kind=relation, other_id=committee.id)
    await stored(board, row)
    given = {"to_id": committee.id, "reason": "It needs a formal decision."}
    referral = await board.do("chair", refer_decision, referred.id, **given)
    held = await make_meeting(committee, present=("chair", "member1"))
    (delegated,) = await delegate(committee)
    entries = await enter_all(committee)
    (asked_for, *_) = await items_of(committee, entries[0])
    assert await codes_of(declare(held, DecisionKind.APPROVE, delegation_item_id=asked_for)) == ["NOT_DELEGATED"] * 8
    made = await declare(held, DecisionKind.APPROVE, delegation_item_id=delegated)
    answer = f"Decided: number {made.number}."
    assert (await committee.do("chair", answer_referral, referral.id, answer=answer)).answer == answer


async def test_the_joint_committee_scrutinises_the_board(tenant):
    """Seed 004, governance paper, 16: it has a role in scrutinising the work of the board."""
    board = await make_chamber(tenant, can_decide=False, bodies=0, prefix="board-")
    committee = await make_chamber(tenant)
    relation = CommitteeRelationKind.SCRUTINISED_BY
    row = CommitteeRelation(tenant_id=tenant.id, committee_id=board.id, kind=relation, other_id=committee.id)
    await stored(board, row)
    held = await make_meeting(board, present=("chair", "member1"))
    made = await declare(held, DecisionKind.RECOMMEND)
    referral = await board.do("secretary", refer_decision, made.id, to_id=committee.id, reason="It needs consultation.")
    assert (await committee.do("chair", answer_referral, referral.id, answer="Sound.")).answer == "Sound."


async def test_the_joint_committee_is_scrutinised_by_overview_and_scrutiny_committees(tenant):
    """Seed 004, governance paper, 18."""
    committee = await make_chamber(tenant)
    overview = await make_chamber(tenant, bodies=0, prefix="overview-")
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        (await scope.find(Committee, overview.id)).kind = CommitteeKind.SCRUTINY_COMMITTEE
    held = await make_meeting(committee, present=("chair", "member1"))
    made = await declare(held, DecisionKind.ENDORSE)
    await change(committee, made, public_at=tenant.house.clock())
    referral = await committee.do("chair", refer_decision, made.id, to_id=overview.id, reason="As ever.")
    assert referral.public_at is not None
    assert await codes_of(committee.do("chair", answer_referral, referral.id, answer="x")) == ["DENIED"]


async def test_a_paper_to_note_is_noted_endorsed_and_noted(tenant):
    """Seed 004, governance paper, 21: three recommendations, none of which needs a delegation."""
    committee = await make_chamber(tenant, bodies=8)
    held = await make_meeting(committee, present=("chair", "member1"))
    _, *wanted = await write_paper(held, "Notes the report.", "Endorses the structure.", "Notes what is to come.")
    kinds = (DecisionKind.NOTE, DecisionKind.ENDORSE, DecisionKind.NOTE)
    made = [
        await declare(held, kind, answers=[Answer(each, RecommendationAnswer.ACCEPTED)])
        for kind, each in zip(kinds, wanted, strict=True)
    ]
    assert [each.number for each in made] == [1, 2, 3]


async def test_the_advisory_committee_recommends_and_binds_nobody(tenant):
    """Seed 000, committee recommendations: the Secretary responds, and is not required to accept them."""
    committee = await make_chamber(tenant, can_decide=False, bodies=0, rules=ADVISORY)
    held = await make_meeting(committee, present=("chair", "member1"))
    found = await committee.do("chair", can_decide, committee.id, kind=DecisionKind.RECOMMEND)
    assert (found.outlook.can_decide, found.outlook.bound) == (True, {})
    made = await declare(held, DecisionKind.RECOMMEND)
    assert made.delegation_item_id is None
    assert await codes_of(declare(held, DecisionKind.APPROVE)) == ["CANNOT_DECIDE"]


async def test_proposals_are_deliberated_on_in_public_meetings_only(tenant):
    """Seed 000, what is the purpose: the full Committee deliberates on proposals in public meetings."""
    committee = await make_chamber(tenant, can_decide=False, bodies=0, rules=ADVISORY)
    for is_public, codes in ((False, ["PUBLIC_MATTER", "NOT_ADMINISTRATION"]), (True, None)):
        held = await make_meeting(committee, present=("chair", "member1"), is_public=is_public)
        async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
            await scope.session.execute(update(AgendaItem).values(matter="PROPOSAL_REVIEW"))
        declared = declare(held, DecisionKind.RECOMMEND)
        assert (await codes_of(declared) if codes else (await declared).kind) == (codes or "RECOMMEND")


async def test_non_public_meetings_decide_on_the_committees_own_operations_and_never_on_recommendations(tenant):
    """Seed 000, committee meetings: administrative and planning purposes."""
    committee = await make_chamber(tenant, can_decide=False, bodies=0, rules=ADVISORY)
    held = await make_meeting(committee, present=("chair", "member1"), is_public=False)
    await declare(held, DecisionKind.ENDORSE, text="The process of review is as drafted.")
    assert await codes_of(declare(held, DecisionKind.RECOMMEND)) == ["NOT_ADMINISTRATION"]
