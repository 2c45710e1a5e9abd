"""What the source documents say of meetings, agendas and papers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

import pytest
from tests.committees.building import make_meeting
from tests.committees.planning import NOW, add, at, bring_paper, founded, plan, refusal, refused

from almoner.committees.agenda import FORMAL, agenda_of
from almoner.committees.agenda_items import change_agenda_item
from almoner.committees.cover_sheet import missing
from almoner.committees.give_notice import give_notice
from almoner.committees.minutes import circulate_minutes, draft_minutes
from almoner.committees.public_questions import record_question
from almoner.committees.publish_agenda import publish_agenda
from almoner.committees.read import get_meeting
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import AgendaItem, Meeting, Paper, Recommendation

pytestmark = pytest.mark.anyio

SAMPLE: dict[str, Any] = json.loads(
    files("almoner.committees").joinpath("samples", "lsc-july-2017.json").read_text(encoding="utf-8")
)
KEYS = ("tenant_id", "committee_id", "meeting_id", "item_id", "author_id")
PTAC = {
    "noticeDays": 15,
    "privateNoticeDays": 0,
    "paperDays": 7,
    "publicMatters": ["PROPOSAL_REVIEW"],
    "publicSpeaks": "DURING_ITEMS",
    "privateItems": False,
}


async def build(chamber):
    """The meeting of 6 July 2017, with its agenda."""
    told = SAMPLE["meeting"]
    meeting = await plan(
        chamber,
        title=told["title"],
        held_on=date.fromisoformat(told["heldOn"]),
        begins_at=told["beginsAt"],
        minutes_allotted=told["minutesAllotted"],
        venue=told["venue"],
        is_public=told["isPublic"],
    )
    for each in SAMPLE["agenda"]:
        names = ("section", "owner", "action", "format")
        more = {name: each[name] for name in names}
        await add(chamber, meeting.id, each["title"], minutes_allotted=each["minutesAllotted"], **more)
    return meeting, await chamber.do("secretary", agenda_of, meeting.id)


@pytest.fixture
async def joint_committee(tenant):
    return await founded(tenant, SAMPLE["rules"], bodies=len(SAMPLE["bodies"]))


async def test_items_are_numbered_by_year_month_and_place(joint_committee):
    """Seed 004, agenda, 17701 to 17710.

    Two digits of the year, the month, two digits of the item. Nobody gives the numbers: the scheme makes them.
    """
    _, items = await build(joint_committee)
    assert [item.number for item in items] == [each["number"] for each in SAMPLE["agenda"]]
    assert [item.number for item in items if item.number] == [str(n) for n in range(17701, 17711)]


async def test_standing_items_come_first_then_discussion_then_the_public_then_information(joint_committee):
    """Seed 004, agenda, headings.

    Questions and what is for information have no numbers.
    """
    _, items = await build(joint_committee)
    sections = [item.section for item in items]
    assert sections == ["STANDING"] * 6 + ["DISCUSSION"] * 4 + ["PUBLIC_QUESTIONS", "INFORMATION"]
    assert all((item.number is None) is (item.section not in FORMAL) for item in items)


async def test_the_minutes_of_the_formal_part_fill_the_meeting_and_those_of_the_public_come_after_it(joint_committee):
    """Seed 004, agenda, timings.

    From 13:00 to 15:00 are 120 minutes. The numbered items take 5 + 5 + 40 + 25 + 35 + 10 = 120 of them; then the
    formal meeting is closed, and the public has 15 more.
    """
    meeting, items = await build(joint_committee)
    assert sum(item.minutes_allotted or 0 for item in items) == 135
    await joint_committee.do("secretary", give_notice, meeting.id)
    error = await refusal(joint_committee, joint_committee.do("secretary", publish_agenda, meeting.id))
    assert {each.code for each in error.problems} == {"PAPER_MISSING"}
    await joint_committee.do("secretary", change_agenda_item, items[0].id, minutes_allotted=6)
    error = await refusal(joint_committee, joint_committee.do("secretary", publish_agenda, meeting.id))
    (too_long,) = [each for each in error.problems if each.code == "AGENDA_TOO_LONG"]
    assert "121 minutes" in too_long.message
    assert "lasts 120" in too_long.message


async def test_minutes_and_the_action_matrix_are_papers_without_a_cover_sheet(joint_committee):
    """Seed 004, agenda, 17704 and 17705, which come as papers and are the only ones without a cover sheet."""
    meeting, items = await build(joint_committee)
    march = await make_meeting(joint_committee, status=MeetingStatus.HELD, days=-89)
    assert (await joint_committee.do("secretary", get_meeting, march.id)).held_on == date(2017, 3, 4)
    minutes = await joint_committee.do("secretary", draft_minutes, march.id)
    await joint_committee.do("secretary", circulate_minutes, minutes.id)
    of = {each.number: each.id for each in items}
    await joint_committee.do("secretary", change_agenda_item, of["17704"], minutes_of_id=march.id)
    await joint_committee.do("secretary", change_agenda_item, of["17705"], reviews_actions=True)
    await joint_committee.do("secretary", give_notice, meeting.id)
    error = await refusal(joint_committee, joint_committee.do("secretary", publish_agenda, meeting.id))
    assert [each.path[1] for each in error.problems] == ["17708", "17709"]
    for number in ("17708", "17709"):
        await bring_paper(joint_committee, of[number])
    assert (await joint_committee.do("secretary", publish_agenda, meeting.id)).status == "AGENDA_PUBLISHED"


async def test_a_meeting_begins_at_the_time_of_the_clock_there(joint_committee):
    """Seed 004, agenda, 6th July 2017 1pm to 3pm."""
    told = SAMPLE["meeting"]
    length = datetime.strptime(told["endsAt"], "%H:%M") - datetime.strptime(told["beginsAt"], "%H:%M")  # noqa: DTZ007
    assert length.total_seconds() == told["minutesAllotted"] * 60
    meeting, _ = await build(joint_committee)
    # The test tenants' zone is seven hours behind UTC.
    assert meeting.starts_at == datetime(2017, 7, 6, 20, tzinfo=UTC)


def sheet(number: str) -> list[str]:
    """What the cover sheet of that item's paper lacks, taken as it was printed, its document being there."""
    (told,) = [each for each in SAMPLE["papers"] if each["item"] == number]
    keys: dict[str, Any] = dict.fromkeys(
        ("tenant_id", "committee_id", "meeting_id", "item_id", "author_id"), UUID(int=0)
    )
    paper = Paper(
        **keys,
        title=told["title"],
        dated_on=told["datedOn"] and date.fromisoformat(told["datedOn"]),
        lead_authors=told["leadAuthors"],
        purposes=told["purposes"],
        executive_summary=told["executiveSummary"],
        next_steps=told["nextSteps"],
        equality_impact=told["equalityImpact"],
        engagement=told["engagement"],
        financial_implications=told["financialImplications"],
        risk_identified=told["riskIdentified"],
        risk=told["risk"],
        authorised_by=told["authorisedBy"],
        document_id=UUID(int=1),
    )
    texts = enumerate(told["recommendations"], 1)
    made: dict[str, Any] = {"tenant_id": UUID(int=0), "paper_id": paper.id}
    return missing(paper, [Recommendation(**made, position=n, text=text) for n, text in texts])


