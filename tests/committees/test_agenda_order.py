"""The order and numbers of an agenda, and what a cover sheet lacks: pure."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.committees.agenda import FORMAL, SECTIONS, arrange, placed
from almoner.committees.cover_sheet import REQUIRED, missing
from almoner.committees.tables import AgendaItem, Paper, Recommendation
from almoner.core.errors import Invalid

DAY, SCHEME = date(2017, 7, 6), "{yy}{m}{nn}"


def item(section: str) -> AgendaItem:
    return AgendaItem(
        tenant_id=UUID(int=0),
        committee_id=UUID(int=0),
        meeting_id=UUID(int=0),
        section=section,
        position=0,
        title="x",
        owner="x",
        action="x",
        format="x",
    )


@given(st.lists(st.sampled_from(SECTIONS), max_size=30))
def test_sections_stand_in_order_and_numbers_follow_positions(sections):
    agenda: list[AgendaItem] = []
    for section in sections:
        agenda = placed(agenda, item(section), None)
        arrange(agenda, SCHEME, DAY)
    order = [SECTIONS.index(each.section) for each in agenda]
    assert order == sorted(order)
    assert [each.position for each in agenda] == list(range(1, len(agenda) + 1))
    numbers = [each.number for each in agenda if each.section in FORMAL]
    assert numbers == [f"177{n:02d}" for n in range(1, len(numbers) + 1)]
    assert {each.number for each in agenda if each.section not in FORMAL} <= {None}


@given(st.lists(st.sampled_from(SECTIONS), max_size=12), st.sampled_from(SECTIONS), st.integers(-3, 20))
def test_a_position_is_within_the_section_or_refused(sections, section, position):
    agenda: list[AgendaItem] = []
    for each in sections:
        agenda = placed(agenda, item(each), None)
    new = item(section)
    before = [n for n, each in enumerate(agenda, 1) if SECTIONS.index(each.section) < SECTIONS.index(section)]
    fits = len(before) < position <= len(before) + sum(each.section == section for each in agenda) + 1
    if fits:
        assert placed(agenda, new, position)[position - 1] is new
        order = [SECTIONS.index(each.section) for each in placed(agenda, new, position)]
        assert order == sorted(order)
    else:
        with pytest.raises(Invalid, match="positions from"):
            placed(agenda, new, position)


KEYS: dict[str, Any] = dict.fromkeys(("tenant_id", "committee_id", "meeting_id", "item_id", "author_id"), UUID(int=0))
FULL: dict[str, Any] = KEYS | {
    "dated_on": DAY,
    "lead_authors": ["The finance director"],
    "purposes": ["DISCUSSION"],
    "executive_summary": "x",
    "next_steps": "x",
    "equality_impact": "NO",
    "engagement": "NO",
    "financial_implications": "YES",
    "risk_identified": False,
    "authorised_by": "The finance director",
    "document_id": UUID(int=1),
}
RECOMMENDED = [Recommendation(tenant_id=UUID(int=0), position=1, text="x", paper_id=UUID(int=2))]


def test_a_full_cover_sheet_lacks_nothing():
    assert missing(Paper(title="x", **FULL), RECOMMENDED) == []


def test_an_empty_cover_sheet_lacks_everything_but_the_risk_itself():
    assert missing(Paper(title="x", **KEYS), []) == [each.name for each in REQUIRED if each.name != "risk"]


@pytest.mark.parametrize("column", [column for column in FULL if column not in KEYS])
def test_whatever_is_left_out_is_missing(column):
    name = next(each.name for each in REQUIRED if each.column == column)
    assert missing(Paper(title="x", **{key: value for key, value in FULL.items() if key != column}), RECOMMENDED) == [
        name
    ]


def test_a_paper_without_recommendations_lacks_them():
    assert missing(Paper(title="x", **FULL), []) == ["recommendations"]


def test_a_risk_is_asked_for_where_one_is_identified():
    assert missing(Paper(title="x", **FULL | {"risk_identified": True}), RECOMMENDED) == ["risk"]
    assert missing(Paper(title="x", **FULL | {"risk_identified": True, "risk": "x"}), RECOMMENDED) == []
