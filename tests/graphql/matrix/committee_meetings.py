"""Committees: meetings, from planning to the published agenda."""

from __future__ import annotations

from datetime import timedelta

from tests.committees.building import make_chamber, make_meeting
from tests.graphql.matrix.world import DENIED, NOT_FOUND, PROBLEMS, Prepare, Row, World

from almoner.committees.file_paper import file_paper
from almoner.committees.public_questions import record_question
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import AgendaItem
from almoner.committees.words import AgendaFormat
from almoner.core.ids import global_id

#: Of people who are in no other row's world.
PREFIX = "meetings-"
SECRETARY, AUTHOR, MEMBER = f"{PREFIX}secretary", f"{PREFIX}author", f"{PREFIX}member1"
PLAN = 'title: "x", heldOn: $day, beginsAt: "13:00", minutesAllotted: 60, venue: "x", isPublic: true'
ITEM = 'section: DISCUSSION, title: "x", owner: "x", action: TO_NOTE, format: VERBAL'


async def with_chamber(world: World) -> None:
    """A committee, and a day for a meeting of it."""
    world.ids["chamber"] = chamber = await make_chamber(world.tenant, prefix=PREFIX)
    world.ids["committee"] = chamber.committee
    world.ids["day"] = (world.tenant.house.clock() + timedelta(days=60)).date().isoformat()
    world.ids["author"] = global_id("Subject", world.tenant.identities[AUTHOR].subject_id)


def with_meeting(status: MeetingStatus = MeetingStatus.PLANNED, *, verbal: bool = False) -> Prepare:
    """A meeting in that state, with an item, a paper of the author if that may be, and a question."""

    async def prepare(world: World) -> None:
        await with_chamber(world)
        chamber = world.ids["chamber"]
        held = await make_meeting(chamber, status=status, days=40)
        item = held.items["Vision"]
        world.ids |= {"meeting": held.meeting, "item": global_id("AgendaItem", item)}
        if verbal:
            async with world.tenant.house.operator_scope(world.tenant.id, "test-setup") as scope:
                for id_ in held.items.values():
                    (await scope.find(AgendaItem, id_)).format = AgendaFormat.VERBAL
        if status == MeetingStatus.PLANNED:
            author = world.tenant.identities[AUTHOR].subject_id
            paper = await chamber.do("secretary", file_paper, item, author_id=author, title="x")
            question = await chamber.do("secretary", record_question, held.id, asked_by="x", text="x")
            world.ids |= {
                "paper": global_id("Paper", paper.id),
                "question": global_id("PublicQuestion", question.id),
            }

    return prepare


PLANNED = with_meeting()


def secretary(name: str, arguments: str, about: str = "meeting", prepare: Prepare = PLANNED) -> Row:
    """What the secretary may do, and a member may not, who knows of it."""
    return Row(*("mutation", name, arguments, PROBLEMS), *(SECRETARY, MEMBER, DENIED, NOT_FOUND), prepare, about=about)


ROWS = [
    secretary("planMeeting", f"(committee: $id, {PLAN})", "committee", with_chamber),
    secretary("changeMeeting", '(id: $id, venue: "y")'),
    secretary("cancelMeeting", '(id: $id, reason: "r")'),
    secretary("giveNotice", "(id: $id)"),
    secretary("publishAgenda", "(id: $id)", prepare=with_meeting(MeetingStatus.NOTICE_GIVEN, verbal=True)),
    secretary("recordQuestion", '(meeting: $id, askedBy: "x", text: "x")'),
    secretary("answerQuestion", '(id: $id, answer: "x")', "question"),
    secretary("addAgendaItem", f"(meeting: $id, {ITEM})"),
    secretary("changeAgendaItem", '(id: $id, title: "y")', "item"),
    secretary("withdrawAgendaItem", "(id: $id)", "item"),
    secretary(
        "declareOtherBusiness",
        '(meeting: $id, title: "x", owner: "x")',
        prepare=with_meeting(MeetingStatus.IN_SESSION),
    ),
    secretary("filePaper", '(item: $id, author: $author, title: "x")', "item"),
    secretary("withdrawPaper", "(id: $id)", "paper"),
    Row(
        *("mutation", "writePaper", '(id: $id, cover: {nextSteps: "x"})', PROBLEMS),
        *(AUTHOR, MEMBER, DENIED, NOT_FOUND),
        PLANNED,
        about="paper",
    ),
]
