"""Committees: records."""

from __future__ import annotations

from tests.committees.building import make_chamber, make_meeting
from tests.committees.record_rows import ROOM, circulated, entries, put, subject_of
from tests.graphql.matrix.world import DENIED, EMPTY, NOBODY, NOT_FOUND, OWN, PROBLEMS, Row, World

from almoner.committees.actions import NewAction, raise_action
from almoner.committees.minutes import draft_minutes
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Reminder
from almoner.core.ids import global_id

SECRETARY, CHAIR, MEMBER = "secretary", "chair", "member1"


async def hold(world: World) -> None:
    chamber = await make_chamber(world.tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, present=ROOM)
    world.ids["meeting"] = held.meeting


async def draft(world: World) -> None:
    chamber = await make_chamber(world.tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, present=ROOM)
    minutes = await chamber.do(SECRETARY, draft_minutes, held.id)
    world.ids["minutes"] = global_id("Minutes", minutes.id)
    world.ids["entry"] = global_id("MinutesEntry", (await entries(chamber, minutes.id))[0].id)


async def circulate(world: World) -> None:
    chamber, _, minutes = await circulated(world.tenant)
    later = await make_meeting(chamber, present=ROOM)
    world.ids["minutes"] = global_id("Minutes", minutes)
    world.ids["entry"] = global_id("MinutesEntry", (await entries(chamber, minutes))[0].id)
    world.ids["later"] = later.meeting


async def raised(world: World) -> None:
    chamber = await make_chamber(world.tenant)
    meeting = await make_meeting(chamber)
    due_on = world.tenant.house.clock().date()
    given = NewAction("Do it", "A lead", due_on, owner_id=subject_of(chamber, MEMBER))
    action = await chamber.do(SECRETARY, raise_action, meeting.id, given)
    world.ids["action"] = global_id("Action", action.id)


async def remind(world: World) -> None:
    chamber = await make_chamber(world.tenant)
    meeting = await make_meeting(chamber, status=MeetingStatus.PLANNED)
    now = world.tenant.house.clock()
    reminder = Reminder(
        tenant_id=world.tenant.id,
        committee_id=chamber.id,
        meeting_id=meeting.id,
        subject_id=subject_of(chamber, SECRETARY),
        kind="NOTICE_DUE",
        due_on=now.date(),
        reminded_at=now,
    )
    world.ids["reminder"] = global_id("Reminder", reminder.id)
    await put(chamber, reminder)


ACTION = '{subject: "x", owner: "y", dueOn: "2999-01-01"}'
ROWS: list[Row] = [
    Row("query", "tasks", "", "{ totalCount }", SECRETARY, NOBODY, EMPTY, OWN, remind, others_get=EMPTY),
    Row("query", "reminders", "", "{ totalCount }", SECRETARY, CHAIR, EMPTY, OWN, remind, others_get=EMPTY),
    *(
        Row("mutation", name, arguments, PROBLEMS, right, wrong, wrong_gets, NOT_FOUND, prepare, about=about)
        for name, arguments, right, wrong, wrong_gets, prepare, about in (
            ("draftMinutes", "(meeting: $id)", SECRETARY, CHAIR, DENIED, hold, "meeting"),
            ("writeMinutesEntry", '(id: $id, text: "x")', SECRETARY, CHAIR, DENIED, draft, "entry"),
            ("circulateMinutes", "(id: $id)", SECRETARY, CHAIR, DENIED, draft, "minutes"),
            ("amendMinutes", '(entry: $id, text: "x", reason: "r")', MEMBER, "observer", NOT_FOUND, circulate, "entry"),
            ("approveMinutes", "(id: $id, meeting: $later)", CHAIR, SECRETARY, DENIED, circulate, "minutes"),
            ("raiseAction", f"(meeting: $id, input: {ACTION})", SECRETARY, CHAIR, DENIED, hold, "meeting"),
            ("reportAction", '(id: $id, text: "x", status: DONE)', MEMBER, CHAIR, DENIED, raised, "action"),
        )
    ),
    Row(
        "mutation",
        "markReminderSeen",
        "(id: $id)",
        PROBLEMS,
        SECRETARY,
        CHAIR,
        NOT_FOUND,
        NOT_FOUND,
        remind,
        about="reminder",
        journaled=False,
    ),
]
