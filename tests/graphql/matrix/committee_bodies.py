"""Committees: what they are made up of, who sits on them, their terms of reference, the register of interests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.committees.building import Chamber, make_chamber
from tests.committees.founding import Founder
from tests.graphql.matrix.world import (
    ADMINISTRATOR,
    DENIED,
    NOT_FOUND,
    OWN,
    PROBLEMS,
    Prepare,
    Row,
    World,
    administrators,
)

from almoner.committees.bodies import admit_body
from almoner.committees.exclusions import exclude
from almoner.committees.interests import declare_interest
from almoner.committees.relations import relate_committee
from almoner.committees.terms import draft_terms_of_reference
from almoner.committees.words import CommitteeRelationKind, ExclusionKind
from almoner.core.ids import global_id

#: Of people who are in no other row's world.
PREFIX = "bodies-"
CHAIR, MEMBER, OFFICER = f"{PREFIX}chair", f"{PREFIX}member1", f"{PREFIX}officer1"
SEAT = 'title: "Lay", vote: VOTING, drawnFrom: "trusts", standsFor: WHOLE, role: MEMBER'


async def seated(world: World) -> Chamber:
    chamber = await make_chamber(world.tenant, prefix=PREFIX)
    founder = Founder(world.tenant)
    world.ids |= {
        "committee": chamber.committee,
        "seat": global_id("Seat", chamber.seats["Member"]),
        "appointment": global_id("Appointment", chamber.appointments["member2"]),
        "body": global_id("Organization", chamber.bodies[0]),
        "other": global_id("Organization", (await founder.organization("BODY9")).id),
        "today": (await founder.today()).isoformat(),
    }
    return chamber


async def relate(world: World, chamber: Chamber) -> None:
    given = {"kind": CommitteeRelationKind.ADVISES, "other_id": chamber.bodies[0]}
    row = await world.tenant.do(ADMINISTRATOR, relate_committee, chamber.id, **given)
    world.ids["relation"] = global_id("CommitteeRelation", row.id)


async def admit(world: World, chamber: Chamber) -> None:
    founder = Founder(world.tenant)
    body = await founder.organization("BODY8")
    given = {"body_id": body.id, "weight": "1", "since_on": await founder.today()}
    row = await world.tenant.do(ADMINISTRATOR, admit_body, chamber.id, **given)
    world.ids["membership"] = global_id("CommitteeBody", row.id)


async def keep_out(world: World, chamber: Chamber) -> None:
    given = {"kind": ExclusionKind.AFFILIATION, "affiliation": "FEDERAL_EMPLOYEE", "reason": "r"}
    row = await world.tenant.do(ADMINISTRATOR, exclude, chamber.id, **given)
    world.ids["exclusion"] = global_id("Exclusion", row.id)


async def draft(world: World, chamber: Chamber) -> None:
    row = await world.tenant.do(ADMINISTRATOR, draft_terms_of_reference, chamber.id, text="x", rules={})
    world.ids["terms"] = global_id("TermsOfReference", row.id)


async def declare(world: World, chamber: Chamber) -> None:
    row = await chamber.do("member1", declare_interest, chamber.id, text="x")
    world.ids["interest"] = global_id("Interest", row.id)


def founded(*steps: Callable[[World, Chamber], Awaitable[None]]) -> Prepare:
    """A committee, and what the steps add to it."""

    async def prepare(world: World) -> None:
        chamber = await seated(world)
        for step in steps:
            await step(world, chamber)

    return prepare


ROWS = [
    administrators("createCommittee", '(kind: BOARD, code: "B1", name: "B", canDecide: true, isPublic: true)', OWN),
    administrators(
        "relateCommittee", "(committee: $id, kind: ADVISES, other: $other)", prepare=founded(), about="committee"
    ),
    administrators("endCommitteeRelation", "(id: $id)", prepare=founded(relate), about="relation"),
    administrators(
        "admitBody", '(committee: $id, body: $other, sinceOn: "2020-01-01")', prepare=founded(), about="committee"
    ),
    administrators("releaseBody", '(id: $id, untilOn: "2999-01-01")', prepare=founded(admit), about="membership"),
    administrators("addSeat", f"(committee: $id, {SEAT})", prepare=founded(), about="committee"),
    administrators("closeSeat", "(id: $id)", prepare=founded(), about="seat"),
    administrators(
        "exclude",
        '(committee: $id, kind: AFFILIATION, affiliation: "FEDERAL_EMPLOYEE", reason: "r")',
        prepare=founded(),
        about="committee",
    ),
    administrators("liftExclusion", "(id: $id)", prepare=founded(keep_out), about="exclusion"),
    administrators(
        "draftTermsOfReference", '(committee: $id, text: "x", rules: {})', prepare=founded(), about="committee"
    ),
    # Not even who answers for how committees are made up approves for a body.
    Row(
        *("mutation", "approveTermsOfReference"),
        '(id: $id, body: $body, approvedOn: $today, reference: "r")',
        *(PROBLEMS, OFFICER, ADMINISTRATOR, DENIED, NOT_FOUND, founded(draft)),
        about="terms",
    ),
    # The chair presides and appoints nobody.
    Row(
        *("mutation", "appoint"),
        '(seat: $id, subject: $subject, name: "x", appointedBy: "x", beginsOn: "2020-01-01")',
        *(PROBLEMS, ADMINISTRATOR, CHAIR, DENIED, NOT_FOUND, founded()),
        about="seat",
    ),
    Row(
        *("mutation", "endAppointment", '(id: $id, reason: "r")'),
        *(PROBLEMS, ADMINISTRATOR, CHAIR, DENIED, NOT_FOUND, founded()),
        about="appointment",
    ),
    Row(
        *("mutation", "declareInterest", '(committee: $id, text: "x")'),
        *(PROBLEMS, MEMBER, ADMINISTRATOR, DENIED, NOT_FOUND, founded()),
        about="committee",
    ),
    Row(
        *("mutation", "endInterest", "(id: $id)"),
        *(PROBLEMS, MEMBER, CHAIR, "NOT_YOUR_INTEREST", NOT_FOUND, founded(declare)),
        about="interest",
    ),
]
