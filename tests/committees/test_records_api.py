"""Minutes, actions and reminders over HTTP: what each mutation answers, and what can be read then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col
from tests.committees.building import make_chamber, make_meeting
from tests.committees.record_rows import ROOM, circulated, entries, put, rows, subject_of

from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Action, Meeting, Reminder
from almoner.core.ids import global_id, new_id

pytestmark = pytest.mark.anyio


@pytest.fixture
def send(client):
    """Sends an operation as somebody of a committee; its data."""

    async def post(chamber: Any, who: str, query: str, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {chamber.token(who)}"}
        body = {"query": query, "variables": variables}
        answer = (await client.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    return post


async def test_minutes_go_from_draft_to_approval_and_are_read_as_they_are(tenant, send):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, days=-2, present=ROOM, items=("Vision",))
    later = await make_meeting(chamber, present=ROOM)
    draft = """mutation ($id: ID!) { draftMinutes(meeting: $id) {
        minutes { id status entries { id heading } } problems { code } } }"""
    made = (await send(chamber, "secretary", draft, id=held.meeting))["draftMinutes"]
    assert (made["problems"], made["minutes"]["status"]) == ([], "DRAFTED")
    entry, minutes = made["minutes"]["entries"][0]["id"], made["minutes"]["id"]
    write = 'mutation ($id: ID!) { writeMinutesEntry(entry: $id, text: "One.") { entry { text } problems { code } } }'
    assert (await send(chamber, "secretary", write, id=entry))["writeMinutesEntry"]["entry"] == {"text": "One."}
    circulate = "mutation ($id: ID!) { circulateMinutes(minutes: $id) { minutes { status } problems { code } } }"
    assert (await send(chamber, "secretary", circulate, id=minutes))["circulateMinutes"]["minutes"] == {
        "status": "CIRCULATED"
    }
    amend = """mutation ($id: ID!) { amendMinutes(entry: $id, text: "Two.", reason: "r") {
        entry { text amendments { nodes { was text reason } } } problems { code } } }"""
    assert (await send(chamber, "member1", amend, id=entry))["amendMinutes"]["entry"] == {
        "text": "Two.",
        "amendments": {"nodes": [{"was": "One.", "text": "Two.", "reason": "r"}]},
    }
    approve = """mutation ($id: ID!, $by: ID!) { approveMinutes(minutes: $id, meeting: $by) {
        minutes { status } problems { code path } } }"""
    refused = (await send(chamber, "chair", approve, id=minutes, by=held.meeting))["approveMinutes"]
    assert refused == {"minutes": None, "problems": [{"code": "OWN_MINUTES", "path": ["meeting"]}]}
    done = (await send(chamber, "chair", approve, id=minutes, by=later.meeting))["approveMinutes"]
    assert done == {"minutes": {"status": "APPROVED"}, "problems": []}


RAISE = """mutation ($id: ID!, $input: RaiseActionInput!) { raiseAction(meeting: $id, input: $input) {
    action { id reference subject owner status dueOn isOverdue } problems { code path } } }"""
REPORT = """mutation ($id: ID!) { reportAction(action: $id, text: "Sent.", status: DONE) {
    action { status closedOn updates { text status } } problems { code path } } }"""


async def test_an_action_is_raised_read_and_closed(tenant, send):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber)
    owner = global_id("Subject", subject_of(chamber, "member1"))
    given = {"subject": "Send it", "owner": "A lead", "dueOn": "2999-01-01", "ownerAccount": owner}
    given["item"] = global_id("AgendaItem", meeting.items["Governance"])
    made = (await send(chamber, "secretary", RAISE, id=meeting.meeting, input=given))["raiseAction"]
    (row,) = await rows(chamber, Action)
    assert (made["problems"], row.owner_id) == ([], subject_of(chamber, "member1"))
    assert made["action"] == {
        "id": global_id("Action", row.id),
        "reference": f"{row.raised_on:%y-%m}-02",
        "subject": "Send it",
        "owner": "A lead",
        "status": "OPEN",
        "dueOn": "2999-01-01",
        "isOverdue": False,
    }
    closed = (await send(chamber, "member1", REPORT, id=made["action"]["id"]))["reportAction"]["action"]
    assert closed == {
        "status": "DONE",
        "closedOn": str(row.raised_on),
        "updates": [{"text": "Sent.", "status": "DONE"}],
    }


@pytest.mark.parametrize(
    ("change_", "code", "path"),
    [
        ({"dueOn": "soon"}, "DATE_MALFORMED", ["input", "dueOn"]),
        ({"dueOn": "2000-01-01"}, "DUE_BEFORE_MEETING", ["input", "dueOn"]),
        ({"item": "x"}, "UNKNOWN_ITEM", ["input", "item"]),
        ({"item": global_id("AgendaItem", new_id())}, "UNKNOWN_ITEM", ["input", "item"]),
        ({"ownerAccount": "x"}, "UNKNOWN_SUBJECT", ["input", "ownerAccount"]),
        ({"ownerAccount": global_id("Account", new_id())}, "UNKNOWN_SUBJECT", ["input", "ownerAccount"]),
        ({"subject": "  "}, "TEXT_BLANK", ["input", "subject"]),
        ({"owner": "x" * 201}, "TEXT_TOO_LONG", ["input", "owner"]),
    ],
)
async def test_bad_input_is_named_and_nothing_is_raised(tenant, send, change_, code, path):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber)
    given = {"subject": "Send it", "owner": "A lead", "dueOn": "2999-01-01", **change_}
    refused = (await send(chamber, "secretary", RAISE, id=meeting.meeting, input=given))["raiseAction"]
    assert refused == {"action": None, "problems": [{"code": code, "path": path}]}
    assert await rows(chamber, Action) == []


async def test_the_matrix_has_overdue_ones_first_and_what_was_closed_since_the_meeting_before(tenant, send):
    chamber = await make_chamber(tenant)
    for days in (-30, -10):
        await make_meeting(chamber, status=MeetingStatus.HELD, days=days)
    first, before = sorted(await rows(chamber, Meeting), key=lambda each: each.starts_at)
    now = await make_meeting(chamber)
    (own,) = await rows(chamber, Meeting, col(Meeting.id) == now.id)
    day = timedelta(days=1)
    planned = {
        "later": (own.held_on + day, None),
        "overdue": (own.held_on - 3 * day, None),
        "today": (own.held_on, None),
        "long overdue": (own.held_on - 9 * day, None),
        "closed since": (own.held_on - 20 * day, before.held_on + day),
        "closed before": (own.held_on, before.held_on - day),
    }
    for subject, (due_on, closed_on) in planned.items():
        values = {"reference": "1", "subject": subject, "owner": "x", "raised_on": first.held_on}
        status = "OPEN" if closed_on is None else "DONE"
        at = {"tenant_id": tenant.id, "committee_id": chamber.id, "meeting_id": first.id}
        await put(chamber, Action(**at, **values, due_on=due_on, closed_on=closed_on, status=status))
    query = "query ($id: ID!) { meeting(id: $id) { actionMatrix { subject isOverdue } } }"
    found = (await send(chamber, "member1", query, id=now.meeting))["meeting"]["actionMatrix"]
    assert [(each["subject"], each["isOverdue"]) for each in found] == [
        ("long overdue", True),
        ("overdue", True),
        ("today", False),
        ("later", False),
        ("closed since", False),
    ]


async def test_reminders_are_ones_own_newest_first_and_are_marked_as_seen(tenant, send):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber)
    for who, kind in (("secretary", "NOTICE_DUE"), ("secretary", "PUBLICATION_DUE"), ("chair", "NOTICE_DUE")):
        at = {"tenant_id": tenant.id, "committee_id": chamber.id, "meeting_id": meeting.id}
        now = tenant.house.clock()
        row = Reminder(**at, subject_id=subject_of(chamber, who), kind=kind, due_on=now.date(), reminded_at=now)
        await put(chamber, row)
    query = "query ($f: ReminderFilter) { reminders(filter: $f) { nodes { id kind seenAt meeting { id } } } }"
    found = (await send(chamber, "secretary", query))["reminders"]
    assert [node["kind"] for node in found["nodes"]] == ["PUBLICATION_DUE", "NOTICE_DUE"]
    assert {node["meeting"]["id"] for node in found["nodes"]} == {meeting.meeting}
    mark = "mutation ($id: ID!) { markReminderSeen(reminder: $id) { reminder { seenAt } problems { code } } }"
    id_ = found["nodes"][0]["id"]
    assert (await send(chamber, "secretary", mark, id=id_))["markReminderSeen"]["reminder"]["seenAt"]
    left = (await send(chamber, "secretary", query, f={"seenAt": {"isNull": True}}))["reminders"]
    assert [node["kind"] for node in left["nodes"]] == ["NOTICE_DUE"]
    refused = (await send(chamber, "chair", mark, id=id_))["markReminderSeen"]
    assert refused == {"reminder": None, "problems": [{"code": "NOT_FOUND"}]}
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await send(chamber, "secretary", node, id=id_))["node"] == {"id": id_}


async def test_drafts_are_not_for_the_public_and_approved_minutes_are_but_for_what_is_private(tenant, send):
    chamber, held, minutes = await circulated(tenant, private=("Governance",))
    query = "query ($id: ID!) { meeting(id: $id) { minutes { entries { heading } } } }"
    assert (await send(chamber, "observer", query, id=held.meeting))["meeting"] == {"minutes": None}
    later = await make_meeting(chamber, present=ROOM)
    approve = "mutation ($id: ID!, $by: ID!) { approveMinutes(minutes: $id, meeting: $by) { problems { code } } }"
    await send(chamber, "chair", approve, id=global_id("Minutes", minutes), by=later.meeting)
    read = (await send(chamber, "observer", query, id=held.meeting))["meeting"]["minutes"]["entries"]
    all_of_them = [each.heading for each in await entries(chamber, minutes)]
    assert [each["heading"] for each in read] == [each for each in all_of_them if each != "2 Governance"]
