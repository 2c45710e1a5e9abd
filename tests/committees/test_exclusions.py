"""Exclusions: checked when somebody is appointed, in both committees, and when they are made."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest
from tests.committees.founding import BEGIN, Founder, refused

from almoner.committees.end_appointment import end_appointment
from almoner.committees.exclusions import add_exclusion, lift_exclusion
from almoner.committees.words import ExcludedSeats, ExclusionKind, SeatRole, SeatVote
from almoner.core.errors import AlmonerError, Conflict
from almoner.core.ids import new_id

pytestmark = pytest.mark.anyio
AFFILIATION, ELSEWHERE = ExclusionKind.AFFILIATION, ExclusionKind.VOTING_SEAT_ELSEWHERE
FEDERAL = "FEDERAL_EMPLOYEE"


@pytest.fixture
def founder(tenant) -> Founder:
    return Founder(tenant)


@pytest.fixture
async def board(founder):
    return await founder.committee("BOARD")


@pytest.fixture
async def joint(founder):
    return await founder.committee("JOINT")


async def no_federal(founder, committee, **more):
    given = {"kind": AFFILIATION, "affiliation": FEDERAL, "reason": "the statute", **more}
    return await founder.do(add_exclusion, committee.id, **given)


async def apart(founder, committee, other):
    return await founder.do(
        add_exclusion, committee.id, kind=ELSEWHERE, other_id=other.id, reason="separation of roles"
    )


async def test_an_affiliation_keeps_from_voting_seats_until_it_is_lifted(founder, board):
    voting = await founder.seat(board)
    adviser = await founder.seat(board, "Adviser", vote=SeatVote.NON_VOTING)
    exclusion = await no_federal(founder, board)
    affiliated = {"affiliations": ("VETERAN", FEDERAL)}
    assert await refused(founder.sit(voting, "ann", **affiliated)) == ["EXCLUDED_BY_AFFILIATION"]
    assert (await founder.sit(adviser, "ann", **affiliated)).affiliations == [FEDERAL, "VETERAN"]
    await founder.sit(voting, "bob", affiliations=("VETERAN",))
    await founder.do(lift_exclusion, exclusion.id)
    assert await refused(founder.do(lift_exclusion, exclusion.id)) == ["EXCLUSION_LIFTED"]
    await founder.sit(voting, "cat", **affiliated)


@pytest.mark.parametrize(
    ("seats", "kept"),
    [(ExcludedSeats.VOTING, {SeatVote.VOTING}), (ExcludedSeats.MEMBERS, {SeatVote.VOTING, SeatVote.NON_VOTING})],
)
async def test_an_exclusion_says_from_which_seats_it_keeps(founder, board, seats, kept):
    await no_federal(founder, board, seats=seats)
    refusals = {}
    for vote in SeatVote:
        seat = await founder.seat(board, vote.value, vote=vote)
        try:
            await founder.sit(seat, f"the {vote.value}", affiliations=(FEDERAL,))
        except AlmonerError as error:
            refusals[vote] = [each.code for each in error.problems]
    assert refusals == {vote: ["EXCLUDED_BY_AFFILIATION"] for vote in kept}


async def test_an_exclusion_of_members_is_broken_by_one_who_does_not_vote(founder, board):
    adviser = await founder.seat(board, "Adviser", vote=SeatVote.NON_VOTING)
    await founder.sit(adviser, "ann", affiliations=(FEDERAL,))
    await no_federal(founder, board)
    assert await refused(no_federal(founder, board)) == ["EXCLUSION_EXISTS"]
    assert await refused(no_federal(founder, board, seats=ExcludedSeats.MEMBERS)) == ["EXCLUSION_BROKEN"]


async def test_an_affiliation_that_another_term_tells_of_bites_on_the_days_that_they_share(founder, board, joint):
    seat, elsewhere = await founder.seat(board), await founder.seat(joint, vote=SeatVote.IN_ATTENDANCE)
    await no_federal(founder, board)
    end = BEGIN + timedelta(days=100)
    await founder.sit(elsewhere, "ann", BEGIN, end, affiliations=(FEDERAL,))
    assert await refused(founder.sit(seat, "ann", end - timedelta(days=1))) == ["EXCLUDED_BY_AFFILIATION"]
    await founder.sit(seat, "ann", end)


async def test_an_affiliation_is_refused_where_the_person_sits_already_elsewhere_without(founder, board, joint):
    seat, elsewhere = await founder.seat(board), await founder.seat(joint, vote=SeatVote.IN_ATTENDANCE)
    await no_federal(founder, board)
    end = BEGIN + timedelta(days=100)
    await founder.sit(seat, "ann", BEGIN, end)
    federal = {"affiliations": (FEDERAL,)}
    assert await refused(founder.sit(elsewhere, "ann", end - timedelta(days=1), **federal)) == [
        "EXCLUDED_BY_AFFILIATION"
    ]
    await founder.sit(elsewhere, "ann", end, **federal)


async def test_an_exclusion_is_broken_by_what_a_term_elsewhere_says_of_who_sits(founder, board, joint):
    await founder.sit(await founder.seat(board), "ann")
    await founder.sit(await founder.seat(joint, vote=SeatVote.IN_ATTENDANCE), "ann", affiliations=(FEDERAL,))
    assert await refused(no_federal(founder, board)) == ["EXCLUSION_BROKEN"]


async def test_an_exclusion_and_an_appointment_elsewhere_at_one_instant_do_not_slip_past_each_other(
    founder, board, joint
):
    await founder.sit(await founder.seat(board), "ann")
    elsewhere = await founder.seat(joint, vote=SeatVote.IN_ATTENDANCE)
    outcomes = []

    async def race(attempt):
        try:
            await attempt
            outcomes.append("done")
        except AlmonerError as error:
            outcomes.append(error.problems[0].code)

    async with anyio.create_task_group() as racing:
        racing.start_soon(race, no_federal(founder, board))
        racing.start_soon(race, founder.sit(elsewhere, "ann", affiliations=(FEDERAL,)))
    assert sorted(outcomes) in (["EXCLUDED_BY_AFFILIATION", "done"], ["EXCLUSION_BROKEN", "done"])


@pytest.mark.parametrize("first", [0, 1])
async def test_a_voting_seat_elsewhere_is_refused_to_whichever_comes_second(founder, board, joint, first):
    seats = [await founder.seat(board), await founder.seat(joint)]
    exclusion = await apart(founder, board, joint)
    end = BEGIN + timedelta(days=100)
    await founder.sit(seats[first], "ann", BEGIN, end)
    second = seats[1 - first]
    assert await refused(founder.sit(second, "ann", end - timedelta(days=1))) == ["EXCLUDED_BY_SEAT"]
    await founder.sit(second, "ann", end)
    await founder.sit(second, "bob", BEGIN)
    assert await refused(founder.sit(seats[first], "bob", end)) == ["EXCLUDED_BY_SEAT"]
    await founder.do(lift_exclusion, exclusion.id)
    await founder.sit(seats[first], "bob", end)


async def test_a_seat_in_attendance_excludes_nobody(founder, board, joint):
    await apart(founder, board, joint)
    attends = await founder.seat(joint, "Observer", vote=SeatVote.IN_ATTENDANCE, role=SeatRole.OBSERVER)
    await founder.sit(attends, "ann")
    third = await founder.committee("THIRD")
    for committee in (board, third):
        made = await founder.sit(await founder.seat(committee), "ann")
        assert made.committee_id == committee.id


async def test_an_exclusion_that_sitting_members_break_is_refused_with_their_number(founder, board, joint):
    seat, other = await founder.seat(board), await founder.seat(joint)
    end = await founder.today(-1)
    # Who sat once breaks nothing, nor does whose term was ended before it began.
    await founder.sit(seat, "old", BEGIN, end, affiliations=(FEDERAL,))
    never = await founder.sit(seat, "never", await founder.today(30), affiliations=(FEDERAL,))
    await founder.do(end_appointment, never.id, reason="moved")
    ann = await founder.sit(seat, "ann", affiliations=(FEDERAL,))
    await founder.sit(seat, "bob", await founder.today(30), affiliations=(FEDERAL,))
    for who in ("ann", "bob", "old"):
        await founder.sit(other, who)
    with pytest.raises(Conflict, match=r"^2 of those who sit") as caught:
        await no_federal(founder, board)
    assert caught.value.problems[0].code == "EXCLUSION_BROKEN"
    with pytest.raises(Conflict, match=r"^2 of those who sit"):
        await apart(founder, joint, board)
    await founder.do(end_appointment, ann.id, reason="r")
    with pytest.raises(Conflict, match=r"^1 of those who sit"):
        await no_federal(founder, board)


async def test_an_exclusion_says_what_its_kind_needs_and_nothing_else(founder, board, joint):
    async def made(kind, reason="r", **more):
        return await founder.do(add_exclusion, board.id, kind=kind, reason=reason, **more)

    assert await refused(made(AFFILIATION, " ")) == ["TEXT_BLANK", "EXCLUSION_INCOMPLETE"]
    assert await refused(made(AFFILIATION, affiliation="no code", other_id=joint.id)) == [
        "BAD_AFFILIATION",
        "EXCLUSION_OVERFULL",
    ]
    assert await refused(made(ELSEWHERE, affiliation=FEDERAL)) == ["EXCLUSION_INCOMPLETE", "EXCLUSION_OVERFULL"]
    overfull = made(ELSEWHERE, other_id=joint.id, seats=ExcludedSeats.MEMBERS)
    assert await refused(overfull) == ["EXCLUSION_OVERFULL"]
    assert await refused(made(ELSEWHERE, other_id=board.id)) == ["EXCLUDES_ITSELF"]
    assert await refused(made(ELSEWHERE, other_id=new_id())) == ["NOT_FOUND"]
    await no_federal(founder, board)
    assert await refused(no_federal(founder, board)) == ["EXCLUSION_EXISTS"]
    await apart(founder, board, joint)
    assert await refused(apart(founder, joint, board)) == ["EXCLUSION_EXISTS"]
    await no_federal(founder, joint)
    given = {"kind": AFFILIATION, "affiliation": "LOBBYIST", "reason": "r"}
    assert await refused(founder.tenant.do("auditor", add_exclusion, board.id, **given)) == ["DENIED"]


async def test_two_appointments_at_one_instant_do_not_slip_past_an_exclusion(founder, board, joint):
    seats = [await founder.seat(board), await founder.seat(joint)]
    await apart(founder, board, joint)
    await founder.person("ann")
    outcomes = []

    async def race(seat):
        try:
            outcomes.append((await founder.sit(seat, "ann")).name)
        except AlmonerError as error:
            outcomes.append(error.problems[0].code)

    async with anyio.create_task_group() as racing:
        for seat in seats:
            racing.start_soon(race, seat)
    assert sorted(outcomes) == ["EXCLUDED_BY_SEAT", "ann"]
