"""Committees: what happens in a meeting."""

from __future__ import annotations

from typing import Any

from tests.committees.building import make_chamber, make_meeting
from tests.graphql.matrix.world import DENIED, NOBODY, NOT_FOUND, PROBLEMS, Prepare, Row, World

from almoner.committees.declare_conflict import declare_conflict
from almoner.committees.status import MeetingStatus
from almoner.committees.votes import open_vote
from almoner.core.ids import global_id

CHAIR, SECRETARY, MEMBER, OBSERVER = "sitting-chair", "sitting-secretary", "sitting-member1", "sitting-observer"


async def convene(world: World, status: MeetingStatus = MeetingStatus.IN_SESSION) -> Any:
    """A committee that is not public, and a meeting with the chair and a member in the room."""
    chamber = await make_chamber(world.tenant, prefix="sitting-", is_public=False)
    held = await make_meeting(chamber, status=status, present=("chair", "member1"), is_public=False)
    world.ids |= {
        "meeting": held.meeting,
        "sitting_item": global_id("AgendaItem", held.items["Vision"]),
        "here": global_id("Appointment", chamber.appointments["member1"]),
        "away": global_id("Appointment", chamber.appointments["member2"]),
        "held": held,
    }
    return chamber


async def in_session(world: World) -> None:
    await convene(world)


async def published(world: World) -> None:
    await convene(world, MeetingStatus.AGENDA_PUBLISHED)


async def over(world: World) -> None:
    await convene(world, MeetingStatus.HELD)


async def voting(world: World) -> None:
    chamber = await convene(world)
    vote = await chamber.do("chair", open_vote, world.ids["held"].items["Vision"], motion="m")
    world.ids["vote"] = global_id("Vote", vote.id)


async def declared(world: World) -> None:
    chamber = await convene(world)
    made = await chamber.do("member1", declare_conflict, world.ids["held"].items["Vision"], text="t")
    world.ids["declaration"] = global_id("ConflictDeclaration", made.id)


def step(name: str, arguments: str, right: str, wrong: str, prepare: Prepare, about: str) -> Row:
    """What one of the committee may do, and another of them, who sees the meeting, may not."""
    sent = ("mutation", name, arguments, PROBLEMS)
    return Row(*sent, right, wrong, DENIED, NOT_FOUND, prepare, about=about)


ROWS: list[Row] = [
    step("openMeeting", "(id: $id)", CHAIR, SECRETARY, published, "meeting"),
    step("closeFormalPart", "(id: $id)", CHAIR, SECRETARY, in_session, "meeting"),
    step("closeMeeting", "(id: $id)", CHAIR, MEMBER, in_session, "meeting"),
    step("recordApologies", "(meeting: $id, appointment: $away)", SECRETARY, CHAIR, in_session, "meeting"),
    step("recordArrival", "(meeting: $id, appointment: $away)", SECRETARY, MEMBER, in_session, "meeting"),
    step("recordDeparture", "(meeting: $id, appointment: $here)", SECRETARY, CHAIR, in_session, "meeting"),
    step("declareConflict", '(item: $id, text: "t")', MEMBER, SECRETARY, in_session, "sitting_item"),
    step("ruleOnConflict", "(id: $id, ruling: LEAVE)", CHAIR, SECRETARY, declared, "declaration"),
    step("openVote", '(item: $id, motion: "m")', CHAIR, SECRETARY, in_session, "sitting_item"),
    step("castBallot", "(vote: $id, choice: FOR)", MEMBER, SECRETARY, voting, "vote"),
    step("closeVote", "(id: $id)", CHAIR, MEMBER, voting, "vote"),
    Row(
        "subscription",
        "meetingChanged",
        "(id: $id)",
        "{ status }",
        OBSERVER,
        NOBODY,
        NOT_FOUND,
        NOT_FOUND,
        over,
        about="meeting",
    ),
]
