"""Declaring decisions: what stands in the way, all at once, and what is written down if nothing does."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import (
    ALL,
    FUNDS,
    adopt,
    change,
    change_item,
    codes_of,
    declare,
    delegate,
    enter,
    problems_of,
    sitting,
    write_paper,
    write_vote,
)

from almoner.committees.adopt_delegation import withdraw_adoption
from almoner.committees.declare_conflict import declare_conflict, rule_on_conflict
from almoner.committees.declare_decision import Declared, declare_decision
from almoner.committees.recommendation_answers import Answer
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Decision, DecisionBody, DelegationAdoption, Meeting, Recommendation
from almoner.committees.words import ConflictRuling, DecisionKind, RecommendationAnswer
from almoner.core.ids import new_id
from almoner.journal.tables import JournalEntry

pytestmark = pytest.mark.anyio
APPROVE, NOTE, RECOMMEND = DecisionKind.APPROVE, DecisionKind.NOTE, DecisionKind.RECOMMEND


async def rows(chamber, table):
    async def read(scope):
        return (await scope.session.execute(select(table).order_by(col(table.id)))).scalars().all()

    return await chamber.do("chair", read)


@pytest.mark.parametrize("kind", [kind for kind in DecisionKind if kind is not APPROVE])
@pytest.mark.parametrize("can_decide", [True, False])
async def test_what_approves_nothing_needs_no_delegation(tenant, kind, can_decide):
    chamber, held = await sitting(tenant, can_decide=can_decide)
    made = await declare(held, kind)
    assert (made.number, made.kind, made.public_at, made.meeting_id) == (1, kind, None, held.id)
    assert await rows(chamber, DecisionBody) == []


async def test_an_approval_binds_the_bodies_whose_delegation_is_in_force_and_names_their_adoptions(tenant):
    chamber, held = await sitting(tenant, bodies=3)
    (item,) = await enter(chamber)
    adopted = [(await adopt(chamber, n, item))[0] for n in (1, 3)]
    bodies = [chamber.bodies[2], chamber.bodies[0]]
    made = await declare(held, APPROVE, delegation_item_id=item, bodies=bodies)
    assert {(each.decision_id, each.body_id, each.adoption_id) for each in await rows(chamber, DecisionBody)} == {
        (made.id, each.body_id, each.id) for each in adopted
    }


async def test_what_must_bind_all_is_refused_and_says_which_has_not_delegated(tenant):
    chamber, held = await sitting(tenant, bodies=3)
    (item,) = await enter(chamber)
    await adopt(chamber, 1, item)
    assert await problems_of(declare(held, APPROVE, delegation_item_id=item)) == [("NOT_DELEGATED", ("bodies",))] * 2
    named = [chamber.bodies[0], chamber.bodies[2]]
    assert await problems_of(declare(held, APPROVE, delegation_item_id=item, bodies=named)) == [
        ("NOT_DELEGATED", ("bodies", "1"))
    ]
    assert await rows(chamber, Decision) == []


async def test_a_committee_without_member_bodies_decides_by_itself(tenant):
    chamber, held = await sitting(tenant, bodies=0)
    await declare(held, APPROVE)
    assert await rows(chamber, DecisionBody) == []


async def test_only_approvals_name_delegations_bodies_and_amounts(tenant):
    chamber, held = await sitting(tenant)
    (item,) = await delegate(chamber, FUNDS)
    given: dict[str, Any] = {"delegation_item_id": item, "bodies": chamber.bodies, "amount": Decimal(1)}
    assert await problems_of(declare(held, NOTE, **given)) == [
        ("ONLY_FOR_APPROVALS", ("delegationItem",)),
        ("ONLY_FOR_APPROVALS", ("bodies",)),
        ("ONLY_FOR_APPROVALS", ("amount",)),
    ]


async def test_an_approval_by_a_committee_that_can_only_recommend_is_refused(tenant):
    _, held = await sitting(tenant, can_decide=False, bodies=0)
    assert await codes_of(declare(held, APPROVE)) == ["CANNOT_DECIDE"]


async def test_an_item_of_another_committees_register_is_not_enough(tenant):
    _, held = await sitting(tenant)
    other = await make_chamber(tenant, prefix="other-")
    (item,) = await delegate(other)
    assert await codes_of(declare(held, APPROVE, delegation_item_id=item)) == ["DELEGATION_OF_ANOTHER_COMMITTEE"]


async def test_a_stranger_body_is_not_bound(tenant):
    chamber, held = await sitting(tenant)
    (item,) = await delegate(chamber)
    bodies = [chamber.bodies[0], new_id()]
    assert await problems_of(declare(held, APPROVE, delegation_item_id=item, bodies=bodies)) == [
        ("STRANGER_BODY", ("bodies", "1"))
    ]


@pytest.mark.parametrize("status", [each for each in MeetingStatus if each is not MeetingStatus.IN_SESSION])
async def test_nothing_is_decided_out_of_session(tenant, status):
    chamber, held = await sitting(tenant, meeting={"status": status})
    # A meeting that is over says so before its quorum is looked at.
    assert await codes_of(declare(held)) == ["NOT_IN_SESSION"]
    assert await rows(chamber, Decision) == []


async def test_nothing_is_decided_after_the_formal_part(tenant):
    _chamber, held = await sitting(tenant)
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        (await scope.find(Meeting, held.id)).formal_part_closed_at = scope.now()
    assert await codes_of(declare(held)) == ["FORMAL_PART_CLOSED"]


async def test_nothing_is_decided_without_a_quorum(tenant):
    chamber = await make_chamber(tenant, rules={"quorum": {"votingMembers": 3}})
    held = await make_meeting(chamber, present=("chair", "member1"))
    assert await codes_of(declare(held)) == ["INQUORATE"]


async def test_who_has_an_interest_in_the_item_does_not_count_toward_its_quorum(tenant):
    chamber = await make_chamber(tenant, rules={"quorum": {"votingMembers": 3}})
    held = await make_meeting(chamber, present=("chair", "member1", "member2"))
    declaration = await chamber.do("member2", declare_conflict, held.items["Vision"], text="A share in it.")
    assert await codes_of(declare(held)) == ["INQUORATE"]
    assert (await declare(held, title="Governance")).number == 1
    await chamber.do("chair", rule_on_conflict, declaration.id, ConflictRuling.STAY)
    assert (await declare(held)).number == 2


@pytest.mark.parametrize("stays", [True, False])
async def test_a_chair_with_an_interest_in_an_item_declares_nothing_about_it(tenant, stays):
    chamber, held = await sitting(tenant)
    # Nobody rules on their own, so the chair's is to leave; a row says what another who presides has ruled.
    made = await chamber.do("chair", declare_conflict, held.items["Vision"], text="A share in it.")
    if stays:
        await change(chamber, made, ruling=ConflictRuling.STAY_WITHOUT_VOTING)
    assert await codes_of(declare(held)) == ["CONFLICT_OF_INTEREST"]
    await declare(held, title="Governance")
    await change(chamber, made, ruling=ConflictRuling.STAY)
    await declare(held)


async def test_an_item_that_was_withdrawn_is_not_decided_on(tenant):
    _, held = await sitting(tenant)
    await change_item(held, withdrawn_at=tenant.house.clock())
    assert await codes_of(declare(held)) == ["ITEM_WITHDRAWN"]


async def test_a_matter_kept_for_public_meetings_is_not_decided_behind_doors(tenant):
    rules = {"publicMatters": ["PROPOSAL_REVIEW"]}
    _, closed = await sitting(tenant, rules=rules, bodies=0, meeting={"is_public": False})
    await change_item(closed, matter="PROPOSAL_REVIEW")
    assert await codes_of(declare(closed, NOTE)) == ["PUBLIC_MATTER"]
    assert await codes_of(declare(closed, RECOMMEND)) == ["PUBLIC_MATTER", "NOT_ADMINISTRATION"]
    held = await make_meeting(closed.chamber, present=ALL, private=("Vision",))
    await change_item(held, matter="PROPOSAL_REVIEW")
    assert await codes_of(declare(held, RECOMMEND)) == ["PUBLIC_MATTER"]
    await change_item(held, is_private=False)
    await declare(held, RECOMMEND)


@pytest.mark.parametrize("kind", [DecisionKind.RECOMMEND, DecisionKind.REFER])
async def test_a_meeting_that_is_not_public_reaches_nobody_else(tenant, kind):
    _, held = await sitting(tenant, bodies=0, meeting={"is_public": False})
    assert await codes_of(declare(held, kind)) == ["NOT_ADMINISTRATION"]
    for ours in (NOTE, DecisionKind.ENDORSE, APPROVE):
        await declare(held, ours)


async def test_a_meeting_that_is_not_public_uses_no_delegation(tenant):
    chamber, held = await sitting(tenant, meeting={"is_public": False})
    (item,) = await delegate(chamber)
    assert await codes_of(declare(held, APPROVE, delegation_item_id=item)) == ["NOT_ADMINISTRATION"]


async def test_a_meeting_that_is_not_public_answers_no_recommendations(tenant):
    _, held = await sitting(tenant, meeting={"is_public": False})
    _, wanted = await write_paper(held, "To note this.")
    answers = [Answer(wanted, RecommendationAnswer.ACCEPTED)]
    assert await codes_of(declare(held, NOTE, answers=answers)) == ["NOT_ADMINISTRATION"]


async def test_a_decision_answers_recommendations_once(tenant):
    chamber, held = await sitting(tenant)
    _, first, second = await write_paper(held, "To note this.", "To endorse that.")
    _, elsewhere = await write_paper(held, "To do more.", title="Governance")
    accepted = Answer(first, RecommendationAnswer.ACCEPTED)
    amended = Answer(second, RecommendationAnswer.AMENDED, " To endorse half of it. ")
    made = await declare(held, answers=[accepted, amended])
    found = {each.id: each for each in await rows(chamber, Recommendation)}
    assert [(found[each].answer, found[each].answer_text) for each in (first, second, elsewhere)] == [
        ("ACCEPTED", None),
        ("AMENDED", "To endorse half of it."),
        (None, None),
    ]
    assert (found[first].decision_id, found[first].answered_at) == (made.id, made.decided_at)
    assert await problems_of(declare(held, answers=[accepted])) == [
        ("ANSWERED_ALREADY", ("recommendations", "0", "recommendation"))
    ]


async def test_answers_are_of_the_items_own_papers_and_say_what_is_amended(tenant):
    _, held = await sitting(tenant)
    _, wanted, dropped = await write_paper(held, "To note this.", "To note that.")
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        (await scope.find(Recommendation, dropped)).withdrawn_at = scope.now()
    _, elsewhere = await write_paper(held, "To do more.", title="Governance")
    _, gone = await write_paper(held, "To do this too.", withdrawn_at=tenant.house.clock())
    for each in (elsewhere, gone, dropped, new_id()):
        answers = [Answer(each, RecommendationAnswer.ACCEPTED)]
        assert await codes_of(declare(held, answers=answers)) == ["RECOMMENDATION_OF_ANOTHER_ITEM"]
    bad = [
        Answer(wanted, RecommendationAnswer.AMENDED, " "),
        Answer(wanted, RecommendationAnswer.REJECTED, "x" * 20_001),
    ]
    assert await problems_of(declare(held, answers=bad)) == [
        ("ANSWER_TEXT_MISSING", ("recommendations", "0", "text")),
        ("ANSWERED_ALREADY", ("recommendations", "1", "recommendation")),
        ("TEXT_TOO_LONG", ("recommendations", "1", "text")),
    ]


async def test_all_that_is_in_the_way_is_told_at_once(tenant):
    chamber = await make_chamber(
        tenant, can_decide=False, rules={"quorum": {"votingMembers": 3}, "publicMatters": ["M"]}
    )
    held = await make_meeting(chamber, present=("chair",), is_public=False)
    await change_item(held, matter="M")
    lost = await write_vote(held, carried=False)
    answers = [Answer(new_id(), RecommendationAnswer.ACCEPTED)]
    given: dict[str, Any] = {
        "text": " ",
        "vote_id": lost,
        "answers": answers,
        "amount": Decimal(1),
        "bodies": [new_id()],
    }
    assert await codes_of(declare(held, APPROVE, **given)) == [
        "INQUORATE",
        "TEXT_MISSING",
        "CANNOT_DECIDE",
        "AMOUNT_WITHOUT_FUND",
        "STRANGER_BODY",
        "NO_DELEGATION_NAMED",
        "PUBLIC_MATTER",
        "NOT_ADMINISTRATION",
        "VOTE_NOT_CARRIED",
        "RECOMMENDATION_OF_ANOTHER_ITEM",
    ]
    assert await rows(chamber, Decision) == []


@pytest.mark.parametrize("somebody", ["secretary", "member1", "author"])
async def test_only_the_chair_declares(tenant, somebody):
    chamber, held = await sitting(tenant)
    await change_item(held, public_at=tenant.house.clock())
    verb = chamber.do(somebody, declare_decision, held.items["Vision"], Declared(NOTE, "x"))
    assert await codes_of(verb) == ["DENIED"]


async def test_who_is_barred_from_an_item_is_barred_from_its_decision(tenant):
    _chamber, held = await sitting(tenant, meeting={"private": ("Vision",)})
    barred = [tenant.identities["member1"].subject_id]
    await change_item(held, barred=barred)
    assert (await declare(held)).barred == barred


async def test_a_declaration_is_in_the_journal_without_its_text(tenant):
    _chamber, held = await sitting(tenant)
    made = await declare(held)
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        query = select(JournalEntry).where(col(JournalEntry.subject_id) == made.id)
        (entry,) = (await scope.session.execute(query)).scalars()
    assert (entry.action, entry.detail["number"], entry.detail["kind"]) == ("decision.declared", 1, "NOTE")
    assert "The committee has decided" not in str(entry.detail)


async def test_numbers_count_without_gaps_whatever_is_refused_and_however_many_at_once(tenant):
    chamber, held = await sitting(tenant)
    other = await make_meeting(chamber, present=ALL)
    await declare(held)
    assert await codes_of(declare(held, text="")) == ["TEXT_MISSING"]
    await asyncio.gather(*(declare(each) for each in (held, other) * 4))
    assert sorted(each.number for each in await rows(chamber, Decision)) == [*range(1, 10)]


async def test_a_decision_never_stands_on_a_delegation_that_was_withdrawn_before_it(tenant):
    """The withdrawal holds its row, and commits when the decision waits for it."""
    chamber, held = await sitting(tenant)
    (item,) = await enter(chamber)
    (first,), _ = await adopt(chamber, 1, item), await adopt(chamber, 2, item)
    withdrawn, waits = asyncio.Event(), asyncio.Event()

    async def withdraw_slowly(scope):
        await withdraw_adoption(scope, first.id, reason="r")
        await scope.session.flush()
        withdrawn.set()
        await waits.wait()

    async def decide():
        await withdrawn.wait()
        return await codes_of(declare(held, APPROVE, delegation_item_id=item))

    withdrawing = asyncio.create_task(chamber.do("officer1", withdraw_slowly))
    deciding = asyncio.create_task(decide())
    await somebody_waits(tenant)
    waits.set()
    await withdrawing
    assert await deciding == ["NOT_DELEGATED"]


async def test_a_withdrawal_waits_for_a_decision_that_stands_on_it(tenant):
    chamber, held = await sitting(tenant)
    (item,) = await delegate(chamber)
    first = (await rows_of_item(chamber, item))[0]
    declared_ = Declared(APPROVE, "x", vote_id=await write_vote(held), delegation_item_id=item)
    declared, waits = asyncio.Event(), asyncio.Event()

    async def declare_slowly(scope):
        made = await declare_decision(scope, held.items["Vision"], declared_)
        declared.set()
        await waits.wait()
        return made

    async def withdraw():
        await declared.wait()
        officer = f"officer{chamber.bodies.index(first.body_id) + 1}"
        return await chamber.do(officer, withdraw_adoption, first.id, reason="r")

    declaring = asyncio.create_task(chamber.do("chair", declare_slowly))
    withdrawing = asyncio.create_task(withdraw())
    await somebody_waits(tenant)
    waits.set()
    made = await declaring
    gone = await withdrawing
    assert gone.withdrawn_at is not None
    assert first.id in {each.adoption_id for each in await rows(chamber, DecisionBody) if each.decision_id == made.id}


async def rows_of_item(chamber, item):
    return [each for each in await rows(chamber, DelegationAdoption) if each.item_id == item]


async def somebody_waits(tenant):
    """Until a transaction waits for a row that another one holds."""
    query = text("select count(*) from pg_locks where not granted")
    async with asyncio.timeout(30), tenant.house.database.global_transaction() as session:
        while not (await session.execute(query)).scalar_one():
            await asyncio.to_thread(lambda: None)
