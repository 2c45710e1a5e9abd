"""Writing agendas, until they are published, and other business at the start of a meeting."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from tests.committees.building import make_meeting
from tests.committees.planning import NOW, add, bring_paper, founded, plan, refused

from almoner.committees.agenda import MAX_ITEMS, agenda_of
from almoner.committees.agenda_items import add_agenda_item, change_agenda_item, withdraw_agenda_item
from almoner.committees.other_business import declare_other_business
from almoner.committees.plan_meeting import change_meeting
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import ConflictDeclaration, Decision, Paper, Vote
from almoner.committees.words import AgendaSection

pytestmark = pytest.mark.anyio

RULES = {"itemNumbers": "{yy}{m}{nn}", "publicMatters": ["PROPOSAL_REVIEW"]}
UNPUBLISHED = {MeetingStatus.PLANNED, MeetingStatus.NOTICE_GIVEN}
#: What the agenda of a meeting in each state says to who wants to change it.
SAYS = {each: None if each in UNPUBLISHED else "AGENDA_PUBLISHED" for each in MeetingStatus} | {
    MeetingStatus.CANCELLED: "WRONG_STATUS"
}


@pytest.fixture
async def chamber(tenant):
    return await founded(tenant, RULES)


async def agenda(chamber, meeting_id):
    items = await chamber.do("secretary", agenda_of, meeting_id)
    return [(item.position, item.number, item.title) for item in items]


async def test_items_stand_in_sections_and_numbers_follow_positions(chamber):
    meeting = await plan(chamber)
    questions = await add(chamber, meeting.id, "Questions", section=AgendaSection.PUBLIC_QUESTIONS)
    vision = await add(chamber, meeting.id, "Vision")
    welcome = await add(chamber, meeting.id, "Welcome", section=AgendaSection.STANDING)
    first = await add(chamber, meeting.id, "First", position=2)
    assert await agenda(chamber, meeting.id) == [
        (1, "17701", "Welcome"),
        (2, "17702", "First"),
        (3, "17703", "Vision"),
        (4, None, "Questions"),
    ]
    await chamber.do("secretary", change_agenda_item, first.id, position=3)
    await chamber.do("secretary", change_agenda_item, questions.id, section=AgendaSection.STANDING, title="Asked")
    await chamber.do("secretary", withdraw_agenda_item, welcome.id)
    assert await agenda(chamber, meeting.id) == [(1, "17701", "Asked"), (2, "17702", "Vision"), (3, "17703", "First")]
    await chamber.do("secretary", change_meeting, meeting.id, held_on=NOW.date().replace(month=12))
    assert [number for _, number, _ in await agenda(chamber, meeting.id)] == ["171201", "171202", "171203"]
    assert vision.meeting_id == meeting.id


async def test_what_is_not_given_stays_and_what_is_cleared_is_null(chamber):
    meeting = await plan(chamber)
    item = await add(chamber, meeting.id, minutes_allotted=10, matter="BUDGET")
    changed = await chamber.do("secretary", change_agenda_item, item.id, owner="  Finance director ", matter=None)
    assert (changed.title, changed.owner, changed.minutes_allotted, changed.matter) == (
        "An item",
        "Finance director",
        10,
        None,
    )


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"title": " "}, ["TEXT_BLANK"]),
        ({"title": "x" * 501, "owner": "", "minutes_allotted": 0}, ["TEXT_TOO_LONG", "TEXT_BLANK", "BAD_MINUTES"]),
        ({"minutes_allotted": 1441}, ["BAD_MINUTES"]),
        ({"matter": "x" * 61}, ["TEXT_TOO_LONG"]),
        ({"position": 0}, ["BAD_POSITION"]),
        ({"position": 3}, ["BAD_POSITION"]),
        ({"section": AgendaSection.STANDING, "position": 2}, ["BAD_POSITION"]),
        ({"matter": " PROPOSAL_REVIEW ", "is_private": True}, ["PUBLIC_MATTER"]),
    ],
)
async def test_a_bad_item_is_refused_when_it_is_added_and_when_it_is_changed(chamber, changes, codes):
    meeting = await plan(chamber)
    item = await add(chamber, meeting.id)
    assert await refused(chamber, add(chamber, meeting.id, **changes)) == codes
    if "position" not in changes:
        assert await refused(chamber, chamber.do("secretary", change_agenda_item, item.id, **changes)) == codes


async def test_a_matter_for_the_public_is_not_brought_to_a_meeting_that_is_not_public(chamber):
    meeting = await plan(chamber, is_public=False)
    assert await refused(chamber, add(chamber, meeting.id, matter="PROPOSAL_REVIEW")) == ["PUBLIC_MATTER"]
    item = await add(chamber, meeting.id, matter="WORK_PLAN")
    change = chamber.do("secretary", change_agenda_item, item.id, matter="PROPOSAL_REVIEW")
    assert await refused(chamber, change) == ["PUBLIC_MATTER"]


@pytest.mark.parametrize("status", MeetingStatus)
async def test_an_agenda_is_written_until_it_is_published(chamber, status):
    held = await make_meeting(chamber, status=status, days=40)
    item = held.items["Vision"]
    verbs = [
        lambda: add(chamber, held.id),
        lambda: chamber.do("secretary", change_agenda_item, item, title="x"),
        lambda: chamber.do("secretary", withdraw_agenda_item, item),
    ]
    for verb in verbs:
        if SAYS[status] is None:
            await verb()
        else:
            assert await refused(chamber, verb()) == [SAYS[status]]


async def test_a_withdrawn_item_is_gone_with_its_papers(chamber):
    meeting = await plan(chamber)
    item = await add(chamber, meeting.id)
    paper = await bring_paper(chamber, item.id)
    await chamber.do("secretary", withdraw_agenda_item, item.id)
    for verb in (withdraw_agenda_item, change_agenda_item):
        assert await refused(chamber, chamber.do("secretary", verb, item.id)) == ["NOT_FOUND"]

    async def find(scope):
        return await scope.find(Paper, paper.id)

    assert (await chamber.do("secretary", find)).withdrawn_at is not None


async def test_an_agenda_that_is_full_takes_no_more(chamber):
    held = await make_meeting(
        chamber, status=MeetingStatus.PLANNED, days=40, items=tuple(str(n) for n in range(MAX_ITEMS))
    )
    assert await refused(chamber, add(chamber, held.id)) == ["AGENDA_FULL"]


async def test_two_items_at_one_instant_get_different_positions_and_numbers(chamber):
    meeting = await plan(chamber)
    await asyncio.gather(*(add(chamber, meeting.id, f"Item {n}") for n in range(6)))
    found = await agenda(chamber, meeting.id)
    assert [(position, number) for position, number, _ in found] == [(n, f"1770{n}") for n in range(1, 7)]
    assert {title for *_, title in found} == {f"Item {n}" for n in range(6)}


@pytest.mark.parametrize("who", ["observer", "member1", "chair", "author"])
async def test_only_the_secretary_writes_agendas(chamber, who):
    held = await make_meeting(chamber, status=MeetingStatus.IN_SESSION)
    declare = chamber.do(who, declare_other_business, held.id, title="x", owner="x")
    assert await refused(chamber, declare) == ["DENIED"]
    given = {"section": "STANDING", "title": "x", "owner": "x", "action": "TO_NOTE", "format": "VERBAL"}
    assert await refused(chamber, chamber.do(who, add_agenda_item, held.id, **given)) == ["DENIED"]


# --- other business --------------------------------------------------------------------------------------------------


async def declare(chamber, held, **changes):
    given = {"title": "Car parks", "owner": "Member 1"} | changes
    return await chamber.do("secretary", declare_other_business, held.id, **given)


@pytest.mark.parametrize("is_public", [True, False])
async def test_other_business_comes_last_with_the_next_number_and_the_others_keep_theirs(chamber, is_public):
    held = await make_meeting(chamber, is_public=is_public)
    item = await declare(chamber, held, minutes_allotted=5)
    number = (await agenda(chamber, held.id))[-1][1]
    assert (await agenda(chamber, held.id))[:2] == [(1, "1", "Vision"), (2, "2", "Governance")]
    assert (item.position, item.number, item.section, item.action) == (3, number, "DISCUSSION", "DISCUSSION")
    assert number.endswith("03")
    assert (item.public_at is not None) is is_public


@pytest.mark.parametrize("status", [each for each in MeetingStatus if each != MeetingStatus.IN_SESSION])
async def test_other_business_is_declared_in_session_only(chamber, status):
    held = await make_meeting(chamber, status=status)
    assert await refused(chamber, declare(chamber, held)) == ["WRONG_STATUS"]


def about(held, subject_id: UUID):
    """A row of each kind that shows that business has begun."""
    keys = {"committee_id": held.chamber.id, "meeting_id": held.id, "item_id": held.items["Vision"]}
    appointment = held.chamber.appointments["member1"]
    conflict = {"appointment_id": appointment, "subject_id": subject_id, "text": "x", "declared_at": NOW}
    return {
        "vote": Vote(**keys, motion="x", majority="MAJORITY", opened_by=subject_id, opened_at=NOW),
        "decision": Decision(**keys, number=1, kind="NOTE", text="x", declared_by=subject_id, decided_at=NOW),
        "conflict": ConflictDeclaration(**keys, **conflict),
    }


@pytest.mark.parametrize("what", ["vote", "decision", "conflict"])
async def test_other_business_is_declared_before_any_other_begins(chamber, what):
    held = await make_meeting(chamber)
    row = about(held, chamber.tenant.identities[chamber.who("member1")].subject_id)[what]
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        row.tenant_id = scope.tenant_id
        scope.session.add(row)
    assert await refused(chamber, declare(chamber, held)) == ["BUSINESS_BEGUN"]


async def test_other_business_needs_words(chamber):
    held = await make_meeting(chamber)
    given = declare(chamber, held, title=" ", owner="", minutes_allotted=0)
    assert await refused(chamber, given) == ["TEXT_BLANK", "TEXT_BLANK", "BAD_MINUTES"]
