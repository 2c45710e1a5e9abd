"""Exclusions: checked when somebody is appointed, in both committees, and when they are made."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest
from tests.committees.founding import BEGIN, Founder, refused

from almoner.committees.end_appointment import end_appointment
from almoner.committees.exclusions import exclude, lift_exclusion
from almoner.committees.words import ExclusionKind, SeatRole, SeatVote
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


async def no_federal(founder, committee):
    return await founder.do(exclude, committee.id, kind=AFFILIATION, affiliation=FEDERAL, reason="the statute")


async def apart(founder, committee, other):
    return await founder.do(exclude, committee.id, kind=ELSEWHERE, other_id=other.id, reason="separation of roles")


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
    await founder.sit(await founder.seat(board), "ann")
    third = await founder.committee("THIRD")
    await founder.sit(await founder.seat(third), "ann")


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
        return await founder.do(exclude, board.id, kind=kind, reason=reason, **more)

    assert await refused(made(AFFILIATION, " ")) == ["TEXT_BLANK", "EXCLUSION_INCOMPLETE"]
    assert await refused(made(AFFILIATION, affiliation="no code", other_id=joint.id)) == [
        "BAD_AFFILIATION",
        "EXCLUSION_OVERFULL",
    ]
    assert await refused(made(ELSEWHERE, affiliation=FEDERAL)) == ["EXCLUSION_INCOMPLETE", "EXCLUSION_OVERFULL"]
    assert await refused(made(ELSEWHERE, other_id=board.id)) == ["EXCLUDES_ITSELF"]
    assert await refused(made(ELSEWHERE, other_id=new_id())) == ["NOT_FOUND"]
    await no_federal(founder, board)
    assert await refused(no_federal(founder, board)) == ["EXCLUSION_EXISTS"]
    await apart(founder, board, joint)
    assert await refused(apart(founder, joint, board)) == ["EXCLUSION_EXISTS"]
    await no_federal(founder, joint)
    given = {"kind": AFFILIATION, "affiliation": "LOBBYIST", "reason": "r"}
    assert await refused(founder.tenant.do("auditor", exclude, board.id, **given)) == ["DENIED"]


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
