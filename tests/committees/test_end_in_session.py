"""A term that ends while a meeting goes on: its holder leaves, the quorum is watched, and the ballot counts nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.committees.building import at_time, make_chamber, make_meeting
from tests.committees.refusals import refused
from tests.committees.test_attendance import OF_TWO, S, arrive, give_a_role, leave, rows

from almoner.committees.cast_ballot import cast_ballot
from almoner.committees.end_appointment import end_appointment
from almoner.committees.open_meeting import open_meeting
from almoner.committees.read import get_meeting
from almoner.committees.substitutes import Substitute
from almoner.committees.tables import Attendance, AttendanceSpan, Ballot, QuorumChange
from almoner.committees.votes import close_vote, open_vote
from almoner.committees.words import BallotChoice

pytestmark = pytest.mark.anyio


async def end(chamber, name):
    administrator = ("program_administrator", end_appointment, chamber.appointments[name])
    return await chamber.tenant.do(*administrator, reason="resigned")


async def test_whose_term_ends_in_session_leaves_and_the_quorum_goes_with_them(tenant):
    chamber = await make_chamber(tenant, rules=OF_TWO)
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED, present=("chair", "member1"))
    await chamber.do("chair", open_meeting, held.id)
    await end(chamber, "member1")
    changes = await rows(chamber, QuorumChange)
    assert [(each.is_quorate, each.voting_members) for each in changes] == [(True, 2), (False, 1)]
    assert (await chamber.do("chair", get_meeting, held.id)).is_quorate is False
    (there,) = await rows(chamber, Attendance, appointment_id=chamber.appointments["member1"])
    (span,) = await rows(chamber, AttendanceSpan, attendance_id=there.id)
    assert (there.is_present, span.left_at) == (False, changes[-1].at)


async def test_who_sits_in_for_a_term_that_ends_leaves_too(tenant):
    chamber = await make_chamber(tenant, rules=OF_TWO)
    held = await make_meeting(chamber, present=("chair",))
    await arrive(chamber, held, "member1", Substitute("The deputy", await give_a_role(tenant, chamber, "nobody")))
    await end(chamber, "member1")
    assert (await chamber.do("chair", get_meeting, held.id)).is_quorate is False
    with refused("NOT_APPOINTED"):
        await arrive(chamber, held, "member1")


async def test_the_end_of_a_term_changes_a_quorum_that_is_a_share_of_those_who_sit(tenant):
    chamber = await make_chamber(tenant, members=4, rules={"quorum": {"votingMembers": 1, "bodies": 0, "share": "1/2"}})
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED, present=("chair", "member1"))
    assert (await chamber.do("chair", open_meeting, held.id)).is_quorate is False  # 2 of 5
    await end(chamber, "member4")
    assert (await chamber.do("chair", get_meeting, held.id)).is_quorate is True  # 2 of 4


async def test_whose_term_ends_before_the_opening_is_not_in_the_room_at_it(tenant):
    chamber = await make_chamber(tenant, rules=OF_TWO)
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED, present=("chair", "member1"))
    await end(chamber, "member1")
    assert [each.is_present for each in await rows(chamber, Attendance)] == [True, False]
    assert (await chamber.do("chair", open_meeting, held.id)).is_quorate is False


async def test_a_ballot_counts_nothing_if_the_term_that_it_was_cast_for_has_ended_when_the_vote_closes(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=("chair", "member1", "member2"))
    vote = await chamber.do("chair", open_vote, held.items["Vision"], motion="So be it.")
    for name, choice in (("member1", BallotChoice.FOR), ("chair", BallotChoice.AGAINST)):
        await chamber.do(name, cast_ballot, vote.id, choice)
    await end(chamber, "member1")
    closed = await chamber.do("chair", close_vote, vote.id)
    assert (closed.votes_for, closed.votes_against, closed.is_carried) == (0, 1, False)
    ballots = {each.choice: each.weight for each in await rows(chamber, Ballot)}
    assert ballots == {BallotChoice.FOR: 0, BallotChoice.AGAINST: 1}


async def test_past_midnight_a_term_that_ends_counts_no_more_in_the_meeting_that_began_before(tenant):
    chamber = await make_chamber(tenant, rules=OF_TWO)
    held = await make_meeting(chamber, present=("chair", "member1"))
    begun = (await chamber.do("chair", get_meeting, held.id)).starts_at
    late = at_time(tenant, lambda: begun + timedelta(days=1))
    await late.do("program_administrator", end_appointment, chamber.appointments["member1"], reason="resigned")
    assert (await chamber.do("chair", get_meeting, held.id)).is_quorate is False
    with refused("NOT_APPOINTED"):
        await arrive(chamber, held, "member1")


async def test_another_term_ends_and_nobody_leaves(tenant):
    chamber = await make_chamber(tenant, rules=OF_TWO)
    held = await make_meeting(chamber, present=("chair", "member1"))
    await end(chamber, "member2")
    assert [each.is_present for each in await rows(chamber, Attendance)] == [True, True]
    await leave(chamber, held, "member1")
