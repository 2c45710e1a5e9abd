"""Opening and closing meetings, and who is in the room meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select
from tests.committees.building import at_time, make_chamber, make_meeting
from tests.committees.refusals import refused

from almoner.authorization.roles import assign_role
from almoner.committees.attendance import record_apologies, record_arrival, record_departure
from almoner.committees.close_meeting import close_formal_part, close_meeting
from almoner.committees.exclusions import add_exclusion, lift_exclusion
from almoner.committees.open_meeting import open_meeting
from almoner.committees.presence import insist_on_quorum
from almoner.committees.read import get_meeting
from almoner.committees.status import MEETING_MOVES, MeetingStatus
from almoner.committees.substitutes import Substitute
from almoner.committees.tables import Appointment, Attendance, AttendanceSpan, Decision, QuorumChange, Vote
from almoner.committees.votes import close_vote, open_vote
from almoner.committees.words import ExclusionKind
from almoner.core.ids import new_id
from almoner.organizations.tables import Organization

pytestmark = pytest.mark.anyio
S = MeetingStatus
OF_TWO = {"quorum": {"votingMembers": 2, "bodies": 1}}


async def rows(chamber, table, **equal):
    async def read(scope):
        query = select(table).where(col(table.tenant_id) == scope.tenant_id)
        for name, value in equal.items():
            query = query.where(col(getattr(table, name)) == value)
        return (await scope.session.execute(query.order_by(col(table.id)))).scalars().all()

    return await chamber.do("chair", read)


async def arrive(chamber, held, name, *args, **kwargs):
    return await chamber.do("secretary", record_arrival, held.id, chamber.appointments[name], *args, **kwargs)


async def leave(chamber, held, name):
    return await chamber.do("secretary", record_departure, held.id, chamber.appointments[name])


@pytest.mark.parametrize("status", [each for each in S if S.IN_SESSION not in MEETING_MOVES[each]])
async def test_only_a_meeting_with_a_published_agenda_opens(tenant, status):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=status)
    with refused("WRONG_STATUS"):
        await chamber.do("chair", open_meeting, held.id)
    assert await rows(chamber, QuorumChange) == []


async def test_a_meeting_opens_on_its_day_where_the_agency_is_and_not_before(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED, days=3)
    meeting = await chamber.do("chair", get_meeting, held.id)
    # Phoenix is seven hours behind, all the year: the day begins at seven.
    begins = datetime.combine(meeting.held_on, datetime.min.time(), UTC) + timedelta(hours=7)
    late = at_time(tenant, lambda: begins - timedelta(seconds=1))
    for verb, who in (
        (open_meeting, "chair"),
        (lambda s, i: record_arrival(s, i, chamber.appointments["chair"]), "secretary"),
    ):
        with refused("BEFORE_ITS_DAY"):
            await late.do(who, verb, held.id)
    opened = await at_time(tenant, lambda: begins).do("chair", open_meeting, held.id)
    assert (opened.status, opened.opened_at) == (S.IN_SESSION, begins)


async def test_an_inquorate_meeting_opens_and_says_what_it_lacks(tenant):
    chamber = await make_chamber(tenant, rules=OF_TWO)
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED, present=("chair",))
    assert (await chamber.do("chair", open_meeting, held.id)).is_quorate is False
    (first,) = await rows(chamber, QuorumChange)
    assert (first.voting_members, first.bodies, len(first.lacking)) == (1, 0, 2)

    async def decide(scope):
        await insist_on_quorum(scope, await get_meeting(scope, held.id))

    with refused("INQUORATE"):
        await chamber.do("chair", decide)


async def test_the_quorum_is_watched_while_people_come_and_go(tenant):
    chamber = await make_chamber(tenant, rules=OF_TWO)
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED)
    await arrive(chamber, held, "member1")
    assert await rows(chamber, QuorumChange) == []  # the first is of the opening
    await chamber.do("chair", open_meeting, held.id)
    await arrive(chamber, held, "observer")  # does not vote
    await arrive(chamber, held, "chair")
    await arrive(chamber, held, "member2")
    await leave(chamber, held, "chair")
    await leave(chamber, held, "member2")
    changes = await rows(chamber, QuorumChange)
    assert [(each.is_quorate, each.voting_members) for each in changes] == [(False, 1), (True, 2), (False, 1)]
    assert changes[-1].lacking == ["1 more of 2 voting members"]
    meeting = await chamber.do("chair", get_meeting, held.id)
    assert meeting.is_quorate is False


async def test_spans_are_kept_and_nobody_arrives_or_leaves_twice(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber)
    with refused("NOT_PRESENT"):
        await leave(chamber, held, "member1")
    for _ in range(2):
        await arrive(chamber, held, "member1")
        with refused("ALREADY_PRESENT"):
            await arrive(chamber, held, "member1")
        with refused("ALREADY_PRESENT"):
            await chamber.do("secretary", record_apologies, held.id, chamber.appointments["member1"])
        there = await leave(chamber, held, "member1")
        with refused("NOT_PRESENT"):
            await leave(chamber, held, "member1")
    spans = await rows(chamber, AttendanceSpan, attendance_id=there.id)
    assert len(spans) == 2
    assert all(each.arrived_at <= each.left_at for each in spans)


RECORDING = {
    "apologies": (record_apologies, {S.PLANNED, S.NOTICE_GIVEN, S.AGENDA_PUBLISHED, S.IN_SESSION}, "WRONG_STATUS"),
    "arrival": (record_arrival, {S.AGENDA_PUBLISHED, S.IN_SESSION}, "WRONG_STATUS"),
    "departure": (record_departure, {S.AGENDA_PUBLISHED, S.IN_SESSION}, "WRONG_STATUS"),
}


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("what", RECORDING)
async def test_attendance_is_recorded_at_its_moments_only(tenant, status, what):
    verb, allowed, code = RECORDING[what]
    chamber = await make_chamber(tenant, members=1)
    held = await make_meeting(chamber, status=status, present=("member1",) if what == "departure" else ())
    before = [each.model_dump() for each in await rows(chamber, Attendance)]
    if status in allowed:
        await chamber.do("secretary", verb, held.id, chamber.appointments["member1"])
    else:
        with refused(code):
            await chamber.do("secretary", verb, held.id, chamber.appointments["member1"])
    after = [each.model_dump() for each in await rows(chamber, Attendance)]
    assert (before != after) is (status in allowed)


@pytest.mark.parametrize("verb", [record_apologies, record_arrival, record_departure])
async def test_only_who_is_appointed_there_on_the_day_attends(tenant, verb):
    chamber, other = await make_chamber(tenant), await make_chamber(tenant, prefix="other-")
    held = await make_meeting(chamber)
    elsewhere = other.appointments["chair"]
    with refused("NOT_FOUND"):
        await chamber.do("secretary", verb, held.id, new_id())
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        await assign_role(
            scope,
            tenant.identities["secretary"].subject_id,
            "committee_observer",
            reason="r",
            at=await scope.find(Organization, other.id),
        )
    with refused("NOT_APPOINTED"):
        await chamber.do("secretary", verb, held.id, elsewhere)
    early = await make_meeting(chamber, status=S.IN_SESSION, days=-5_000)
    with refused("NOT_APPOINTED"):
        await chamber.do("secretary", verb, early.id, chamber.appointments["chair"])


async def give_a_role(tenant, chamber, who, role="committee_member"):
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        place = await scope.find(Organization, chamber.id)
        await assign_role(scope, tenant.identities[who].subject_id, role, reason="sits in", at=place)
    return tenant.identities[who].subject_id


async def test_who_sits_in_counts_where_substitutes_vote_and_has_an_account_that_may(tenant):
    chamber = await make_chamber(tenant, rules=OF_TWO)
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED, present=("chair",))
    await chamber.do("chair", open_meeting, held.id)
    account = tenant.identities["nobody"].subject_id
    sits_in = Substitute("The deputy", account)
    with refused("SUBSTITUTE_MAY_NOT_VOTE"):
        await arrive(chamber, held, "member1", sits_in)
    await give_a_role(tenant, chamber, "nobody")
    await chamber.do("secretary", record_apologies, held.id, chamber.appointments["member1"], sits_in)
    with refused("SUBSTITUTE_IS_TAKEN"):
        await chamber.do("secretary", record_apologies, held.id, chamber.appointments["member2"], sits_in)
    there = await arrive(chamber, held, "member1")  # who was named comes
    assert (there.substitute, there.substitute_id, there.apologies_at is not None) == ("The deputy", account, True)
    (change,) = await rows(chamber, QuorumChange, is_quorate=True)
    assert (change.voting_members, change.bodies) == (2, 1)
    await leave(chamber, held, "member1")
    there = await arrive(chamber, held, "member1", in_person=True)
    assert (there.substitute, there.substitute_id, there.apologies_at) == (None, None, None)


async def test_without_an_account_a_substitute_is_there_and_does_not_count(tenant):
    chamber = await make_chamber(tenant, rules=OF_TWO)
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED, present=("member1",))
    await arrive(chamber, held, "member2", Substitute("Somebody"))
    assert (await chamber.do("chair", open_meeting, held.id)).is_quorate is False


@pytest.mark.parametrize(
    ("substitute", "in_person", "codes"),
    [
        (Substitute(" "), False, ["NAME_MISSING"]),
        (Substitute("x" * 201), False, ["NAME_MISSING"]),
        (Substitute("", new_id()), False, ["NAME_MISSING", "SUBSTITUTE_MAY_NOT_VOTE"]),
        (Substitute("x"), True, ["SUBSTITUTE_NOT_WANTED"]),
    ],
)
async def test_a_substitute_has_a_name_and_a_right(tenant, substitute, in_person, codes):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber)
    with refused(*codes):
        await arrive(chamber, held, "member1", substitute, in_person=in_person)
    assert await rows(chamber, Attendance) == []


async def test_a_voting_member_sits_in_for_nobody(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber)
    with refused("SUBSTITUTE_IS_MEMBER"):
        await arrive(chamber, held, "member1", Substitute("x", tenant.identities["member2"].subject_id))


async def test_an_exclusion_keeps_from_sitting_in_for_a_voting_member_as_from_the_seat(tenant):
    chamber, board = await make_chamber(tenant), await make_chamber(tenant, prefix="board-")
    held = await make_meeting(chamber)
    sits_in = Substitute("The director", await give_a_role(tenant, chamber, "board-member1"))
    given = {"kind": ExclusionKind.VOTING_SEAT_ELSEWHERE, "other_id": chamber.id, "reason": "separation of roles"}
    exclusion = await tenant.do("program_administrator", add_exclusion, board.id, **given)
    with refused("EXCLUDED_BY_SEAT"):
        await arrive(chamber, held, "member1", sits_in)
    with refused("EXCLUDED_BY_SEAT"):
        await chamber.do("secretary", record_apologies, held.id, chamber.appointments["member1"], sits_in)
    assert await rows(chamber, Attendance) == []
    await arrive(chamber, held, "observer", sits_in)  # who sits in for no voting seat is not kept
    await leave(chamber, held, "observer")
    await chamber.do("secretary", record_apologies, held.id, chamber.appointments["observer"])
    await tenant.do("program_administrator", lift_exclusion, exclusion.id)
    await arrive(chamber, held, "member1", sits_in)


async def test_an_affiliation_that_a_seat_elsewhere_tells_of_keeps_from_sitting_in(tenant):
    chamber, board = await make_chamber(tenant), await make_chamber(tenant, prefix="board-")
    held = await make_meeting(chamber)
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        (await scope.find(Appointment, board.appointments["observer"])).affiliations = ["FEDERAL_EMPLOYEE"]
    given = {"kind": ExclusionKind.AFFILIATION, "affiliation": "FEDERAL_EMPLOYEE", "reason": "the act"}
    await tenant.do("program_administrator", add_exclusion, chamber.id, **given)
    sits_in = Substitute("The official", await give_a_role(tenant, chamber, "board-observer"))
    with refused("EXCLUDED_BY_AFFILIATION"):
        await arrive(chamber, held, "member1", sits_in)


@pytest.mark.parametrize("status", [each for each in S if each != S.IN_SESSION])
@pytest.mark.parametrize("verb", [close_formal_part, close_meeting])
async def test_only_a_meeting_in_session_is_closed(tenant, status, verb):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=status)
    with refused("MEETING_NOT_IN_SESSION"):
        await chamber.do("chair", verb, held.id)
    assert (await chamber.do("chair", get_meeting, held.id)).status == status


async def test_a_meeting_is_closed_in_two_steps_and_not_over_an_open_vote(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=("chair",))
    vote = await chamber.do("chair", open_vote, held.items["Vision"], motion="So be it.")
    for verb in (close_formal_part, close_meeting):
        with refused("VOTE_OPEN"):
            await chamber.do("chair", verb, held.id)
    await chamber.do("chair", close_vote, vote.id)
    await chamber.do("chair", close_formal_part, held.id)
    with refused("FORMAL_PART_CLOSED"):
        await chamber.do("chair", close_formal_part, held.id)
    with refused("FORMAL_PART_CLOSED"):
        await chamber.do("chair", open_vote, held.items["Vision"], motion="Another.")
    closed = await chamber.do("chair", close_meeting, held.id)
    assert (closed.status, closed.is_quorate) == (S.HELD, None)
    assert closed.formal_part_closed_at <= closed.closed_at
    (there,) = await rows(chamber, Attendance)
    (span,) = await rows(chamber, AttendanceSpan)
    assert (there.is_present, span.left_at) == (True, closed.closed_at)


@pytest.mark.parametrize("is_public", [True, False])
async def test_what_is_public_of_a_meeting_is_published_when_it_closes(tenant, is_public):
    chamber = await make_chamber(tenant)
    held = await make_meeting(
        chamber, status=S.AGENDA_PUBLISHED, present=("chair",), is_public=is_public, private=("Governance",)
    )
    opened = (await chamber.do("chair", open_meeting, held.id)).opened_at
    for title, item in held.items.items():
        vote = await chamber.do("chair", open_vote, item, motion=title)
        await chamber.do("chair", close_vote, vote.id)
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        for number, (title, item) in enumerate(held.items.items(), 1):
            scope.session.add(
                Decision(
                    tenant_id=tenant.id,
                    committee_id=chamber.id,
                    meeting_id=held.id,
                    item_id=item,
                    number=number,
                    kind="NOTE",
                    text=title,
                    declared_by=new_id(),
                    decided_at=scope.now(),
                )
            )
    closed = await chamber.do("chair", close_meeting, held.id)
    public = closed.closed_at if is_public else None
    assert [each.public_at for each in await rows(chamber, Attendance)] == [opened if is_public else None]
    for voted, text in ((Vote, "motion"), (Decision, "text")):
        found = {getattr(each, text): each.public_at for each in await rows(chamber, voted)}
        assert found == {"Vision": public, "Governance": None}


@pytest.mark.parametrize("is_public", [True, False])
async def test_everybody_knows_who_is_in_the_room_of_a_public_meeting_from_its_opening(tenant, is_public):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED, is_public=is_public)

    async def known():
        return {each.appointment_id for each in await rows(chamber, Attendance) if each.public_at is not None}

    await arrive(chamber, held, "chair")
    await chamber.do("secretary", record_apologies, held.id, chamber.appointments["member1"])
    assert await known() == set()
    await chamber.do("chair", open_meeting, held.id)
    await arrive(chamber, held, "member2")
    there = {chamber.appointments[who] for who in ("chair", "member1", "member2")}
    assert await known() == (there if is_public else set())
