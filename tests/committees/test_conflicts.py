"""Interests in agenda items, and what follows from them."""

from __future__ import annotations

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.refusals import refused
from tests.committees.test_attendance import S, give_a_role, rows

from almoner.authorization.permissions import Permission
from almoner.committees.attendance import record_arrival
from almoner.committees.barring import spread
from almoner.committees.cast_ballot import cast_ballot
from almoner.committees.declare_conflict import declare_conflict, rule_on_conflict
from almoner.committees.open_meeting import open_meeting
from almoner.committees.status import MeetingStatus
from almoner.committees.substitutes import Substitute
from almoner.committees.tables import AgendaItem, Attendance, AttendanceSpan, ConflictDeclaration, Paper, Vote
from almoner.committees.votes import close_vote, open_vote
from almoner.committees.words import BallotChoice, ConflictRuling
from almoner.core.ids import new_id

pytestmark = pytest.mark.anyio
BEFORE = {S.PLANNED, S.NOTICE_GIVEN, S.AGENDA_PUBLISHED, S.IN_SESSION}
EVERYBODY = ("chair", "member1", "member2", "member3", "member4")


async def declare(chamber, who, item):
    return await chamber.do(who, declare_conflict, item, text="A cousin bids.")


@pytest.mark.parametrize("status", MeetingStatus)
async def test_interests_are_declared_and_ruled_on_until_the_meeting_is_over(tenant, status):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=status)
    if status in BEFORE:
        made = await declare(chamber, "member1", held.items["Vision"])
        assert (made.ruling, made.subject_id) == (None, tenant.identities["member1"].subject_id)
        ruled = await chamber.do("chair", rule_on_conflict, made.id, ConflictRuling.STAY)
        assert (ruled.ruling, ruled.ruled_by) == ("STAY", tenant.identities["chair"].subject_id)
        with refused("RULED_ALREADY"):
            await chamber.do("chair", rule_on_conflict, made.id, ConflictRuling.LEAVE)
        return
    with refused("WRONG_STATUS"):
        await declare(chamber, "member1", held.items["Vision"])
    late = await declared_row(chamber, held, "member1")
    with refused("WRONG_STATUS"):
        await chamber.do("chair", rule_on_conflict, late, ConflictRuling.STAY)


async def declared_row(chamber, held, who):
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        row = ConflictDeclaration(
            tenant_id=chamber.tenant.id,
            committee_id=chamber.id,
            meeting_id=held.id,
            item_id=held.items["Vision"],
            appointment_id=chamber.appointments[who],
            subject_id=chamber.tenant.identities[who].subject_id,
            text="A cousin.",
            declared_at=scope.now(),
        )
        scope.session.add(row)
    return row.id


async def test_bad_declarations_are_refused_and_leave_nothing(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber)
    item = held.items["Vision"]
    for text in ("", "  ", "x" * 2001):
        with refused("TEXT_MISSING"):
            await chamber.do("member1", declare_conflict, item, text=text)
    with refused("NOT_FOUND"):
        await chamber.do("member1", declare_conflict, new_id(), text="x")
    with refused("DENIED"):
        await chamber.do("secretary", declare_conflict, item, text="x")
    await give_a_role(tenant, chamber, "nobody")
    with refused("NOT_APPOINTED"):
        await chamber.do("nobody", declare_conflict, item, text="x")
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        (await scope.find(AgendaItem, held.items["Governance"])).withdrawn_at = scope.now()
    with refused("ITEM_WITHDRAWN"):
        await declare(chamber, "member1", held.items["Governance"])
    assert await rows(chamber, ConflictDeclaration) == []
    await declare(chamber, "member1", item)
    with refused("DECLARED_ALREADY"):
        await declare(chamber, "member1", item)


@pytest.mark.parametrize("ruling", [None, *ConflictRuling])
async def test_a_conflict_keeps_from_the_vote_and_the_quorum_of_that_item_alone(tenant, ruling):
    chamber = await make_chamber(tenant, rules={"quorum": {"votingMembers": 5}})
    held = await make_meeting(chamber, present=EVERYBODY)
    made = await declare(chamber, "member1", held.items["Vision"])
    if ruling:
        await chamber.do("chair", rule_on_conflict, made.id, ruling)
    if ruling == ConflictRuling.STAY:
        vote = await chamber.do("chair", open_vote, held.items["Vision"], motion="x")
        await chamber.do("member1", cast_ballot, vote.id, BallotChoice.FOR)
        return
    with refused("INQUORATE"):
        await chamber.do("chair", open_vote, held.items["Vision"], motion="x")
    if ruling == ConflictRuling.LEAVE:
        return  # has left, for the other item, too
    vote = await chamber.do("chair", open_vote, held.items["Governance"], motion="x")
    await chamber.do("member1", cast_ballot, vote.id, BallotChoice.FOR)


@pytest.mark.parametrize("ruling", [None, ConflictRuling.STAY_WITHOUT_VOTING])
async def test_somebody_in_the_room_with_a_conflict_does_not_vote_on_the_item(tenant, ruling):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=EVERYBODY)
    made = await declare(chamber, "member1", held.items["Vision"])
    if ruling:
        await chamber.do("chair", rule_on_conflict, made.id, ruling)
    vote = await chamber.do("chair", open_vote, held.items["Vision"], motion="x")
    with refused("CONFLICT_OF_INTEREST"):
        await chamber.do("member1", cast_ballot, vote.id, BallotChoice.FOR)


