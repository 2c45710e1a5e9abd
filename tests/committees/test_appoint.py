"""Appointments: the role that they give, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import anyio
import pytest
from sqlmodel import col, select
from tests.committees.building import at_time
from tests.committees.founding import ADMIN, BEGIN, Founder, refused

from almoner.authorization.permissions import Permission
from almoner.authorization.roles import end_role_assignment
from almoner.authorization.tables import RoleAssignment
from almoner.committees.appoint import NewAppointment, appoint
from almoner.committees.end_appointment import end_appointment
from almoner.committees.membership import terms_in
from almoner.committees.tables import Committee
from almoner.committees.words import SeatRole, SeatVote
from almoner.core.errors import AlmonerError, Invalid
from almoner.core.ids import new_id
from almoner.organizations.close_organization import close_organization

pytestmark = pytest.mark.anyio
END = date(2018, 1, 1)


@pytest.fixture
def founder(tenant) -> Founder:
    return Founder(tenant)


@pytest.fixture
async def committee(founder):
    return await founder.committee(is_public=False)


@pytest.fixture
async def seat(founder, committee):
    return await founder.seat(committee)


async def role_of(founder, appointment) -> RoleAssignment:
    async def look(scope):
        return await scope.find(RoleAssignment, appointment.assignment_id)

    return await founder.do(look)


async def sees(tenant, who, committee) -> bool:
    async with tenant.house.scope(tenant.identities[who], "test") as scope:
        return scope.allows(Permission.COMMITTEE_VIEW, await scope.find(Committee, committee.id))


async def test_an_appointment_gives_the_role_of_the_seat_for_its_days_in_the_agencys_zone(founder, committee):
    chair = await founder.seat(committee, "Chair", role=SeatRole.CHAIR)
    # Daylight saving begins in between in most places, though not in Phoenix.
    begin, end = date(2027, 3, 1), date(2027, 9, 1)
    made = await founder.sit(chair, "ann", begin, end, appointed_by=" Comptroller General ")
    role = await role_of(founder, made)
    assert (role.role, role.organization_id, role.kind) == ("committee_chair", committee.id, "APPOINTED")
    assert (made.appointed_by, made.public_at) == ("Comptroller General", None)
    assert role.valid_from == datetime(2027, 3, 1, 7, tzinfo=UTC)
    assert role.valid_until == datetime(2027, 9, 1, 7, tzinfo=UTC)
    midnight = datetime(2027, 3, 1, tzinfo=ZoneInfo("America/Phoenix"))
    for seconds, there in ((-1, False), (0, True)):
        then = at_time(founder.tenant, lambda seconds=seconds: midnight + timedelta(seconds=seconds))
        assert await sees(then, "ann", committee) is there


async def test_ending_an_appointment_ends_the_role_at_once(founder, committee, seat):
    made = await founder.sit(seat, "ann")
    assert await sees(founder.tenant, "ann", committee)
    assert await refused(founder.do(end_appointment, made.id, reason=" ")) == ["REASON_MISSING"]
    ended = await founder.do(end_appointment, made.id, reason="resigned")
    assert (ended.ends_on, ended.end_reason) == (await founder.today(), "resigned")
    assert not await sees(founder.tenant, "ann", committee)
    assert (await role_of(founder, made)).end_reason == "resigned"
    assert await refused(founder.do(end_appointment, made.id, reason="again")) == ["APPOINTMENT_ENDED"]
    # The day of the end is free for the next term, of the same person too.
    again = await founder.sit(seat, "ann", await founder.today())
    assert await sees(founder.tenant, "ann", committee)
    assert again.id != made.id


async def test_a_term_that_had_not_begun_ends_without_a_day(founder, committee):
    seat = await founder.seat(committee, "Only one", maximum=1)
    begin = await founder.today(30)
    made = await founder.sit(seat, "ann", begin)
    ended = await founder.do(end_appointment, made.id, reason="moved away")
    assert (ended.begins_on, ended.ends_on) == (begin, begin)
    assert (await founder.sit(seat, "bob", begin)).begins_on == begin


async def test_an_appointment_ends_though_its_role_was_taken_away_already(founder, seat):
    made = await founder.sit(seat, "ann")
    await founder.do(end_role_assignment, made.assignment_id, reason="at once")
    assert (await founder.do(end_appointment, made.id, reason="left")).end_reason == "left"
    assert (await role_of(founder, made)).end_reason == "at once"


async def test_a_term_that_is_over_cannot_be_ended(founder, seat):
    made = await founder.sit(seat, "ann", BEGIN, END)
    assert await refused(founder.do(end_appointment, made.id, reason="r")) == ["APPOINTMENT_ENDED"]
    assert await refused(founder.do(end_appointment, new_id(), reason="r")) == ["NOT_FOUND"]


async def test_nobody_appoints_themselves_and_few_appoint(founder, seat):
    own = {"name": "x", "begins_on": BEGIN, "appointed_by": "x"}
    me = founder.tenant.identities[ADMIN].subject_id
    assert await refused(founder.do(appoint, seat.id, NewAppointment(me, **own))) == ["SEPARATION_OF_DUTIES"]
    made = await founder.sit(seat, "ann")
    other = NewAppointment(await founder.person("bob"), **own)
    assert await refused(founder.tenant.do("auditor", appoint, seat.id, other)) == ["DENIED"]
    assert await refused(founder.tenant.do("ann", appoint, seat.id, other)) == ["DENIED"]
    assert await refused(founder.tenant.do("nobody", appoint, seat.id, other)) == ["NOT_FOUND"]
    assert await refused(founder.tenant.do("ann", end_appointment, made.id, reason="r")) == ["DENIED"]
    assert await refused(founder.do(appoint, new_id(), other)) == ["NOT_FOUND"]


async def test_all_that_is_wrong_with_an_appointment_is_said_at_once(founder, seat):
    with pytest.raises(Invalid) as caught:
        await founder.sit(
            seat,
            "ann",
            date(1800, 1, 1),
            date(1799, 1, 1),
            name=" ",
            appointed_by="x" * 201,
            affiliations=("federal employee",),
        )
    assert [(problem.code, problem.path) for problem in caught.value.problems] == [
        ("TEXT_BLANK", ("name",)),
        ("TEXT_TOO_LONG", ("appointedBy",)),
        ("DAY_FAR_OFF", ("beginsOn",)),
        ("DAY_FAR_OFF", ("endsOn",)),
        ("PERIOD_ORDER", ("endsOn",)),
        ("BAD_AFFILIATION", ("affiliations",)),
    ]
    assert await refused(founder.sit(seat, "ann", ends_on=BEGIN)) == ["PERIOD_ORDER"]
    many = tuple(f"A{n}" for n in range(21))
    assert await refused(founder.sit(seat, "ann", affiliations=many)) == ["TOO_MANY_AFFILIATIONS"]
    assert await founder.do(terms_in, seat.committee_id) == []


async def test_only_accounts_of_people_hold_seats(founder, seat):
    machine = founder.tenant.identities["integrator"].subject_id
    for subject in (machine, new_id()):
        new = NewAppointment(subject, "x", BEGIN, "x")
        assert await refused(founder.do(appoint, seat.id, new)) == ["UNKNOWN_SUBJECT"]


async def test_terms_of_one_person_in_a_committee_do_not_overlap(founder, committee, seat):
    other = await founder.seat(committee, "Adviser", vote=SeatVote.IN_ATTENDANCE)
    await founder.sit(seat, "ann", BEGIN, END)
    assert await refused(founder.sit(other, "ann", END - timedelta(days=1))) == ["TERM_OVERLAPS"]
    assert await refused(founder.sit(seat, "ann", BEGIN - timedelta(days=9), BEGIN + timedelta(days=1))) == [
        "TERM_OVERLAPS"
    ]
    await founder.sit(other, "ann", END, END + timedelta(days=9))
    await founder.sit(seat, "ann", BEGIN - timedelta(days=9), BEGIN)
    elsewhere = await founder.committee("ELSE")
    await founder.sit(await founder.seat(elsewhere), "ann", BEGIN, END)


async def test_a_seat_has_its_maximum_on_no_day_exceeded(founder, committee):
    seat = await founder.seat(committee, "Lay member", maximum=2)
    await founder.sit(seat, "ann", BEGIN, END)
    await founder.sit(seat, "bob", END - timedelta(days=1))
    assert await refused(founder.sit(seat, "cat", BEGIN)) == ["SEAT_FULL"]
    assert await refused(founder.sit(seat, "cat", END - timedelta(days=1), END)) == ["SEAT_FULL"]
    await founder.sit(seat, "cat", BEGIN, END - timedelta(days=1))
    await founder.sit(seat, "dan", END)
    assert await refused(founder.sit(seat, "eve", END + timedelta(days=999))) == ["SEAT_FULL"]


async def test_a_body_is_one_of_the_committees_on_the_first_day(founder, committee, seat):
    (body,) = await founder.bodies(committee, 1)
    stranger = await founder.organization("STRANGER")
    assert await refused(founder.sit(seat, "ann", body_id=stranger.id)) == ["BODY_NOT_A_MEMBER"]
    early = BEGIN - timedelta(days=1)
    assert await refused(founder.sit(seat, "ann", early, body_id=body)) == ["BODY_NOT_A_MEMBER"]
    assert await refused(founder.sit(seat, "ann", body_id=new_id())) == ["NOT_FOUND"]
    assert (await founder.sit(seat, "ann", body_id=body)).body_id == body


async def test_a_closed_committee_appoints_nobody(founder, committee, seat):
    await founder.do(close_organization, committee.id, reason="dissolved")
    assert await refused(founder.sit(seat, "ann")) == ["ORGANIZATION_CLOSED"]


async def test_appointments_at_one_instant_do_not_pass_the_maximum(founder, committee):
    seat = await founder.seat(committee, "Only one", maximum=1)
    people = ("ann", "bob", "cat")
    for who in people:
        await founder.person(who)
    outcomes = []

    async def race(who):
        try:
            outcomes.append((await founder.sit(seat, who)).name)
        except AlmonerError as error:
            outcomes.append(error.problems[0].code)

    async with anyio.create_task_group() as racing:
        for who in people:
            racing.start_soon(race, who)
    assert sorted(outcomes)[:2] == ["SEAT_FULL", "SEAT_FULL"]
    assert len(await founder.do(terms_in, committee.id)) == 1

    async def roles(scope):
        query = select(RoleAssignment.id).where(col(RoleAssignment.organization_id) == committee.id)
        return (await scope.session.execute(query)).all()

    assert len(await founder.do(roles)) == 1
