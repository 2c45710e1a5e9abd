"""Rules of the source documents about actions, standing items and questions. Roles stand for persons."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import col
from tests.committees.building import Chamber, Convened, make_chamber, make_meeting
from tests.committees.delegating import codes_of, declare
from tests.committees.record_rows import ROOM, change, entries, of, put, rows

from almoner.committees.actions import NewAction, raise_action
from almoner.committees.approve_minutes import approve_minutes
from almoner.committees.close_meeting import close_meeting
from almoner.committees.minutes import circulate_minutes, draft_minutes
from almoner.committees.numbering import numbered
from almoner.committees.other_business import declare_other_business
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Action, AgendaItem, Meeting, PublicQuestion

pytestmark = pytest.mark.anyio

ITEMS = "{yy}{m}{nn}"
#: Reference, day of the meeting, agenda item, subject, owner by role, due on.
MATRIX = (
    (
        "17-01-09",
        date(2017, 1, 5),
        9,
        "Evaluation and hurdle criteria",
        "Finance and strategy leads",
        date(2017, 4, 30),
    ),
    ("17-03-07", date(2017, 3, 4), 7, "Integrated diagnostics paper update", "Diagnostics lead", date(2017, 8, 31)),
    ("17-03-08", date(2017, 3, 4), 8, "Easy read document", "Communications lead", date(2017, 5, 1)),
    ("17-03-09", date(2017, 3, 4), 9, "Web link of the partnership's video", "Partnership lead", date(2017, 5, 1)),
    ("17-03-09", date(2017, 3, 4), 9, "Draft description of care systems", "Programme lead", date(2017, 5, 1)),
)


async def on(chamber: Chamber, day: date, status: MeetingStatus, items: int = 10) -> Convened:
    """A meeting of that day with numbered items."""
    titles = tuple(f"Item {n}" for n in range(1, items + 1))
    held = await make_meeting(chamber, status=status, items=titles, present=ROOM)
    at = datetime(day.year, day.month, day.day, 20, tzinfo=UTC)
    await change(chamber, Meeting, held.id, held_on=day, starts_at=at)
    for n, title in enumerate(titles, 1):
        await change(chamber, AgendaItem, held.items[title], number=numbered(ITEMS, day, n))
    return held


async def the_matrix(tenant: Any) -> tuple[Chamber, dict[date, Convened]]:
    chamber = await make_chamber(tenant, rules={"itemNumbers": ITEMS})
    held = {day: await on(chamber, day, MeetingStatus.HELD) for day in (date(2017, 1, 5), date(2017, 3, 4))}
    for _, day, item, subject, owner, due_on in MATRIX:
        given = NewAction(subject, owner, due_on, held[day].items[f"Item {item}"])
        await chamber.do("secretary", raise_action, held[day].id, given)
    return chamber, held


async def test_references_name_year_month_and_agenda_item_and_two_actions_share_one(tenant):
    """Seed 004, action matrix: 17-01-09, 17-03-07, 17-03-08, and 17-03-09 twice."""
    chamber, _ = await the_matrix(tenant)
    found = await rows(chamber, Action)
    assert [(each.reference, each.subject, each.owner, each.due_on, each.status) for each in found] == [
        (reference, subject, owner, due_on, "OPEN") for reference, _, _, subject, owner, due_on in MATRIX
    ]


async def test_the_matrix_is_reviewed_as_a_standing_item_with_overdue_actions_first(tenant, client):
    """Seed 004, agenda, item 17705: action matrix review; the matrix carries open actions over."""
    chamber, _ = await the_matrix(tenant)
    july = await on(chamber, date(2017, 7, 6), MeetingStatus.IN_SESSION)
    query = "query ($id: ID!) { meeting(id: $id) { agenda { number } actionMatrix { reference dueOn isOverdue } } }"
    headers = {"Authorization": f"Bearer {chamber.token('member1')}"}
    body = {"query": query, "variables": {"id": july.meeting}}
    read = (await client.post("/graphql", json=body, headers=headers)).json()["data"]["meeting"]
    assert "17705" in [item["number"] for item in read["agenda"]]
    assert [each["reference"] for each in read["actionMatrix"]] == [
        "17-01-09",
        "17-03-08",
        "17-03-09",
        "17-03-09",
        "17-03-07",
    ]
    assert all(each["isOverdue"] for each in read["actionMatrix"])


async def test_the_minutes_of_the_last_meeting_are_a_standing_item_of_the_next(tenant):
    """Seed 004, agenda, item 17704: minutes from the last meeting held on 4 March 2017."""
    chamber, held = await the_matrix(tenant)
    march = held[date(2017, 3, 4)]
    minutes = (await chamber.do("secretary", draft_minutes, march.id)).id
    read = {each.heading: each.text for each in await entries(chamber, minutes)}
    assert "Action 17-03-08, Communications lead, by 1 May 2017: Easy read document." in read["17308 Item 8"]
    await chamber.do("secretary", circulate_minutes, minutes)
    july = await on(chamber, date(2017, 7, 6), MeetingStatus.IN_SESSION)
    assert (await chamber.do("chair", approve_minutes, minutes, july.id)).status == "APPROVED"
    (row,) = await rows(chamber, Meeting, col(Meeting.id) == march.id)
    assert (row.status, row.approved_in_id) == ("MINUTES_APPROVED", july.id)


async def test_any_other_business_is_declared_at_the_start_and_stands_in_the_minutes_like_any_item(tenant):
    """Seed 004, agenda, items 17706 and 17710: any other business, declared at the start."""
    chamber = await make_chamber(tenant, rules={"itemNumbers": ITEMS})
    july = await on(chamber, date(2017, 7, 6), MeetingStatus.IN_SESSION, items=9)
    business = {"title": "Any other business: parking", "owner": "Chair"}
    declared = await chamber.do("secretary", declare_other_business, july.id, **business)
    assert (declared.number, declared.position) == ("17710", 10)
    await declare(july, title="Item 8")
    late = chamber.do("secretary", declare_other_business, july.id, **business)
    assert await codes_of(late) == ["BUSINESS_BEGUN"]
    await chamber.do("chair", close_meeting, july.id)
    minutes = await chamber.do("secretary", draft_minutes, july.id)
    assert "17710 Any other business: parking" in [each.heading for each in await entries(chamber, minutes.id)]


async def test_questions_from_the_public_come_after_the_formal_part(tenant):
    """Seed 004, agenda: formal meeting closed, continue with questions from the public."""
    chamber = await make_chamber(tenant, rules={"itemNumbers": ITEMS})
    july = await on(chamber, date(2017, 7, 6), MeetingStatus.HELD)
    at = tenant.house.clock()
    asked = {"asked": "AT_THE_MEETING", "asked_by": "A resident", "text": "Will it stay?", "asked_at": at}
    await put(chamber, of(july, PublicQuestion, **asked, answer="It will", answered_at=at))
    minutes = await chamber.do("secretary", draft_minutes, july.id)
    found = await entries(chamber, minutes.id)
    assert [each.heading for each in found][-3:] == ["17710 Item 10", "Questions from the public", "Close"]
    assert found[-2].text == "A resident asked: Will it stay? Answer: It will."
