"""Actions: raised with a reference by the rules, reported about by owners and the secretary, closed for good."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import col
from tests.committees.building import make_chamber, make_meeting
from tests.committees.record_rows import change, rows, subject_of

from almoner.committees.actions import NewAction, raise_action, report_action
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Action, ActionUpdate, AgendaItem, Meeting
from almoner.committees.words import ActionStatus
from almoner.core.errors import Conflict, Denied, Invalid, NotFound
from almoner.core.ids import global_id, new_id

pytestmark = pytest.mark.anyio

SOON = date(2999, 1, 1)
OPEN, DONE, DROPPED = ActionStatus


async def in_march(tenant, **rules):
    """A meeting of 4 March 2017 with nine numbered items."""
    chamber = await make_chamber(tenant, rules={"itemNumbers": "{yy}{m}{nn}", **rules})
    titles = tuple(f"Item {n}" for n in range(1, 10))
    meeting = await make_meeting(chamber, items=titles)
    await change(chamber, Meeting, meeting.id, held_on=date(2017, 3, 4))
    for n, title in enumerate(titles, 1):
        await change(chamber, AgendaItem, meeting.items[title], number=f"173{n:02}")
    return chamber, meeting


async def raised(chamber, meeting, item=None, **values):
    given = {"subject": "Circulate the link", "owner": "Partnership lead", "due_on": SOON, **values}
    new = NewAction(item_id=item and meeting.items[item], **given)
    return await chamber.do("secretary", raise_action, meeting.id, new)


@pytest.mark.parametrize(
    ("scheme", "eighth", "none"),
    [("{yy}-{mm}-{nn}", "17-03-08", "17-03-00"), ("{yyyy}/{m}/{n}", "2017/3/8", "2017/3/0")],
)
async def test_the_reference_is_by_the_rules_with_the_number_of_the_item(tenant, scheme, eighth, none):
    chamber, meeting = await in_march(tenant, actionNumbers=scheme)
    assert (await raised(chamber, meeting, "Item 8")).reference == eighth
    assert (await raised(chamber, meeting)).reference == none


async def test_it_is_the_items_own_number_that_counts_and_else_its_place(tenant):
    chamber, meeting = await in_march(tenant)
    await change(chamber, AgendaItem, meeting.items["Item 9"], number="17305")
    assert (await raised(chamber, meeting, "Item 9")).reference == "17-03-05"
    await change(chamber, AgendaItem, meeting.items["Item 9"], number=None)
    assert (await raised(chamber, meeting, "Item 9")).reference == "17-03-09"


@pytest.mark.parametrize("status", list(MeetingStatus))
async def test_actions_are_raised_in_session_and_until_minutes_are_approved(tenant, status):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber, status=status)
    if status in (MeetingStatus.IN_SESSION, MeetingStatus.HELD):
        assert (await raised(chamber, meeting, "Vision")).status == OPEN
    else:
        with pytest.raises(Conflict) as refused:
            await raised(chamber, meeting, "Vision")
        assert refused.value.problems[0].code == "ACTIONS_CLOSED"
        assert await rows(chamber, Action) == []


async def test_everything_that_is_wrong_with_an_action_is_said_at_once(tenant):
    chamber = await make_chamber(tenant)
    meeting, other = await make_meeting(chamber), await make_meeting(chamber, days=3)
    (row,) = await rows(chamber, Meeting, col(Meeting.id) == meeting.id)
    before = row.held_on - timedelta(days=1)
    new = NewAction(" ", "x" * 201, before, item_id=other.items["Vision"], owner_id=new_id())
    with pytest.raises(Invalid) as refused:
        await chamber.do("secretary", raise_action, meeting.id, new)
    assert [(each.code, each.path[-1]) for each in refused.value.problems] == [
        ("TEXT_BLANK", "subject"),
        ("TEXT_TOO_LONG", "owner"),
        ("DUE_BEFORE_MEETING", "dueOn"),
        ("UNKNOWN_ITEM", "item"),
        ("UNKNOWN_SUBJECT", "ownerAccount"),
    ]
    assert await rows(chamber, Action) == []


@pytest.mark.parametrize("who", ["chair", "member1", "author", "observer"])
async def test_only_the_secretary_raises(tenant, who):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber)
    with pytest.raises(Denied):
        await chamber.do(who, raise_action, meeting.id, NewAction("x", "y", SOON))


async def test_the_owner_reports_and_closes_and_updates_are_kept(tenant):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber)
    action = await raised(chamber, meeting, owner_id=subject_of(chamber, "member1"))
    await chamber.do("member1", report_action, action.id, text="Begun.", status=OPEN)
    closed = await chamber.do("secretary", report_action, action.id, text="Done.", status=DONE)
    (held,) = await rows(chamber, Meeting)
    assert (closed.status, closed.closed_on) == (DONE, held.held_on)
    kept = await rows(chamber, ActionUpdate)
    assert [(each.text, each.status, each.reported_by) for each in kept] == [
        ("Begun.", "OPEN", subject_of(chamber, "member1")),
        ("Done.", "DONE", subject_of(chamber, "secretary")),
    ]


@pytest.mark.parametrize("status", [DONE, DROPPED])
@pytest.mark.parametrize("then", [OPEN, DONE])
async def test_a_closed_action_stays_closed(tenant, status, then):
    chamber = await make_chamber(tenant)
    action = await raised(chamber, await make_meeting(chamber))
    await chamber.do("secretary", report_action, action.id, text="x", status=status)
    with pytest.raises(Conflict) as refused:
        await chamber.do("secretary", report_action, action.id, text="x", status=then)
    assert refused.value.problems[0].code == "ACTION_CLOSED"
    ((row,), updates) = (await rows(chamber, Action), await rows(chamber, ActionUpdate))
    assert (row.status, len(updates)) == (status, 1)


async def test_nobody_else_reports_and_a_report_says_something(tenant):
    chamber = await make_chamber(tenant)
    action = await raised(chamber, await make_meeting(chamber), owner_id=subject_of(chamber, "member1"))
    for who, error in (("member2", Denied), ("chair", Denied), ("observer", NotFound)):
        with pytest.raises(error):
            await chamber.do(who, report_action, action.id, text="x", status=OPEN)
    with pytest.raises(Invalid):
        await chamber.do("member1", report_action, action.id, text="", status=OPEN)


async def test_an_action_of_a_private_item_is_kept_from_who_is_barred_from_the_item(tenant):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber, private=("Vision",))
    await change(chamber, AgendaItem, meeting.items["Vision"], barred=[subject_of(chamber, "member1")])
    action = await raised(chamber, meeting, "Vision", owner_id=subject_of(chamber, "member2"))
    with pytest.raises(NotFound):
        await chamber.do("member1", report_action, action.id, text="x", status=OPEN)
    assert (await chamber.do("member2", report_action, action.id, text="x", status=OPEN)).status == OPEN


TASKS = "{ tasks { nodes { kind about { ... on Action { subject } } } } }"
REPORT = """mutation ($id: ID!) { reportAction(id: $id, text: "Done.", status: DONE) {
    action { status } problems { code } } }"""


@pytest.mark.parametrize("who", ["member1", "observer", "author", "secretary"])
async def test_an_owner_is_asked_to_carry_out_an_action_and_says_that_it_is_done(tenant, client, who):
    chamber = await make_chamber(tenant)
    action = await raised(chamber, await make_meeting(chamber), owner_id=subject_of(chamber, who))

    async def send(query, **variables):
        headers = {"Authorization": f"Bearer {chamber.token(who)}"}
        answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return answer.json()["data"]

    found = [each for each in (await send(TASKS))["tasks"]["nodes"] if each["kind"] == "CARRY_OUT_ACTION"]
    assert found == [{"kind": "CARRY_OUT_ACTION", "about": {"subject": action.subject}}]
    reported = await send(REPORT, id=global_id("Action", action.id))
    assert reported == {"reportAction": {"action": {"status": "DONE"}, "problems": []}}


async def test_nobody_owns_an_action_who_could_not_see_it_and_report_about_it(tenant):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber, private=("Vision",))
    await change(chamber, AgendaItem, meeting.items["Vision"], barred=[subject_of(chamber, "member1")])
    for who, item in (("officer1", None), ("member1", "Vision")):
        with pytest.raises(Invalid) as refused:
            await raised(chamber, meeting, item, owner_id=subject_of(chamber, who))
        found = [(each.code, each.path) for each in refused.value.problems]
        assert found == [("OWNER_MAY_NOT_REPORT", ("input", "ownerAccount"))]
    assert await rows(chamber, Action) == []
    await raised(chamber, meeting, "Governance", owner_id=subject_of(chamber, "member1"))
