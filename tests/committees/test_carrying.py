"""Which vote carries a decision, and what is declared without one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import ALL, change, codes_of, declare, problems_of, sitting, write_paper, write_vote

from almoner.committees.recommendation_answers import Answer
from almoner.committees.words import DecisionKind, RecommendationAnswer
from almoner.core.ids import new_id

pytestmark = pytest.mark.anyio
APPROVE, NOTE, RECOMMEND = DecisionKind.APPROVE, DecisionKind.NOTE, DecisionKind.RECOMMEND


async def test_a_vote_must_be_of_the_item_closed_and_carried(tenant):
    _, held = await sitting(tenant)
    elsewhere = await write_vote(held, title="Governance")
    lost, undecided = await write_vote(held, carried=False), await write_vote(held, carried=None)
    for vote, code in (
        (elsewhere, "VOTE_OF_ANOTHER_ITEM"),
        (new_id(), "VOTE_OF_ANOTHER_ITEM"),
        (lost, "VOTE_NOT_CARRIED"),
        (undecided, "VOTE_NOT_CARRIED"),
    ):
        assert await problems_of(declare(held, vote_id=vote)) == [(code, ("vote",))]
    carried = await write_vote(held)
    assert (await declare(held, vote_id=carried)).vote_id == carried


async def test_a_vote_carries_one_decision(tenant):
    _, held = await sitting(tenant)
    vote = await write_vote(held)
    await declare(held, RECOMMEND, vote_id=vote)
    assert await problems_of(declare(held, vote_id=vote)) == [("VOTE_USED", ("vote",))]
    await declare(held, vote_id=await write_vote(held))


async def test_the_database_keeps_a_vote_from_carrying_two(tenant):
    chamber, held = await sitting(tenant)
    made = await declare(held, RECOMMEND, vote_id=await write_vote(held))
    other = await declare(held, RECOMMEND)
    with pytest.raises(IntegrityError, match="decision_tenant_id_vote_id_key"):
        await change(chamber, other, vote_id=made.vote_id)


@pytest.mark.parametrize("carried", [False, None])
@pytest.mark.parametrize("kind", [kind for kind in DecisionKind if kind is not NOTE])
async def test_what_a_vote_has_not_carried_is_not_declared_without_one_that_has(tenant, kind, carried):
    _, held = await sitting(tenant, bodies=0)
    await write_vote(held)
    await write_vote(held, carried=carried)
    assert await problems_of(declare(held, kind, vote_id=None)) == [("VOTE_NOT_CARRIED", ("vote",))]
    await declare(held, kind, title="Governance", vote_id=await write_vote(held, title="Governance"))
    await declare(held, kind, vote_id=await write_vote(held))


async def test_after_a_lost_vote_a_committee_takes_note_and_rejects(tenant):
    _, held = await sitting(tenant, bodies=0)
    _, first, second = await write_paper(held, "To do this.", "To do that.")
    await write_vote(held, carried=False)
    for taken in (RecommendationAnswer.ACCEPTED, RecommendationAnswer.AMENDED):
        answers = [Answer(first, RecommendationAnswer.REJECTED), Answer(second, taken, "Half of it.")]
        assert await problems_of(declare(held, answers=answers)) == [("VOTE_NOT_CARRIED", ("vote",))]
    answers = [Answer(first, RecommendationAnswer.REJECTED), Answer(second, RecommendationAnswer.DEFERRED)]
    assert (await declare(held, answers=answers)).vote_id is None


async def test_the_last_vote_counts_not_the_last_that_was_opened(tenant):
    _, held = await sitting(tenant, bodies=0)
    now = tenant.house.clock()
    await write_vote(held, carried=False, closed_at=now)
    await write_vote(held, closed_at=now - timedelta(minutes=1))
    assert await codes_of(declare(held, RECOMMEND)) == ["VOTE_NOT_CARRIED"]
    await write_vote(held, closed_at=now + timedelta(minutes=1))
    assert (await declare(held, RECOMMEND)).vote_id is None


async def test_an_approval_is_carried_by_a_vote_unless_the_rules_want_none(tenant):
    _, held = await sitting(tenant, bodies=0)
    assert await problems_of(declare(held, APPROVE, vote_id=None)) == [("VOTE_NEEDED", ("vote",))]
    chamber = await make_chamber(tenant, bodies=0, prefix="agreed-", rules={"voteNeededFor": []})
    by_consensus = await declare(await make_meeting(chamber, present=ALL), APPROVE, vote_id=None)
    assert by_consensus.vote_id is None


async def test_the_rules_may_want_a_vote_for_other_kinds(tenant):
    _, held = await sitting(tenant, bodies=0, rules={"voteNeededFor": ["NOTE"]})
    assert await codes_of(declare(held, NOTE)) == ["VOTE_NEEDED"]
    await declare(held, RECOMMEND)
    await declare(held, NOTE, vote_id=await write_vote(held))


async def test_nothing_is_declared_while_a_vote_on_it_is_open(tenant):
    _, held = await sitting(tenant)
    vote = await write_vote(held, open_=True)
    for given in (None, vote):
        assert await codes_of(declare(held, vote_id=given)) == ["VOTE_OPEN"]
