"""What is done with a meeting moves its reminders, or stops them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from tests.committees.building import make_chamber
from tests.committees.planning import DAY, add, bring_paper, founded, plan
from tests.committees.record_rows import rows

from almoner.committees.cancel_meeting import cancel_meeting
from almoner.committees.give_notice import give_notice
from almoner.committees.plan_meeting import change_meeting
from almoner.committees.publish_agenda import publish_agenda
from almoner.committees.reminders import REMIND
from almoner.committees.terms import draft_terms_of_reference
from almoner.jobs.tables import Job

pytestmark = pytest.mark.anyio

RULES = {"noticeDays": 15, "paperDays": 4}
PHOENIX = ZoneInfo("America/Phoenix")


async def waiting(chamber):
    """The reminders that are asked for: of what, and when."""
    jobs = await rows(chamber, Job)
    return {(job.parameters["reminder"], job.run_at) for job in jobs if (job.kind, job.state) == (REMIND, "QUEUED")}


def nine(day, **days_before):
    """Of each kind, those at 9:00, a week and a day before its last day."""
    return {
        (kind, datetime(each.year, each.month, each.day, 9, tzinfo=PHOENIX))
        for kind, days in days_before.items()
        for each in (day - timedelta(days=days + before) for before in (7, 1))
    }


def all_of(day, notice=15, papers=4):
    return nine(day, NOTICE_DUE=notice, PUBLICATION_DUE=papers, PAPER_DUE=papers)


async def test_a_planned_meeting_is_reminded_of_until_its_agenda_is_published(tenant):
    chamber = await founded(tenant, RULES)
    meeting = await plan(chamber)
    assert await waiting(chamber) == all_of(DAY)
    later = DAY + timedelta(days=10)
    await chamber.do("secretary", change_meeting, meeting.id, held_on=later)
    assert await waiting(chamber) == all_of(later)
    await chamber.do("secretary", give_notice, meeting.id)
    assert await waiting(chamber) == nine(later, PUBLICATION_DUE=4, PAPER_DUE=4)
    await bring_paper(chamber, (await add(chamber, meeting.id)).id)
    await chamber.do("secretary", publish_agenda, meeting.id)
    assert await waiting(chamber) == set()


async def test_nobody_is_reminded_of_a_meeting_that_is_called_off(tenant):
    chamber = await founded(tenant, RULES)
    meeting, other = await plan(chamber), await plan(chamber, held_on=DAY + timedelta(days=1))
    await chamber.do("secretary", cancel_meeting, meeting.id, reason="Nobody can come.")
    assert await waiting(chamber) == all_of(other.held_on)
    states = {job.state for job in await rows(chamber, Job) if job.subject_id == meeting.id}
    assert states == {"CANCELLED"}


async def test_other_rules_move_the_reminders(tenant):
    chamber = await make_chamber(tenant, rules=RULES, bodies=0)
    day = tenant.house.clock().astimezone(PHOENIX).date() + timedelta(days=60)
    await plan(chamber, held_on=day)
    told = await plan(chamber, held_on=day + timedelta(days=9))
    await chamber.do("secretary", give_notice, told.id)
    new = {"text": "For all.", "rules": {"noticeDays": 20, "paperDays": 6}}
    await tenant.do("program_administrator", draft_terms_of_reference, chamber.id, **new)
    assert await waiting(chamber) == all_of(day, 20, 6) | nine(told.held_on, PUBLICATION_DUE=6, PAPER_DUE=6)


async def test_without_rules_a_meeting_is_planned_and_nobody_is_reminded(tenant):
    chamber = await founded(tenant, RULES)
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        await scope.session.execute(text("update almoner.terms_of_reference set in_force_at = null"))
    await plan(chamber)
    assert await waiting(chamber) == set()
