"""Putting motions to the vote, casting ballots, counting."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlmodel import col
from tests.committees.building import make_chamber, make_meeting
from tests.committees.refusals import refused
from tests.committees.test_attendance import S, arrive, give_a_role, leave, rows

from almoner.committees.cast_ballot import cast_ballot
from almoner.committees.status import MeetingStatus
from almoner.committees.substitutes import Substitute
from almoner.committees.tables import AgendaItem, Ballot, Meeting, Vote
from almoner.committees.terms import draft_terms_of_reference
from almoner.committees.votes import close_vote, open_vote
from almoner.committees.words import BallotChoice, Majority
from almoner.core.ids import new_id

pytestmark = pytest.mark.anyio
FOR, AGAINST, ABSTAIN = BallotChoice
EVERYBODY = ("chair", "member1", "member2", "member3", "member4")


async def opened(chamber, held, **asked):
    return await chamber.do("chair", open_vote, held.items["Vision"], motion="So be it.", **asked)


async def becomes(tenant, table, row_id, **values):
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        of_row = update(table).where(col(table.tenant_id) == tenant.id, col(table.id) == row_id)
        await scope.session.execute(of_row.values(**values))


@pytest.mark.parametrize("status", [each for each in MeetingStatus if each != S.IN_SESSION])
async def test_votes_are_opened_cast_and_closed_in_session_only(tenant, status):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=EVERYBODY)
    vote = await opened(chamber, held)
    await becomes(tenant, Meeting, held.id, status=status)
    for who, verb, args in (
        ("chair", open_vote, (held.items["Governance"],)),
        ("member1", cast_ballot, (vote.id, FOR)),
        ("chair", close_vote, (vote.id,)),
    ):
        with refused("MEETING_NOT_IN_SESSION"):
            await chamber.do(who, verb, *args, **({"motion": "x"} if verb is open_vote else {}))
    assert await rows(chamber, Ballot) == []
    assert [each.closed_at for each in await rows(chamber, Vote)] == [None]


async def test_bad_votes_are_refused_all_problems_at_once(tenant):
    chamber = await make_chamber(tenant, rules={"majority": "SHARE", "majorityShare": "2/3"})
    held = await make_meeting(chamber, present=EVERYBODY)
    with refused("MOTION_MISSING", "MAJORITY_TOO_LOW"):
        await chamber.do("chair", open_vote, held.items["Vision"], motion=" ", majority=Majority.MAJORITY)
    for share in ("", "x", "0", "3/2", "1/0", "-1", "1/3000000000000000000"):
        with refused("BAD_SHARE"):
            await opened(chamber, held, share=share)
    with refused("BAD_SHARE"):
        await opened(chamber, held, majority=Majority.UNANIMOUS, share="1")
    with refused("MAJORITY_TOO_LOW"):
        await opened(chamber, held, share="0.66")
    with refused("NOT_FOUND"):
        await chamber.do("chair", open_vote, new_id(), motion="x")
    with refused("DENIED"):
        await chamber.do("secretary", open_vote, held.items["Vision"], motion="x")
    assert await rows(chamber, Vote) == []
    vote = await opened(chamber, held, share="0.75")
    assert (vote.majority, vote.majority_share) == ("SHARE", "3/4")
    with refused("VOTE_OPEN"):
        await opened(chamber, held)


async def test_nobody_carries_by_asking_for_all_what_weights_would_not(tenant):
    """The chair comes from no body and weighs nothing: alone for it, they would carry by heads."""
    chamber = await make_chamber(tenant, rules={"majority": "WEIGHTED", "majorityShare": "1/2"})
    held = await make_meeting(chamber, present=EVERYBODY)
    for member_votes, carried in ((ABSTAIN, False), (FOR, True)):
        vote = await opened(chamber, held, majority=Majority.UNANIMOUS)
        await chamber.do("chair", cast_ballot, vote.id, FOR)
        for who in EVERYBODY[1:]:
            await chamber.do(who, cast_ballot, vote.id, member_votes)
        closed = await chamber.do("chair", close_vote, vote.id)
        assert (closed.is_carried, closed.votes_against) == (carried, 0)
    vote = await opened(chamber, held, majority=Majority.UNANIMOUS)
    for who, choice in (("chair", AGAINST), ("member1", FOR), ("member2", FOR)):
        await chamber.do(who, cast_ballot, vote.id, choice)
    assert (await chamber.do("chair", close_vote, vote.id)).is_carried is False


async def test_new_rules_do_not_change_what_an_open_vote_takes(tenant):
    chamber = await make_chamber(tenant, bodies=0)
    held = await make_meeting(chamber, present=EVERYBODY)
    vote = await opened(chamber, held)
    for who, choice in zip(EVERYBODY[:3], (FOR, FOR, AGAINST), strict=True):
        await chamber.do(who, cast_ballot, vote.id, choice)
    charter = {"text": "Together.", "rules": {"majority": "UNANIMOUS"}}
    await chamber.do("program_administrator", draft_terms_of_reference, chamber.id, **charter)
    assert (await chamber.do("chair", close_vote, vote.id)).is_carried is True


async def test_matters_kept_for_public_meetings_and_withdrawn_items_are_not_voted_on(tenant):
    chamber = await make_chamber(tenant, rules={"publicMatters": ["PROPOSAL_REVIEW"]})
    for is_public, is_private in ((True, False), (False, False), (True, True)):
        held = await make_meeting(chamber, present=EVERYBODY, is_public=is_public)
        kept = {"matter": "PROPOSAL_REVIEW", "is_private": is_private}
        await becomes(tenant, AgendaItem, held.items["Vision"], **kept)
        await becomes(tenant, AgendaItem, held.items["Governance"], withdrawn_at=tenant.house.clock())
        with refused("ITEM_WITHDRAWN"):
            await chamber.do("chair", open_vote, held.items["Governance"], motion="x")
        if is_public and not is_private:
            await opened(chamber, held)
        else:
            with refused("PUBLIC_MATTER"):
                await opened(chamber, held)


async def test_an_inquorate_meeting_opens_no_vote(tenant):
    chamber = await make_chamber(tenant, rules={"quorum": {"votingMembers": 2}})
    held = await make_meeting(chamber, present=("chair", "observer"))
    with refused("INQUORATE"):
        await opened(chamber, held)


async def test_who_may_not_vote_is_told_why_and_nothing_changes(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=("chair", "member1", "observer"))
    vote = await opened(chamber, held)
    await give_a_role(tenant, chamber, "observer")
    for who, code in (
        ("secretary", "DENIED"),
        ("nobody", "NOT_FOUND"),
        ("observer", "NOT_A_VOTING_MEMBER"),
        ("member2", "NOT_PRESENT"),
    ):
        with refused(code):
            await chamber.do(who, cast_ballot, vote.id, FOR)
    with refused("NOT_FOUND"):
        await chamber.do("member1", cast_ballot, new_id(), FOR)
    assert await rows(chamber, Ballot) == []


@pytest.mark.parametrize("again", BallotChoice)
async def test_the_first_ballot_stands_whatever_a_second_says(tenant, again):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=EVERYBODY)
    vote = await opened(chamber, held)
    first = await chamber.do("member1", cast_ballot, vote.id, FOR)
    with refused("ALREADY_VOTED"):
        await chamber.do("member1", cast_ballot, vote.id, again)
    (stands,) = await rows(chamber, Ballot)
    assert (stands.id, stands.choice, stands.cast_at) == (first.id, "FOR", first.cast_at)


async def test_a_closed_vote_takes_no_ballot_and_is_not_closed_again(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=EVERYBODY)
    vote = await opened(chamber, held)
    with refused("DENIED"):
        await chamber.do("secretary", close_vote, vote.id)
    await chamber.do("member1", cast_ballot, vote.id, FOR)
    closed = await chamber.do("chair", close_vote, vote.id)
    for who in ("member1", "member2"):
        with refused("VOTE_CLOSED"):
            await chamber.do(who, cast_ballot, vote.id, AGAINST)
    with refused("VOTE_CLOSED"):
        await chamber.do("chair", close_vote, vote.id)
    assert [each.model_dump() for each in await rows(chamber, Vote)] == [closed.model_dump()]


@pytest.mark.parametrize("substitutes_vote", [True, False])
async def test_who_sits_in_votes_for_the_seat_if_substitutes_vote(tenant, substitutes_vote):
    chamber = await make_chamber(tenant, rules={"substitutesVote": substitutes_vote})
    await give_a_role(tenant, chamber, "nobody")
    held = await make_meeting(chamber, present=("chair",))
    deputy = Substitute("The deputy", tenant.identities["nobody"].subject_id)
    await arrive(chamber, held, "member1", deputy)
    vote = await opened(chamber, held)
    with refused("NOT_PRESENT"):
        await chamber.do("member1", cast_ballot, vote.id, FOR)
    if not substitutes_vote:
        with refused("NOT_A_VOTING_MEMBER"):
            await chamber.do("nobody", cast_ballot, vote.id, FOR)
        return
    ballot = await chamber.do("nobody", cast_ballot, vote.id, FOR)
    assert ballot.appointment_id == chamber.appointments["member1"]
    await leave(chamber, held, "member1")
    await arrive(chamber, held, "member1", in_person=True)
    with refused("ALREADY_VOTED"):  # the seat has
        await chamber.do("member1", cast_ballot, vote.id, AGAINST)
    await arrive(chamber, held, "member2", deputy)
    with refused("ALREADY_VOTED"):  # the person has
        await chamber.do("nobody", cast_ballot, vote.id, AGAINST)


async def test_without_a_quorum_at_the_end_there_is_no_result_and_it_says_why(tenant):
    chamber = await make_chamber(tenant, rules={"quorum": {"votingMembers": 5}})
    held = await make_meeting(chamber, present=EVERYBODY)
    vote = await opened(chamber, held)
    for who in EVERYBODY:
        await chamber.do(who, cast_ballot, vote.id, FOR)
    await leave(chamber, held, "member4")
    closed = await chamber.do("chair", close_vote, vote.id)
    assert (closed.is_carried, closed.votes_for) == (None, 5)
    assert closed.lacking == ["1 more of 5 voting members"]


@pytest.mark.parametrize(
    ("rules", "asked", "choices", "carried"),
    [
        ({}, {}, (FOR, FOR, AGAINST, ABSTAIN), True),
        ({}, {}, (FOR, AGAINST), False),
        ({}, {}, (ABSTAIN, ABSTAIN), False),
        ({}, {}, (), False),
        ({}, {"majority": Majority.UNANIMOUS}, (FOR, FOR, FOR, AGAINST), False),
        ({}, {"majority": Majority.UNANIMOUS}, (FOR, ABSTAIN), True),
        # Two of three are exactly two thirds, which no decimal says.
        ({"majority": "SHARE", "majorityShare": "2/3"}, {}, (FOR, FOR, AGAINST), True),
        ({}, {"majority": Majority.SHARE, "share": "2/3"}, (FOR, FOR, AGAINST, AGAINST, FOR), False),
    ],
)
async def test_a_motion_is_carried_by_the_majority_that_was_asked_for(tenant, rules, asked, choices, carried):
    chamber = await make_chamber(tenant, rules=rules)
    held = await make_meeting(chamber, present=EVERYBODY)
    vote = await opened(chamber, held, **asked)
    for who, choice in zip(EVERYBODY, choices, strict=False):
        await chamber.do(who, cast_ballot, vote.id, choice)
    closed = await chamber.do("chair", close_vote, vote.id)
    assert closed.is_carried is carried
    counted = (closed.votes_for, closed.votes_against, closed.abstentions)
    assert counted == tuple(choices.count(each) for each in BallotChoice)
    assert {each.weight for each in await rows(chamber, Ballot)} <= {Decimal(1)}


async def test_in_a_weighted_vote_a_body_weighs_what_it_weighs(tenant):
    # Body 1 weighs 1 and has members 1, 4 and 7; body 2 weighs 2 and has 2 and 5; body 3 weighs 3 and has 3 and 6.
    chamber = await make_chamber(tenant, members=7, bodies=3, rules={"majority": "WEIGHTED", "majorityShare": "2/3"})
    held = await make_meeting(chamber, present=tuple(chamber.appointments))
    vote = await opened(chamber, held)
    choices = {"member1": FOR, "member4": FOR, "member7": AGAINST, "member2": AGAINST, "member3": FOR, "chair": AGAINST}
    for who, choice in choices.items():
        await chamber.do(who, cast_ballot, vote.id, choice)
    closed = await chamber.do("chair", close_vote, vote.id)
    third = Decimal("0.333333333333")
    weights = {each.appointment_id: each.weight for each in await rows(chamber, Ballot)}
    assert {who: weights[chamber.appointments[who]] for who in choices} == {
        "member1": third,
        "member4": third,
        "member7": third,
        "member2": 2,
        "member3": 3,
        "chair": 0,
    }
    # 3 2/3 of 6 is less than two thirds.
    assert (closed.votes_for, closed.votes_against) == (Decimal("3.666666666667"), Decimal("2.333333333333"))
    assert closed.is_carried is False
