"""Reminders: asked for when a meeting is planned, written once for those who still must, seen by their own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col
from tests.committees.building import at_time, make_chamber, make_meeting
from tests.committees.planning import at
from tests.committees.record_rows import change, complete, paper_of, put, recommending, rows, subject_of

from almoner.committees.deadlines import REMINDED_DAYS_BEFORE
from almoner.committees.read import get_meeting
from almoner.committees.reminders import REMIND, mark_reminder_seen, remind, schedule_reminders
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Meeting, PaperDocument, Reminder
from almoner.committees.words import ReminderKind
from almoner.core.errors import NotFound
from almoner.jobs.tables import Job

pytestmark = pytest.mark.anyio

RULES = {"noticeDays": 15, "paperDays": 4}
NOTICE, PUBLICATION, PAPER = ReminderKind


async def schedule(scope, meeting_id):
    return await schedule_reminders(scope, await get_meeting(scope, meeting_id, lock=True))


async def planned(tenant, status=MeetingStatus.PLANNED, days=60):
    chamber = await make_chamber(tenant, rules=RULES)
    return chamber, await make_meeting(chamber, status=status, days=days)


async def run(chamber, meeting_id, kind, days, later=timedelta()):
    """Do what the worker does, for the last day that many days before the meeting."""
    chamber = at(chamber, chamber.tenant.house.clock() + later)
    (meeting,) = await rows(chamber, Meeting, col(Meeting.id) == meeting_id)
    async with chamber.tenant.house.worker_scope(chamber.tenant.id, subject_of(chamber, "secretary"), "test") as scope:
        return await remind(scope, meeting_id, kind, meeting.held_on - timedelta(days=days))


async def reminded(chamber):
    names = {identity.subject_id: name for name, identity in chamber.tenant.identities.items()}
    return sorted((names[row.subject_id], row.kind) for row in await rows(chamber, Reminder))


async def test_each_last_day_has_two_jobs_at_nine_local_time(tenant):
    chamber, meeting = await planned(tenant)
    jobs = await chamber.do("secretary", schedule, meeting.id)
    (row,) = await rows(chamber, Meeting)
    expected = {
        (kind.value, str(row.held_on - timedelta(days=days)), row.held_on - timedelta(days=days + before))
        for kind, days in ((NOTICE, 15), (PUBLICATION, 4), (PAPER, 4))
        for before in (7, 1)
    }
    local = [(job, job.run_at.astimezone(ZoneInfo("America/Phoenix"))) for job in jobs]
    assert {(job.parameters["reminder"], job.parameters["due_on"], at.date()) for job, at in local} == expected
    assert {(at.hour, at.minute) for _, at in local} == {(9, 0)}
    assert {(job.kind, job.subject_id, job.state) for job in jobs} == {(REMIND, meeting.id, "QUEUED")}


async def test_a_meeting_that_is_changed_has_new_jobs_in_place_of_the_old_ones(tenant):
    chamber, meeting = await planned(tenant)
    before = {job.id for job in await chamber.do("secretary", schedule, meeting.id)}
    after = {job.id for job in await chamber.do("secretary", schedule, meeting.id)}
    states = {job.id: job.state for job in await rows(chamber, Job)}
    assert {states[id_] for id_ in before} == {"CANCELLED"}
    assert {states[id_] for id_ in after} == {"QUEUED"}
    assert len(after) == 6


@pytest.mark.parametrize(
    ("status", "days", "jobs"),
    [
        (MeetingStatus.NOTICE_GIVEN, 60, 4),
        (MeetingStatus.PLANNED, 20, 5),
        (MeetingStatus.PLANNED, 1, 0),
        (MeetingStatus.AGENDA_PUBLISHED, 60, 0),
        (MeetingStatus.CANCELLED, 60, 0),
        (MeetingStatus.HELD, -1, 0),
    ],
)
async def test_what_is_done_or_past_already_is_not_asked_for(tenant, status, days, jobs):
    chamber, meeting = await planned(tenant, status, days)
    assert len(await chamber.do("secretary", schedule, meeting.id)) == jobs


async def test_clocks_that_are_put_forward_do_not_move_the_hour(tenant, watch):
    chamber, meeting = await planned(tenant)
    march = date(tenant.house.clock().year + 1, 3, 8)
    forward = march + timedelta(days=6 - march.weekday())  # the second Sunday, in New York
    watch.connection.execute("update almoner.tenant set time_zone = 'America/New_York' where id = %s", (tenant.id,))
    # Notice is due the day after clocks are put forward.
    await change(chamber, Meeting, meeting.id, held_on=forward + timedelta(days=16))
    then = datetime(march.year, 2, 1, tzinfo=UTC)
    jobs = await at_time(tenant, lambda: then).do(chamber.who("secretary"), schedule, meeting.id)
    instants = sorted(job.run_at.astimezone(UTC) for job in jobs if job.parameters["reminder"] == NOTICE)
    assert [(at.date(), at.hour) for at in instants] == [(forward - timedelta(days=6), 14), (forward, 13)]


async def test_those_who_still_must_are_reminded_once(tenant):
    chamber, meeting = await planned(tenant)
    await make_chamber(tenant, prefix="other-", rules=RULES)
    await put(chamber, paper_of(meeting, "Vision", "author"), paper_of(meeting, "Vision", "member1"))
    assert [await run(chamber, meeting.id, NOTICE, 15) for _ in range(2)] == [1, 0]
    assert [await run(chamber, meeting.id, PAPER, 4) for _ in range(2)] == [1, 0]
    # Nobody publishes an agenda before notice is given, and a member without the role of an author writes none.
    assert await run(chamber, meeting.id, PUBLICATION, 4) == 0
    assert await reminded(chamber) == [("author", "PAPER_DUE"), ("secretary", "NOTICE_DUE")]


async def test_who_still_must_hears_again_one_day_before(tenant):
    chamber, meeting = await planned(tenant)
    again = REMINDED_DAYS_BEFORE[0] - REMINDED_DAYS_BEFORE[1]
    assert await run(chamber, meeting.id, NOTICE, 15) == 1
    (first,) = await rows(chamber, Reminder)
    await chamber.do("secretary", mark_reminder_seen, first.id)
    assert [await run(chamber, meeting.id, NOTICE, 15, timedelta(days=again)) for _ in range(2)] == [1, 0]
    (second,) = await rows(chamber, Reminder)
    assert (second.due_on, second.seen_at, second.id == first.id) == (first.due_on, None, False)


async def test_an_author_is_reminded_whose_role_is_at_another_committee(tenant):
    chamber, meeting = await planned(tenant)
    await make_chamber(tenant, prefix="other-", rules=RULES)
    await put(chamber, paper_of(meeting, "Vision", "other-author"))
    assert await run(chamber, meeting.id, PAPER, 4) == 1
    assert await reminded(chamber) == [("other-author", "PAPER_DUE")]


async def test_each_paper_is_a_reminder_of_its_own_and_complete_ones_are_none(tenant):
    chamber, meeting = await planned(tenant, MeetingStatus.NOTICE_GIVEN)
    document = PaperDocument(
        tenant_id=tenant.id,
        committee_id=chamber.id,
        digest="d",
        name="x.pdf",
        media_type="application/pdf",
        size=1,
        content=b"x",
        uploaded_by=subject_of(chamber, "author"),
        uploaded_at=tenant.house.clock(),
    )
    done = paper_of(meeting, "Governance", "author", **complete(document.id))
    first, second = (paper_of(meeting, item, "author") for item in ("Vision", "Governance"))
    wanted = {first.id, second.id}
    await put(chamber, document, done, first, second, recommending(done))
    assert await run(chamber, meeting.id, PAPER, 4) == 2
    assert {row.paper_id for row in await rows(chamber, Reminder)} == wanted
    assert await run(chamber, meeting.id, PUBLICATION, 4) == 1


@pytest.mark.parametrize("status", ["NOTICE_GIVEN", "CANCELLED", "IN_SESSION"])
async def test_nobody_is_reminded_of_what_is_done_meanwhile(tenant, status):
    chamber, meeting = await planned(tenant)
    await change(chamber, Meeting, meeting.id, status=status)
    assert await run(chamber, meeting.id, NOTICE, 15) == 0
    assert await reminded(chamber) == []


async def test_nobody_is_reminded_of_a_last_day_that_is_another_one_by_now(tenant):
    chamber, meeting = await planned(tenant)
    assert await run(chamber, meeting.id, NOTICE, 14) == 0
    assert await reminded(chamber) == []


async def test_a_last_day_that_was_moved_is_a_new_reminder_in_place_of_the_old_one(tenant):
    chamber, meeting = await planned(tenant)
    await run(chamber, meeting.id, NOTICE, 15)
    (old,) = await rows(chamber, Reminder)
    await chamber.do("secretary", mark_reminder_seen, old.id)
    await change(chamber, Meeting, meeting.id, held_on=old.due_on + timedelta(days=40))
    assert await run(chamber, meeting.id, NOTICE, 15) == 1
    (new,) = await rows(chamber, Reminder)
    assert (new.due_on, new.seen_at) == (old.due_on + timedelta(days=25), None)


async def test_a_reminder_is_seen_once_and_by_its_own_only(tenant):
    chamber, meeting = await planned(tenant)
    await run(chamber, meeting.id, NOTICE, 15)
    (row,) = await rows(chamber, Reminder)
    with pytest.raises(NotFound):
        await chamber.do("chair", mark_reminder_seen, row.id)
    first = (await chamber.do("secretary", mark_reminder_seen, row.id)).seen_at
    assert first is not None
    assert (await chamber.do("secretary", mark_reminder_seen, row.id)).seen_at == first
