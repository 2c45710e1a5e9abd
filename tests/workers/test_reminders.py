"""A real worker reminds people when the time has come, and not before."""

from __future__ import annotations

import pytest
from sqlmodel import col
from tests.committees.building import make_chamber, make_meeting
from tests.committees.record_rows import rows, subject_of
from tests.committees.test_reminders import schedule

from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Reminder

pytestmark = pytest.mark.anyio


async def test_a_reminder_is_written_when_its_job_is_due(workers, tenant, watch):
    chamber = await make_chamber(tenant, rules={"noticeDays": 15})
    meeting = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=60)
    jobs = await chamber.do("secretary", schedule, meeting.id)
    notice = [job.id for job in jobs if job.parameters["reminder"] == "NOTICE_DUE"]
    for job_id in notice:
        watch.set(job_id, "run_at = now()")
    assert [watch.ended(job_id).state for job_id in notice] == ["DONE", "DONE"]
    found = await rows(chamber, Reminder, col(Reminder.meeting_id) == meeting.id)
    assert [(row.subject_id, row.kind) for row in found] == [(subject_of(chamber, "secretary"), "NOTICE_DUE")]
    later = {watch.row(job.id).state for job in jobs if job.id not in notice}
    assert later == {"QUEUED"}
