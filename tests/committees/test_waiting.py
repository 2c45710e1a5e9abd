"""Who changes a committee and who does something in a meeting of it wait for each other, and never both at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.committees.building import make_chamber
from tests.committees.planning import add, plan
from tests.committees.test_declare_decision import somebody_waits
from tests.committees.test_reminding_verbs import PHOENIX, all_of, waiting

from almoner.committees.agenda_items import add_agenda_item
from almoner.committees.file_paper import file_paper
from almoner.committees.plan_meeting import plan_meeting
from almoner.committees.public_questions import record_question
from almoner.committees.read import get_meeting
from almoner.committees.reminders import remind
from almoner.committees.terms import draft_terms_of_reference
from almoner.committees.words import AgendaAction, AgendaFormat, AgendaSection, ReminderKind

pytestmark = pytest.mark.anyio
RULES = {"noticeDays": 15, "paperDays": 4}
OTHER_RULES = {"noticeDays": 20, "paperDays": 4}
ITEM: dict[str, Any] = {
    "section": AgendaSection.DISCUSSION,
    "title": "x",
    "owner": "Chair",
    "action": AgendaAction.TO_NOTE,
    "format": AgendaFormat.VERBAL,
}


async def charter(scope, committee_id):
    """Other rules at once: the committee is made of no bodies."""
    return await draft_terms_of_reference(scope, committee_id, text="Anew.", rules=OTHER_RULES)


class Held:
    """A transaction that has done something, and goes on when the test lets it."""

    def __init__(self):
        self.reached, self.go = asyncio.Event(), asyncio.Event()

    async def wait(self):
        self.reached.set()
        await self.go.wait()

    async def has_waited(self):
        async with asyncio.timeout(30):
            await self.reached.wait()


@pytest.fixture
async def chamber(tenant):
    return await make_chamber(tenant, rules=RULES, bodies=0)


@pytest.fixture
def day(tenant):
    return tenant.house.clock().astimezone(PHOENIX).date() + timedelta(days=60)


async def an_item(scope, _chamber, meeting_id, _item_id):
    await add_agenda_item(scope, meeting_id, **ITEM)


async def a_question(scope, _chamber, meeting_id, _item_id):
    await record_question(scope, meeting_id, asked_by="x", text="x")


async def a_paper(scope, chamber, _meeting_id, item_id):
    author = chamber.tenant.identities["author"].subject_id
    await file_paper(scope, item_id, author_id=author, title="x")


async def a_reminder(scope, _chamber, meeting_id, _item_id):
    held_on = (await get_meeting(scope, meeting_id)).held_on
    assert await remind(scope, meeting_id, ReminderKind.NOTICE_DUE, held_on - timedelta(days=15)) == 1


@pytest.mark.parametrize("doing", [an_item, a_question, a_paper, a_reminder])
async def test_what_is_added_in_a_meeting_does_not_wait_for_other_rules_that_wait_for_the_meeting(chamber, day, doing):
    meeting = await plan(chamber, held_on=day)
    item, held = await add(chamber, meeting.id), Held()

    async def act(scope):
        await get_meeting(scope, meeting.id, lock=True)
        await held.wait()
        await doing(scope, chamber, meeting.id, item.id)

    acting = asyncio.create_task(chamber.do("secretary", act))
    await held.has_waited()
    changing = asyncio.create_task(chamber.tenant.do("program_administrator", charter, chamber.id))
    await somebody_waits(chamber.tenant)
    held.go.set()
    await acting
    await changing
    assert await waiting(chamber) == all_of(day, notice=20)


async def test_a_meeting_that_is_planned_while_rules_change_is_reminded_of_by_the_new_ones(chamber, day):
    held = Held()

    async def change(scope):
        await charter(scope, chamber.id)
        await held.wait()

    changing = asyncio.create_task(chamber.tenant.do("program_administrator", change))
    await held.has_waited()
    planning = asyncio.create_task(plan(chamber, held_on=day))
    await somebody_waits(chamber.tenant)
    held.go.set()
    await changing
    await planning
    assert await waiting(chamber) == all_of(day, notice=20)


async def test_rules_that_change_while_a_meeting_is_planned_reach_it(chamber, day):
    held = Held()
    given = {"title": "x", "held_on": day, "begins_at": "13:00", "minutes_allotted": 60, "venue": "x"}

    async def plan_slowly(scope):
        await plan_meeting(scope, chamber.id, **given, is_public=True)
        await held.wait()

    planning = asyncio.create_task(chamber.do("secretary", plan_slowly))
    await held.has_waited()
    changing = asyncio.create_task(chamber.tenant.do("program_administrator", charter, chamber.id))
    await somebody_waits(chamber.tenant)
    held.go.set()
    await planning
    await changing
    assert await waiting(chamber) == all_of(day, notice=20)
