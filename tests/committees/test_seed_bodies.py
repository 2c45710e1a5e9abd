"""What the source documents say of how committees are made up."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.committees.founding import ADMIN, BEGIN, Founder, refused

from almoner.committees.composition import holds
from almoner.committees.exclusions import add_exclusion
from almoner.committees.membership import terms_in
from almoner.committees.read import get_committee, rules_of
from almoner.committees.relations import relate_committee
from almoner.committees.terms import approve_terms_of_reference, draft_terms_of_reference
from almoner.committees.words import (
    CommitteeKind,
    CommitteeRelationKind,
    ExcludedSeats,
    ExclusionKind,
    SeatRole,
    SeatStandsFor,
    SeatVote,
)

pytestmark = pytest.mark.anyio
PARTNERSHIPS, AUTHORITIES = 5, 4
WHOLE, CONSTITUENCY = SeatStandsFor.WHOLE, SeatStandsFor.CONSTITUENCY


@pytest.fixture
def founder(tenant) -> Founder:
    return Founder(tenant)


async def partnership_board(founder):
    """The partnership's board with the seats of paragraph 12, by title."""
    board = await founder.committee("STP-BOARD", CommitteeKind.BOARD, can_decide=False)
    kinds = (
        ("Executive lead", PARTNERSHIPS, PARTNERSHIPS, "one from each local partnership", WHOLE),
        ("Lay member", 0, 5, "commissioning groups and trusts", WHOLE),
        ("Councillor", AUTHORITIES, AUTHORITIES, "one from each upper tier authority", CONSTITUENCY),
        ("Partnership executive", 1, None, "the partnership's lead and its interim executives", WHOLE),
        ("Primary care", 1, 1, "primary care providers", CONSTITUENCY),
    )
    seats = {
        title: await founder.seat(board, title, minimum=least, maximum=most, drawn_from=source, stands_for=stands_for)
        for title, least, most, source, stands_for in kinds
    }
    seats["Officer"] = await founder.seat(
        board, "Officer", vote=SeatVote.IN_ATTENDANCE, drawn_from="as required", role=SeatRole.OBSERVER
    )
    return board, seats


async def filled(founder, board, seats):
    """How many are lacking, and whether it is full, by title of seat."""
    today, terms = await founder.today(), await founder.do(terms_in, board.id)
    held = Counter(each.seat_id for each in terms if holds(each, today))
    return {
        title: (max(seat.minimum - held[seat.id], 0), seat.maximum is not None and held[seat.id] >= seat.maximum)
        for title, seat in seats.items()
    }


async def test_eight_groups_form_a_joint_committee_and_approve_its_terms_of_reference(founder):
    """Seed 004, delegations paper, 1.1."""
    joint = await founder.committee("JCCCG", CommitteeKind.JOINT_COMMITTEE)
    groups = await founder.bodies(joint, 8)
    rules = {"quorum": {"bodies": 8}}
    terms = await founder.do(draft_terms_of_reference, joint.id, text="Collective strategic decisions.", rules=rules)
    assert await refused(founder.do(rules_of, joint.id)) == ["NO_TERMS_IN_FORCE"]
    for n, group in enumerate(groups, 1):
        assert terms.in_force_at is None
        given = {"body_id": group, "approved_on": await founder.today(), "reference": f"governing body {n}"}
        terms = await founder.tenant.do(f"officer{n}", approve_terms_of_reference, terms.id, **given)
    assert terms.in_force_at is not None
    assert (await founder.do(rules_of, joint.id)).quorum.bodies == 8


async def test_the_board_is_composed_of_executives_lay_members_councillors_and_primary_care(founder):
    """Seed 004, governance paper, 12."""
    board, seats = await partnership_board(founder)
    assert await filled(founder, board, seats) == {
        "Executive lead": (PARTNERSHIPS, False),
        "Lay member": (0, False),
        "Councillor": (AUTHORITIES, False),
        "Partnership executive": (1, False),
        "Primary care": (1, False),
        "Officer": (0, False),
    }
    numbers = (("Executive lead", 5), ("Lay member", 5), ("Councillor", 4), ("Primary care", 1), ("Officer", 3))
    for title, count in (*numbers, ("Partnership executive", 2)):
        for n in range(count):
            await founder.sit(seats[title], f"{title} {n}".replace(" ", "-"))
    assert await filled(founder, board, seats) == {
        "Executive lead": (0, True),
        "Lay member": (0, True),
        "Councillor": (0, True),
        "Partnership executive": (0, False),
        "Primary care": (0, True),
        "Officer": (0, False),
    }


async def test_the_board_has_up_to_five_lay_members(founder):
    """Seed 004, governance paper, 12."""
    _, seats = await partnership_board(founder)
    for n in range(5):
        await founder.sit(seats["Lay member"], f"lay{n}")
    assert await refused(founder.sit(seats["Lay member"], "lay5")) == ["SEAT_FULL"]


async def test_a_councillor_comes_from_each_of_four_authorities(founder):
    """Seed 004, governance paper, 12."""
    board, seats = await partnership_board(founder)
    for n, authority in enumerate(await founder.bodies(board, AUTHORITIES)):
        made = await founder.sit(seats["Councillor"], f"councillor{n}", body_id=authority)
        assert made.body_id == authority
    assert (await filled(founder, board, seats))["Councillor"] == (0, True)
    stranger = await founder.organization("DISTRICT")
    codes = await refused(founder.sit(seats["Councillor"], "another", body_id=stranger.id))
    assert codes == ["SEAT_FULL", "BODY_NOT_A_MEMBER"]