async def test_a_ballot_of_who_declares_an_interest_afterwards_counts_nothing(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=EVERYBODY)
    vote = await chamber.do("chair", open_vote, held.items["Vision"], motion="x")
    await chamber.do("member1", cast_ballot, vote.id, BallotChoice.FOR)
    await chamber.do("member2", cast_ballot, vote.id, BallotChoice.AGAINST)
    await declare(chamber, "member1", held.items["Vision"])
    closed = await chamber.do("chair", close_vote, vote.id)
    assert (closed.votes_for, closed.votes_against, closed.is_carried) == (0, 1, False)


async def test_who_is_told_to_leave_leaves_at_once_or_when_the_vote_opens(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED, present=EVERYBODY)
    early = await declare(chamber, "member1", held.items["Vision"])
    await chamber.do("chair", rule_on_conflict, early.id, ConflictRuling.LEAVE)
    assert len(await rows(chamber, Attendance, is_present=False)) == 0
    await chamber.do("chair", open_meeting, held.id)
    later = await declare(chamber, "member2", held.items["Vision"])
    await chamber.do("chair", rule_on_conflict, later.id, ConflictRuling.LEAVE)
    (gone,) = await rows(chamber, Attendance, is_present=False)
    assert gone.appointment_id == chamber.appointments["member2"]
    await chamber.do("chair", open_vote, held.items["Vision"], motion="x")
    gone = await rows(chamber, Attendance, is_present=False)
    assert {each.appointment_id for each in gone} == {chamber.appointments[who] for who in ("member1", "member2")}
    spans = await rows(chamber, AttendanceSpan)
    assert {each.attendance_id for each in spans if each.left_at} == {each.id for each in gone}


async def test_nobody_rules_on_oneself_and_who_presides_leaves(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=EVERYBODY)
    made = await declare(chamber, "chair", held.items["Vision"])
    assert made.ruling == ConflictRuling.LEAVE
    (gone,) = await rows(chamber, Attendance, is_present=False)
    assert gone.appointment_id == chamber.appointments["chair"]
    with refused("CONFLICT_OF_INTEREST"):
        await chamber.do("chair", open_vote, held.items["Vision"], motion="x")
    await chamber.do("chair", open_vote, held.items["Governance"], motion="x")
    theirs = await declare(chamber, "member1", held.items["Vision"])
    await give_a_role(tenant, chamber, "member1", "committee_chair")
    with refused("OWN_CONFLICT"):
        await chamber.do("member1", rule_on_conflict, theirs.id, ConflictRuling.STAY)
    await give_a_role(tenant, chamber, "member2", "committee_chair")
    await chamber.do("member2", rule_on_conflict, theirs.id, ConflictRuling.STAY)


async def test_the_interest_of_who_sits_in_is_not_the_holders(tenant):
    chamber = await make_chamber(tenant)
    await give_a_role(tenant, chamber, "nobody")
    held = await make_meeting(chamber, present=("chair",))
    deputy = Substitute("The deputy", tenant.identities["nobody"].subject_id)
    await chamber.do("secretary", record_arrival, held.id, chamber.appointments["member1"], deputy)
    await declare(chamber, "nobody", held.items["Vision"])
    vote = await chamber.do("chair", open_vote, held.items["Vision"], motion="x")
    with refused("CONFLICT_OF_INTEREST"):
        await chamber.do("nobody", cast_ballot, vote.id, BallotChoice.FOR)
    with refused("NOT_PRESENT"):
        await chamber.do("member1", cast_ballot, vote.id, BallotChoice.FOR)


@pytest.mark.parametrize("private", [True, False])
async def test_who_leaves_for_a_private_item_sees_nothing_of_it_any_more(tenant, private):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=EVERYBODY, private=("Vision",) if private else ())
    item = held.items["Vision"]
    vote = await chamber.do("chair", open_vote, item, motion="x")
    await chamber.do("chair", close_vote, vote.id)
    made = await declare(chamber, "member1", item)
    await chamber.do("chair", rule_on_conflict, made.id, ConflictRuling.LEAVE)
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        paper = Paper(
            tenant_id=tenant.id,
            committee_id=chamber.id,
            meeting_id=held.id,
            item_id=item,
            author_id=new_id(),
            title="Late",
        )
        scope.session.add(paper)
        await spread(scope, await scope.find(AgendaItem, item))

    async def sees(scope):
        return [
            scope.allows(permission, await scope.find(table, row))
            for table, row, permission in (
                (AgendaItem, item, Permission.AGENDA_ITEM_VIEW),
                (AgendaItem, held.items["Governance"], Permission.AGENDA_ITEM_VIEW),
                (Vote, vote.id, Permission.VOTE_VIEW),
                (Paper, paper.id, Permission.PAPER_VIEW),
            )
        ]

    assert await chamber.do("member1", sees) == [not private, True, not private, not private]
    assert await chamber.do("member2", sees) == [True, True, True, True]