def test_a_cover_sheet_with_open_assessments_is_incomplete():
    """Seed 004, cover sheet of 17708, where no box of the assessments is ticked."""
    assert sheet("17708") == ["equalityImpact", "engagement", "financialImplications", "riskIdentified"]


def test_a_cover_sheet_that_answers_every_question_lacks_only_its_date():
    """Seed 004, cover sheet of 17709, which bears the date of the meeting alone."""
    assert sheet("17709") == ["datedOn"]


async def test_what_is_missing_blocks_publication_item_by_item(joint_committee):
    """Seed 004, cover sheet of 17708, assessments."""
    meeting, items = await build(joint_committee)
    (item,) = [each for each in items if each.number == "17708"]
    opened = {"equality_impact": None, "engagement": None, "financial_implications": None, "risk_identified": None}
    await bring_paper(joint_committee, item.id, **opened, purposes=[])
    await joint_committee.do("secretary", give_notice, meeting.id)
    error = await refusal(joint_committee, joint_committee.do("secretary", publish_agenda, meeting.id))
    found = [each.path[1:] for each in error.problems if each.code == "PAPER_INCOMPLETE"]
    names = ("purposes", "equalityImpact", "engagement", "financialImplications", "riskIdentified")
    assert found == [("17708", name) for name in names]
    missing_papers = [each.path[1] for each in error.problems if each.code == "PAPER_MISSING"]
    assert missing_papers == ["17704", "17705", "17709"]


async def test_questions_from_the_public_follow_the_formal_part(joint_committee):
    """Seed 004, agenda, formal meeting closed, continue with questions from the public."""
    held = await make_meeting(joint_committee)
    asked = {"asked_by": "A resident", "text": "Why?"}
    ask = joint_committee.do("secretary", record_question, held.id, **asked)
    assert await refused(joint_committee, ask) == ["FORMAL_PART_OPEN"]
    async with joint_committee.tenant.house.operator_scope(joint_committee.tenant.id, "test") as scope:
        (await scope.find(Meeting, held.id)).formal_part_closed_at = scope.now()
    question = await joint_committee.do("secretary", record_question, held.id, **asked)
    assert question.asked == "AT_THE_MEETING"