async def test_officers_attend_the_board_and_do_not_vote(founder):
    """Seed 004, governance paper, 12."""
    board, seats = await partnership_board(founder)
    assert seats["Officer"].vote == SeatVote.IN_ATTENDANCE
    given = {"vote": SeatVote.VOTING, "role": SeatRole.OBSERVER}
    assert await refused(founder.seat(board, "Voting officer", **given)) == ["SEAT_ROLE_CANNOT_VOTE"]


async def test_executives_and_lay_members_sit_for_the_whole_councillors_for_their_constituency(founder):
    """Seed 004, governance paper, 13."""
    _, seats = await partnership_board(founder)
    assert {title: seat.stands_for for title, seat in seats.items()} == {
        "Executive lead": "WHOLE",
        "Lay member": "WHOLE",
        "Partnership executive": "WHOLE",
        "Officer": "WHOLE",
        "Councillor": "CONSTITUENCY",
        "Primary care": "CONSTITUENCY",
    }


async def test_who_votes_on_the_joint_committee_has_no_vote_on_the_board(founder):
    """Seed 004, governance paper, 14."""
    joint = await founder.committee("JCCCG", CommitteeKind.JOINT_COMMITTEE)
    member = await founder.seat(joint)
    board, seats = await partnership_board(founder)
    given = {"kind": ExclusionKind.VOTING_SEAT_ELSEWHERE, "other_id": joint.id, "reason": "separation of roles"}
    await founder.do(add_exclusion, board.id, **given)
    await founder.sit(member, "commissioner")
    assert await refused(founder.sit(seats["Lay member"], "commissioner")) == ["EXCLUDED_BY_SEAT"]
    await founder.sit(seats["Officer"], "commissioner")
    await founder.sit(seats["Lay member"], "director")
    assert await refused(founder.sit(member, "director")) == ["EXCLUDED_BY_SEAT"]


async def test_the_joint_committee_is_a_legal_entity_and_the_board_is_none(founder):
    """Seed 004, governance paper, 10 and 15."""
    joint = await founder.committee("JCCCG", CommitteeKind.JOINT_COMMITTEE, can_decide=True)
    board, _ = await partnership_board(founder)
    found = [await founder.do(get_committee, each.id) for each in (joint, board)]
    assert [(each.kind, each.can_decide) for each in found] == [("JOINT_COMMITTEE", True), ("BOARD", False)]


async def test_the_joint_committee_is_subject_to_scrutiny_and_advised(founder):
    """Seed 004, governance paper, 17 and 18."""
    joint = await founder.committee("JCCCG", CommitteeKind.JOINT_COMMITTEE)
    scrutiny = await founder.committee("OSC", CommitteeKind.SCRUTINY_COMMITTEE)
    assurance = await founder.committee("ASSURANCE", CommitteeKind.ADVISORY_COMMITTEE)
    by = {"kind": CommitteeRelationKind.SCRUTINISED_BY, "other_id": scrutiny.id}
    assert (await founder.do(relate_committee, joint.id, **by)).other_id == scrutiny.id
    advises = {"kind": CommitteeRelationKind.ADVISES, "other_id": joint.id}
    assert (await founder.do(relate_committee, assurance.id, **advises)).committee_id == assurance.id


async def advisory_committee(founder):
    """The advisory committee of the other document."""
    committee = await founder.committee("PTAC", CommitteeKind.ADVISORY_COMMITTEE, can_decide=False)
    seat = await founder.seat(committee, minimum=11, maximum=11, drawn_from="nationally recognized experts")
    return committee, seat


async def test_the_advisory_committee_has_11_members_appointed_by_the_comptroller_general(founder):
    """Seed 000, about the committee."""
    committee, seat = await advisory_committee(founder)
    for n in range(11):
        assert (await filled(founder, committee, {"Member": seat}))["Member"] == (11 - n, False)
        made = await founder.sit(seat, f"expert{n}", appointed_by="Comptroller General")
        assert made.appointed_by == "Comptroller General"
    assert (await filled(founder, committee, {"Member": seat}))["Member"] == (0, True)
    assert await refused(founder.sit(seat, "expert11", appointed_by="Comptroller General")) == ["SEAT_FULL"]


async def test_members_of_the_advisory_committee_cannot_be_federal_employees(founder):
    """Seed 000, comparison with the learning network."""
    committee, seat = await advisory_committee(founder)
    given = {"kind": ExclusionKind.AFFILIATION, "affiliation": "FEDERAL_EMPLOYEE", "reason": "the act"}
    await founder.do(add_exclusion, committee.id, seats=ExcludedSeats.MEMBERS, **given)
    federal = {"affiliations": ("FEDERAL_EMPLOYEE",)}
    adviser = await founder.seat(committee, "Adviser", vote=SeatVote.NON_VOTING)
    for each in (seat, adviser):
        assert await refused(founder.sit(each, "official", **federal)) == ["EXCLUDED_BY_AFFILIATION"]
    await founder.sit(seat, "physician", BEGIN)


async def test_the_advisory_committee_was_chartered_after_it_was_appointed(founder):
    """Seed 000, about the committee's work."""
    committee, seat = await advisory_committee(founder)
    await founder.sit(seat, "physician")
    assert await refused(founder.do(rules_of, committee.id)) == ["NO_TERMS_IN_FORCE"]
    charter = {"text": "Comments and recommendations to the Secretary.", "rules": {"noticeDays": 15}}
    made = await founder.tenant.do(ADMIN, draft_terms_of_reference, committee.id, **charter)
    assert made.in_force_at is not None
    assert (await founder.do(rules_of, committee.id)).notice_days == 15
