"""Publishing agendas with their papers, and questions from the public."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.committees.building import make_meeting
from tests.committees.planning import NOW, add, at, bring_paper, founded, plan, refusal, refused
from tests.committees.record_rows import change, rows

from almoner.committees.file_paper import withdraw_paper
from almoner.committees.give_notice import give_notice
from almoner.committees.public_questions import answer_question, record_question
from almoner.committees.publish_agenda import publish_agenda
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import AgendaItem, Meeting, Paper, TermsOfReference
from almoner.committees.words import AgendaFormat, AgendaSection

pytestmark = pytest.mark.anyio

RULES = {"paperDays": 7, "noticeDays": 15, "urgentAllowed": True, "publicMatters": ["PROPOSAL_REVIEW"]}


@pytest.fixture
async def chamber(tenant):
    return await founded(tenant, RULES)


async def announced(chamber, **changes):
    meeting = await plan(chamber, **changes)
    return await chamber.do("secretary", give_notice, meeting.id)


def publish(chamber, meeting):
    return chamber.do("secretary", publish_agenda, meeting.id)


async def stored(chamber, table, row_id):
    async def find(scope):
        return await scope.find(table, row_id)

    return await chamber.do("secretary", find)


@pytest.mark.parametrize("is_public", [True, False])
async def test_agenda_and_papers_are_published_but_what_is_private(chamber, is_public):
    meeting = await announced(chamber, is_public=is_public)
    open_item = await add(chamber, meeting.id, format=AgendaFormat.PAPER)
    private_item = await add(chamber, meeting.id, format=AgendaFormat.PAPER, is_private=True)
    papers = [await bring_paper(chamber, item.id) for item in (open_item, private_item)]
    withdrawn = await bring_paper(chamber, open_item.id)
    await chamber.do("secretary", withdraw_paper, withdrawn.id)
    published = await publish(chamber, meeting)
    assert (published.status, published.agenda_published_at) == ("AGENDA_PUBLISHED", NOW)
    rows = [(AgendaItem, open_item), (AgendaItem, private_item), *((Paper, each) for each in (*papers, withdrawn))]
    shown = [(await stored(chamber, table, row.id)).public_at is not None for table, row in rows]
    assert shown == [is_public, False, is_public, False, False]


async def test_private_items_are_not_published_once_the_rules_allow_none(chamber):
    meeting = await announced(chamber)
    item = await add(chamber, meeting.id, is_private=True)
    (terms,) = await rows(chamber, TermsOfReference)
    await change(chamber, TermsOfReference, terms.id, rules=terms.rules | {"privateItems": False})
    error = await refusal(chamber, publish(chamber, meeting))
    assert [(each.code, each.path) for each in error.problems] == [
        ("NO_PRIVATE_ITEMS", ("agenda", item.number, "isPrivate"))
    ]


async def test_all_that_is_missing_is_listed_item_by_item_in_one_answer(chamber):
    meeting = await announced(chamber, minutes_allotted=30)
    first = await add(chamber, meeting.id, minutes_allotted=20)
    await add(chamber, meeting.id, format=AgendaFormat.PAPER, minutes_allotted=20)
    await add(chamber, meeting.id, "Later", section=AgendaSection.INFORMATION, format=AgendaFormat.PAPER)
    await bring_paper(chamber, first.id, equality_impact=None, recommendations=None)
    error = await refusal(chamber, publish(chamber, meeting))
    assert [(problem.code, problem.path) for problem in error.problems] == [
        ("AGENDA_TOO_LONG", ("agenda",)),
        ("PAPER_INCOMPLETE", ("agenda", "1", "recommendations")),
        ("PAPER_INCOMPLETE", ("agenda", "1", "equalityImpact")),
        ("PAPER_MISSING", ("agenda", "2")),
        ("PAPER_MISSING", ("agenda", "3")),
    ]
    assert "40 minutes" in error.problems[0].message
    assert "lasts 30" in error.problems[0].message


async def test_an_empty_agenda_is_not_published(chamber):
    meeting = await announced(chamber)
    assert await refused(chamber, publish(chamber, meeting)) == ["AGENDA_EMPTY"]


async def test_a_matter_that_new_rules_keep_for_the_public_is_found_at_publication(chamber):
    meeting = await announced(chamber)
    item = await add(chamber, meeting.id)
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        row = await scope.find(AgendaItem, item.id)
        row.matter, row.is_private = "PROPOSAL_REVIEW", True
    error = await refusal(chamber, publish(chamber, meeting))
    assert [(each.code, each.path) for each in error.problems] == [("PUBLIC_MATTER", ("agenda", "1", "matter"))]


async def test_late_publication_is_refused_but_of_an_urgent_meeting(chamber):
    meeting = await announced(chamber)
    await add(chamber, meeting.id)
    last = at(chamber, datetime(2017, 6, 30, 6, 59, tzinfo=UTC))
    late = at(chamber, datetime(2017, 6, 30, 7, tzinfo=UTC))
    error = await refusal(late, publish(late, meeting))
    assert (error.problems[0].code, "2017-06-29" in str(error)) == ("PUBLICATION_TOO_LATE", True)
    assert (await publish(last, meeting)).status == "AGENDA_PUBLISHED"

    urgent = await plan(chamber)
    await add(chamber, urgent.id)
    await late.do("secretary", give_notice, urgent.id, urgent_reason="It burns.")
    then = at(chamber, urgent.starts_at)
    assert await refused(then, publish(then, urgent)) == ["MEETING_IN_PAST"]
    assert (await publish(late, urgent)).status == "AGENDA_PUBLISHED"


@pytest.mark.parametrize("status", [each for each in MeetingStatus if each != MeetingStatus.NOTICE_GIVEN])
async def test_only_a_meeting_that_notice_is_given_of_gets_its_agenda_published(chamber, status):
    held = await make_meeting(chamber, status=status, days=40)
    assert await refused(chamber, publish(chamber, held)) == ["WRONG_STATUS"]


@pytest.mark.parametrize("who", ["observer", "member1", "chair", "author"])
async def test_only_the_secretary_publishes_records_and_answers(chamber, who):
    meeting = await announced(chamber)
    await add(chamber, meeting.id)
    assert await refused(chamber, chamber.do(who, publish_agenda, meeting.id)) == ["DENIED"]
    record = chamber.do(who, record_question, meeting.id, asked_by="A", text="Why?")
    assert await refused(chamber, record) == ["DENIED"]
    question = await ask(chamber, meeting.id)
    answer = chamber.do(who, answer_question, question.id, answer="So.")
    assert await refused(chamber, answer) in (["DENIED"], ["NOT_FOUND"])


# --- questions from the public ---------------------------------------------------------------------------------------


def ask(chamber, meeting_id, **changes):
    given = {"asked_by": " A resident ", "text": "Why?"} | changes
    return chamber.do("secretary", record_question, meeting_id, **given)


async def close_formal_part(chamber, meeting_id):
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        row = await scope.find(Meeting, meeting_id)
        row.formal_part_closed_at = scope.now()


BEFOREHAND = (MeetingStatus.PLANNED, MeetingStatus.NOTICE_GIVEN, MeetingStatus.AGENDA_PUBLISHED)


@pytest.mark.parametrize("status", MeetingStatus)
async def test_questions_are_asked_beforehand_or_after_the_formal_part(chamber, status):
    held = await make_meeting(chamber, status=status)
    if status in BEFOREHAND:
        assert (await ask(chamber, held.id)).asked == "BEFOREHAND"
    elif status == MeetingStatus.IN_SESSION:
        assert await refused(chamber, ask(chamber, held.id)) == ["FORMAL_PART_OPEN"]
        await close_formal_part(chamber, held.id)
        question = await ask(chamber, held.id)
        assert (question.asked, question.asked_by) == ("AT_THE_MEETING", "A resident")
    else:
        assert await refused(chamber, ask(chamber, held.id)) == ["WRONG_STATUS"]


async def test_questions_need_words(chamber):
    held = await make_meeting(chamber, status=MeetingStatus.PLANNED)
    assert await refused(chamber, ask(chamber, held.id, asked_by="", text=" ")) == ["TEXT_BLANK", "TEXT_BLANK"]
    long = ask(chamber, held.id, asked_by="x" * 201, text="x" * 5_001)
    assert await refused(chamber, long) == ["TEXT_TOO_LONG", "TEXT_TOO_LONG"]
    question = await ask(chamber, held.id)
    for answer, code in ((" ", "TEXT_BLANK"), ("x" * 5_001, "TEXT_TOO_LONG")):
        refusing = chamber.do("secretary", answer_question, question.id, answer=answer)
        assert await refused(chamber, refusing) == [code]


@pytest.mark.parametrize("is_public", [True, False])
async def test_an_answer_publishes_both_once_in_a_public_meeting(chamber, is_public):
    held = await make_meeting(chamber, status=MeetingStatus.NOTICE_GIVEN, is_public=is_public)
    question = await ask(chamber, held.id)
    assert question.public_at is None
    answered = await chamber.do("secretary", answer_question, question.id, answer=" So. ")
    assert (answered.answer, answered.answered_at) == ("So.", NOW)
    assert answered.public_at == (NOW if is_public else None)
    again = chamber.do("secretary", answer_question, question.id, answer="No.")
    assert await refused(chamber, again) == ["QUESTION_ANSWERED"]


async def test_nobody_answers_for_a_meeting_that_was_called_off(chamber):
    held = await make_meeting(chamber, status=MeetingStatus.PLANNED)
    question = await ask(chamber, held.id)
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        (await scope.find(Meeting, held.id)).status = MeetingStatus.CANCELLED
    answer = chamber.do("secretary", answer_question, question.id, answer="So.")
    assert await refused(chamber, answer) == ["WRONG_STATUS"]