async def test_the_next_meeting_is_told_for_information(joint_committee):
    """Seed 004, agenda, for information only."""
    _, items = await build(joint_committee)
    told = SAMPLE["nextMeeting"]
    day = date.fromisoformat(told["heldOn"])
    assert (items[-1].section, items[-1].action) == ("INFORMATION", "INFORMATION")
    assert f"{day.day} September {day.year}" in items[-1].title
    assert (await plan(joint_committee, held_on=day, venue=told["venue"])).held_on == date(2017, 9, 7)


async def test_the_public_comments_while_the_advisory_committee_deliberates(tenant):
    """Seed 000, opportunity for soliciting public comments, at all meetings during which it deliberates."""
    chamber = await founded(tenant, PTAC)
    held = await make_meeting(chamber)
    comment = {"asked_by": "A practice", "text": "We support the proposal."}
    assert (await chamber.do("secretary", record_question, held.id, **comment)).asked == "AT_THE_MEETING"


async def test_the_advisory_committee_has_no_private_items(tenant):
    """Seed 000, proprietary or confidential data, openness: agenda and papers are available for public inspection."""
    chamber = await founded(tenant, PTAC)
    meeting = await plan(chamber)
    assert await refused(chamber, add(chamber, meeting.id, is_private=True)) == ["NO_PRIVATE_ITEMS"]
    item = await add(chamber, meeting.id)
    change = chamber.do("secretary", change_agenda_item, item.id, is_private=True)
    assert await refused(chamber, change) == ["NO_PRIVATE_ITEMS"]


async def test_only_public_meetings_of_the_advisory_committee_need_notice_beforehand(tenant):
    """Seed 000, committee meetings, advance notice of all public meetings."""
    chamber = await founded(tenant, PTAC)
    tomorrow = NOW.date() + timedelta(days=1)
    public, private = [await plan(chamber, held_on=tomorrow, is_public=each) for each in (True, False)]
    assert await refused(chamber, chamber.do("secretary", give_notice, public.id)) == ["NOTICE_TOO_LATE"]
    assert (await chamber.do("secretary", give_notice, private.id)).urgent_reason is None


async def test_notice_of_a_public_meeting_is_given_fifteen_days_before(tenant):
    """Seed 000, opportunity for soliciting public comments, announced at least 15 days prior to such a meeting."""
    chamber = await founded(tenant, PTAC)
    meeting = await plan(chamber)
    late = at(chamber, datetime(2017, 6, 22, 7, tzinfo=UTC))
    assert await refused(late, late.do("secretary", give_notice, meeting.id)) == ["NOTICE_TOO_LATE"]
    in_time = replace(late, tenant=at(chamber, datetime(2017, 6, 21, 7, tzinfo=UTC)).tenant)
    assert (await in_time.do("secretary", give_notice, meeting.id)).public_at is not None


async def test_materials_are_distributed_and_posted_before_the_meeting(tenant):
    """Seed 000, committee meetings, past meeting materials and presentations."""
    chamber = await founded(tenant, PTAC)
    meeting = await plan(chamber)
    item = await add(chamber, meeting.id)
    paper = await bring_paper(chamber, item.id)
    await chamber.do("secretary", give_notice, meeting.id)
    late = at(chamber, datetime(2017, 6, 30, 7, tzinfo=UTC))
    assert await refused(late, late.do("secretary", publish_agenda, meeting.id)) == ["PUBLICATION_TOO_LATE"]
    await chamber.do("secretary", publish_agenda, meeting.id)
    async with tenant.house.public_scope(tenant.id, "test") as public:
        found = await public.get(Paper, paper.id, "paper:view")
        assert found.public_at is not None
        assert (await public.get(AgendaItem, item.id, "agenda_item:view")).title == "An item"


async def test_a_meeting_that_is_not_public_is_for_administration_and_planning(tenant):
    """Seed 000, committee meetings, the committee may meet non-publicly.

    Recommendations on proposals are never decided there.
    """
    chamber = await founded(tenant, PTAC)
    meeting = await plan(chamber, is_public=False)
    assert await refused(chamber, add(chamber, meeting.id, matter="PROPOSAL_REVIEW")) == ["PUBLIC_MATTER"]
    assert (await add(chamber, meeting.id, "Work plan")).number == "1"
    held = await make_meeting(chamber, status=MeetingStatus.PLANNED, is_public=False, days=40)
    async with tenant.house.public_scope(tenant.id, "test") as public:
        for id_ in (meeting.id, held.id):
            assert not public.allows("meeting:view", await public.find(Meeting, id_))


def test_actions_carry_a_reference_an_owner_and_a_day():
    """Seed 004, action matrix."""
    actions = SAMPLE["actions"]
    assert [each["reference"] for each in actions] == ["17-01-09", "17-03-07", "17-03-08", "17-03-09", "17-03-09"]
    assert all(each["owner"] and date.fromisoformat(each["dueOn"]) for each in actions)
    assert len(SAMPLE["bodies"]) == 8
