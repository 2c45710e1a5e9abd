"""Founding a committee; its relations, bodies and seats."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select
from tests.committees.founding import BEGIN, Founder, refused

from almoner.authorization.permissions import Permission
from almoner.committees.bodies import admit_body, release_body
from almoner.committees.create_committee import create_committee
from almoner.committees.membership import bodies_on
from almoner.committees.relations import end_committee_relation, relate_committee
from almoner.committees.seats import close_seat
from almoner.committees.tables import Committee, CommitteeBody
from almoner.committees.words import CommitteeKind, CommitteeRelationKind, SeatRole, SeatVote
from almoner.core.ids import new_id
from almoner.organizations.close_organization import close_organization
from almoner.organizations.read import get_organization

pytestmark = pytest.mark.anyio
ADVISES = CommitteeRelationKind.ADVISES


@pytest.fixture
def founder(tenant) -> Founder:
    return Founder(tenant)


async def membership_of(founder, committee, body_id) -> CommitteeBody:
    async def look(scope):
        query = select(CommitteeBody).where(
            col(CommitteeBody.committee_id) == committee.id, col(CommitteeBody.body_id) == body_id
        )
        return (await scope.session.execute(query)).scalar_one()

    return await founder.do(look)


async def test_a_committee_is_an_organization_of_its_kind(founder):
    made = await founder.committee("JC", CommitteeKind.JOINT_COMMITTEE, is_public=False)
    organization = await founder.do(get_organization, made.id)
    assert (organization.kind, organization.code, made.kind) == ("COMMITTEE", "JC", "JOINT_COMMITTEE")
    assert (made.can_decide, made.public_at) == (True, None)
    assert (await founder.committee("PUB")).public_at is not None


async def test_founding_needs_a_good_code_that_nobody_has(founder):
    await founder.committee("JC")
    assert await refused(founder.committee("JC")) == ["ORGANIZATION_EXISTS"]
    assert await refused(founder.committee("!", name=" ")) == ["BAD_ORGANIZATION_CODE", "NAME_MISSING"]
    given = {"kind": CommitteeKind.BOARD, "code": "X1", "name": "X", "can_decide": True, "is_public": True}
    assert await refused(founder.tenant.do("auditor", create_committee, **given)) == ["DENIED"]


async def test_a_relation_is_said_once_and_can_be_said_again_after_its_end(founder):
    committee, other = await founder.committee(), await founder.organization("STP", "OTHER")
    relation = await founder.do(relate_committee, committee.id, kind=ADVISES, other_id=other.id)
    again = {"kind": ADVISES, "other_id": other.id}
    assert await refused(founder.do(relate_committee, committee.id, **again)) == ["RELATION_EXISTS"]
    assert (await founder.do(end_committee_relation, relation.id)).ended_at is not None
    assert await refused(founder.do(end_committee_relation, relation.id)) == ["RELATION_ENDED"]
    assert (await founder.do(relate_committee, committee.id, **again)).id != relation.id
    itself = {"kind": ADVISES, "other_id": committee.id}
    assert await refused(founder.do(relate_committee, committee.id, **itself)) == ["RELATED_TO_ITSELF"]
    nothing = {"kind": ADVISES, "other_id": new_id()}
    assert await refused(founder.do(relate_committee, committee.id, **nothing)) == ["NOT_FOUND"]
    assert await refused(founder.do(end_committee_relation, new_id())) == ["NOT_FOUND"]
    assert await refused(founder.tenant.do("auditor", relate_committee, committee.id, **again)) == ["DENIED"]


async def test_a_body_is_an_open_organization_of_its_kind_with_a_weight(founder):
    committee, aco = await founder.committee(), await founder.organization("A0001", "ACO")
    body, gone = await founder.organization("B1"), await founder.organization("B2")
    await founder.do(close_organization, gone.id, reason="merged")

    async def admitted(organization, weight="1"):
        return await founder.do(admit_body, committee.id, body_id=organization.id, weight=weight, since_on=BEGIN)

    assert await refused(admitted(aco, "0")) == ["NOT_A_BODY", "WEIGHT_NOT_POSITIVE"]
    assert await refused(admitted(gone, "-1.5")) == ["ORGANIZATION_CLOSED", "WEIGHT_NOT_POSITIVE"]
    assert await refused(admitted(body, 1.5)) == ["NUMBER_NOT_TEXT"]
    assert str((await admitted(body, "2.5")).weight) == "2.5"


async def test_memberships_of_a_body_do_not_overlap(founder):
    committee = await founder.committee()
    (body,) = await founder.bodies(committee, 1)
    membership = await membership_of(founder, committee, body)
    end = BEGIN + timedelta(days=100)
    assert await refused(founder.do(release_body, membership.id, until_on=BEGIN)) == ["PERIOD_ORDER"]
    assert (await founder.do(release_body, membership.id, until_on=end)).until_on == end
    assert await refused(founder.do(release_body, membership.id, until_on=end)) == ["BODY_RELEASED"]
    given = {"body_id": body, "weight": "1"}
    before = {**given, "since_on": end - timedelta(days=1)}
    assert await refused(founder.do(admit_body, committee.id, **before)) == ["BODY_ADMITTED_ALREADY"]
    await founder.do(admit_body, committee.id, **given, since_on=end)
    early = {**given, "since_on": BEGIN - timedelta(days=9)}
    assert await refused(founder.do(admit_body, committee.id, **early)) == ["BODY_ADMITTED_ALREADY"]
    for day, there in ((BEGIN, True), (BEGIN - timedelta(days=1), False), (end, True)):
        assert (body in await founder.do(bodies_on, committee.id, day)) is there


async def test_a_body_from_which_people_sit_is_not_released(founder):
    committee = await founder.committee()
    (body,) = await founder.bodies(committee, 1)
    end = BEGIN + timedelta(days=100)
    await founder.sit(await founder.seat(committee), "ann", ends_on=end, body_id=body)
    membership = await membership_of(founder, committee, body)
    early = end - timedelta(days=1)
    assert await refused(founder.do(release_body, membership.id, until_on=early)) == ["BODY_STILL_SITS"]
    assert (await founder.do(release_body, membership.id, until_on=end)).until_on == end


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"minimum": 3, "maximum": 2}, ["SEAT_NUMBERS"]),
        ({"minimum": -1}, ["SEAT_NUMBERS"]),
        ({"maximum": 0}, ["SEAT_NUMBERS"]),
        ({"maximum": 1001}, ["SEAT_NUMBERS"]),
        ({"title": " ", "drawn_from": "x" * 201}, ["TEXT_BLANK", "TEXT_TOO_LONG"]),
        ({"role": SeatRole.OBSERVER}, ["SEAT_ROLE_CANNOT_VOTE"]),
        ({"title": "Taken"}, ["SEAT_EXISTS"]),
    ],
)
async def test_a_seat_that_does_not_fit_is_refused(founder, changes, codes):
    committee = await founder.committee()
    await founder.seat(committee, "Taken", minimum=2, maximum=2)
    assert await refused(founder.seat(committee, **{"title": "Member", **changes})) == codes


async def test_nobody_is_appointed_to_a_closed_seat_and_who_sits_stays(founder):
    committee = await founder.committee()
    seat = await founder.seat(committee, vote=SeatVote.IN_ATTENDANCE, role=SeatRole.OBSERVER)
    ann = await founder.sit(seat, "ann")
    assert (await founder.do(close_seat, seat.id)).closed_at is not None
    assert await refused(founder.do(close_seat, seat.id)) == ["SEAT_CLOSED"]
    assert await refused(founder.sit(seat, "bob")) == ["SEAT_CLOSED"]
    assert ann.ends_on is None
    async with founder.tenant.house.scope(founder.tenant.identities["ann"], "test") as scope:
        assert scope.allows(Permission.COMMITTEE_VIEW, await scope.find(Committee, committee.id))


@pytest.mark.parametrize("who", ["auditor", "nobody"])
async def test_who_may_not_change_a_committee_is_refused(founder, who):
    private = await founder.committee("PRIV", is_public=False)
    seat = await founder.seat(private)
    expected = ["DENIED"] if who == "auditor" else ["NOT_FOUND"]
    assert await refused(founder.tenant.do(who, close_seat, seat.id)) == expected
    (body,) = await founder.bodies(private, 1)
    membership = await membership_of(founder, private, body)
    assert await refused(founder.tenant.do(who, release_body, membership.id, until_on=BEGIN)) == expected
