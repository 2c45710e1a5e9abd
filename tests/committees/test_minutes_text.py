"""The text of minutes: the same for the same records, and nothing of a private item in what will be published."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.committees.minutes_text import Presence, Records, paragraphs
from almoner.committees.tables import (
    Action,
    AgendaItem,
    Attendance,
    AttendanceSpan,
    ConflictDeclaration,
    Decision,
    Meeting,
    PublicQuestion,
    QuorumChange,
    Recommendation,
    Vote,
)
from almoner.core.ids import new_id

ID = UUID(int=7)
AT = datetime(2017, 7, 6, 12, 0, tzinfo=UTC)
BASE: dict[str, Any] = {"tenant_id": ID, "committee_id": ID, "meeting_id": ID}
#: Stands in every text of a private item.
SECRET = "SECRET"
KINDS: tuple[Any, ...] = (ConflictDeclaration, Vote, Decision, Action)


def item_of(position: int, is_private: bool) -> AgendaItem:
    title = f"{SECRET if is_private else 'Open'} {position}"
    kept: dict[str, Any] = {"section": "DISCUSSION", "owner": "x", "action": "DECISION", "format": "PAPER"}
    return AgendaItem(
        **BASE, **kept, position=position, number=f"177{position:02}", title=title, is_private=is_private, barred=[]
    )


def about(item: AgendaItem, n: int) -> list[Any]:
    """A bit of everything about an item."""
    text = f"{item.title} {n}"
    here: dict[str, Any] = {**BASE, "item_id": item.id}
    return [
        ConflictDeclaration(**here, appointment_id=ID, subject_id=ID, text=text, declared_at=AT, ruling="LEAVE"),
        Vote(
            **here,
            motion=text,
            majority="MAJORITY",
            opened_by=ID,
            opened_at=AT,
            votes_for=Decimal("3.0"),
            votes_against=Decimal(1),
            abstentions=Decimal(0),
            is_carried=True,
        ),
        Decision(**here, number=item.position * 100 + n, kind="APPROVE", text=text, declared_by=ID, decided_at=AT),
        Action(
            **here, reference="17-07-01", subject=text, owner="A lead", due_on=date(2017, 9, 7), raised_on=AT.date()
        ),
    ]


@st.composite
def records(draw) -> Records:
    items = [item_of(n, draw(st.booleans())) for n in range(1, draw(st.integers(1, 5)) + 1)]
    rows = [row for item in items for n in range(draw(st.integers(0, 2))) for row in about(item, n)]
    by: dict[Any, list[Any]] = {
        kind: [row for row in rows if type(row) is kind] for kind in (ConflictDeclaration, Vote, Decision, Action)
    }
    titles = {item.id: item.title for item in items}
    kept = {each.id: [f"Body {titles[each.item_id]}"] for each in by[Decision]}
    answers = [
        Recommendation(
            tenant_id=ID,
            paper_id=ID,
            position=n,
            text=each.text,
            answer="AMENDED",
            answer_text=each.text,
            decision_id=each.id,
        )
        for n, each in enumerate(by[Decision], 1)
    ]
    return Records(
        meeting=meeting(),
        zone=ZoneInfo("Europe/London"),
        presences=[presence("The chair", (0, 60)), presence("The member", (5, 20), (30, None))],
        quorum=[quorum(0, True), quorum(20, False)],
        items=items,
        declarations=by[ConflictDeclaration],
        votes=by[Vote],
        decisions=by[Decision],
        bodies=kept,
        recommendations=answers,
        actions=by[Action],
        questions=[
            PublicQuestion(**BASE, asked="BEFOREHAND", asked_by="A patient", text="When?", asked_at=AT, answer="Soon")
        ],
    )


def meeting() -> Meeting:
    return Meeting(
        tenant_id=ID,
        committee_id=ID,
        title="A meeting",
        held_on=AT.date(),
        starts_at=AT,
        minutes_allotted=120,
        venue="Town hall",
        is_public=True,
        opened_at=AT,
        closed_at=AT + timedelta(hours=2),
    )


def presence(name: str, *spans: tuple[int, int | None], **values: Any) -> Presence:
    row = Attendance(**BASE, appointment_id=new_id(), **values)
    return Presence(row, name, [span(row, *each) for each in spans])


def span(row: Attendance, arrived: int, left: int | None, substitute: str | None = None) -> AttendanceSpan:
    gone = None if left is None else AT + timedelta(minutes=left)
    at = AT + timedelta(minutes=arrived)
    return AttendanceSpan(tenant_id=ID, attendance_id=row.id, arrived_at=at, left_at=gone, substitute=substitute)


def quorum(minutes: int, is_there: bool) -> QuorumChange:
    lacking = [] if is_there else ["1 more of 3 voting members"]
    at = AT + timedelta(minutes=minutes)
    return QuorumChange(**BASE, at=at, is_quorate=is_there, voting_members=1, bodies=2, lacking=lacking)


@given(records())
def test_nothing_of_a_private_item_stands_in_a_public_paragraph(found):
    for paragraph in paragraphs(found):
        is_private = paragraph.item is not None and paragraph.item.is_private
        assert is_private or SECRET not in paragraph.heading + paragraph.text


@given(records(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(found, chance: random.Random):
    def shuffled(rows):
        return chance.sample(list(rows), len(rows))

    mixed = Records(
        **{
            name: shuffled(value) if isinstance(value, list) else value
            for name, value in ((name, getattr(found, name)) for name in Records.__slots__)
        }
    )
    assert paragraphs(mixed) == paragraphs(found)


@given(records())
def test_all_that_happened_stands_in_its_items_paragraph(found):
    by_item = {each.item.id: each.text for each in paragraphs(found) if each.item is not None}
    assert set(by_item) == {item.id for item in found.items}
    for row in (*found.declarations, *found.decisions):
        assert row.text in by_item[row.item_id]
    for row in found.votes:
        assert f'Vote on "{row.motion}": 3 for, 1 against, 0 abstained; carried.' in by_item[row.item_id]
    for row in found.actions:
        assert f"Action 17-07-01, A lead, by 7 September 2017: {row.subject}." in by_item[row.item_id]


def attendance(*presences: Presence) -> list[str]:
    read = {each.heading: each.text for each in paragraphs(Records(meeting(), ZoneInfo("UTC"), presences))}
    return read["Attendance"].splitlines()


def test_each_time_is_told_of_who_was_there_in_it():
    member = presence("The member", apologies_at=AT, substitute="Another deputy")
    at = member.attendance
    spans = [span(at, 40, None), span(at, 0, 10, "A deputy"), span(at, 20, 30, "A deputy")]
    assert attendance(Presence(at, "The member", spans)) == [
        "Present: A deputy for The member (12:00 to 12:10, 12:20 to 12:30); The member (12:40 to the close).",
        "Apologies: The member, for whom A deputy sat in.",
    ]


def test_a_substitute_who_was_named_and_never_came_sat_in_for_nobody():
    away = presence("The member", apologies_at=AT, substitute="A deputy")
    assert attendance(away) == ["Present: nobody is recorded.", "Apologies: The member."]


def test_who_left_before_the_opening_was_not_there():
    assert attendance(presence("The member", (-20, 0)), presence("The chair", (-10, 1), (-9, -5))) == [
        "Present: The chair (11:50 to 12:01).",
        "Apologies: none.",
    ]


def test_of_an_item_without_records_it_is_not_said_that_it_was_taken():
    (text,) = [each.text for each in paragraphs(Records(meeting(), ZoneInfo("UTC"), items=[item_of(1, False)]))[3:4]]
    assert text == "Nothing is recorded about this item."


def test_times_are_the_agencys_and_substitutes_and_apologies_are_told():
    deputy = presence("The member", apologies_at=AT)
    deputy = Presence(deputy.attendance, "The member", [span(deputy.attendance, 30, None, "A deputy")])
    away = presence("The observer", apologies_at=AT)
    chair = presence("The chair", (30, 50), (0, 20))
    read = {
        each.heading: each.text
        for each in paragraphs(Records(meeting(), ZoneInfo("Europe/London"), [deputy, away, chair]))
    }
    assert read["Attendance"].splitlines() == [
        "Present: The chair (13:00 to 13:20, 13:30 to 13:50); A deputy for The member (13:30 to the close).",
        "Apologies: The member, for whom A deputy sat in; The observer.",
    ]
    assert read["Opening"] == (
        "A meeting, held on 6 July 2017 at Town hall; the meeting was public. It was opened at 13:00."
    )
    assert read["Close"] == "The meeting was closed at 15:00."
    assert [*read] == ["Opening", "Attendance", "Quorum", "Close"]


def asked(by: str, answer: str | None) -> PublicQuestion:
    return PublicQuestion(**BASE, asked="BEFOREHAND", asked_by=by, text=f"When, asks {by}?", asked_at=AT, answer=answer)


@pytest.mark.parametrize(
    ("questions", "text"),
    [
        ([asked("Ann", "Soon")], ["Ann asked: When, asks Ann? Answer: Soon."]),
        ([asked("Bob", None)], ["1 question is not answered yet."]),
        (
            [asked("Bob", None), asked("Ann", "Soon"), asked("Cat", None)],
            ["Ann asked: When, asks Ann? Answer: Soon.", "2 questions are not answered yet."],
        ),
    ],
)
def test_questions_without_an_answer_are_counted_and_nothing_else_is_said_of_them(questions, text):
    (told,) = [
        each.text
        for each in paragraphs(Records(meeting(), ZoneInfo("UTC"), questions=questions))
        if each.heading == "Questions from the public"
    ]
    assert told.splitlines() == text


def test_the_quorum_is_told_with_what_was_lacking():
    read = paragraphs(Records(meeting(), ZoneInfo("UTC"), quorum=[quorum(20, False), quorum(0, True)]))
    assert read[2].text.splitlines() == [
        "From 12:00 the meeting was quorate: 1 voting member from 2 bodies.",
        "From 12:20 the meeting was inquorate: 1 voting member from 2 bodies; it lacked 1 more of 3 voting members.",
    ]


@pytest.mark.parametrize(
    ("is_public", "was_public", "named"),
    [(True, True, "1 June 2017"), (True, False, "an earlier meeting"), (False, False, "1 June 2017")],
)
def test_minutes_that_were_approved_are_told_where_an_item_brings_them_or_by_themselves(is_public, was_public, named):
    now, brought, other = meeting(), meeting(), meeting()
    now.is_public = is_public
    for earlier in (brought, other):
        earlier.id, earlier.held_on, earlier.is_public = new_id(), date(2017, 6, 1), was_public
    item = item_of(1, is_private=False)
    item.minutes_of_id = brought.id
    told = paragraphs(Records(now, ZoneInfo("Europe/London"), items=[item], approved=[brought, other]))
    about = {each.heading: each.text for each in told}
    assert about["17701 Open 1"] == f"The minutes of {named} were approved."
    assert about["Minutes of earlier meetings"] == f"The minutes of {named} were approved."
