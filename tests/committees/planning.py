"""Meetings on their way to a published agenda, and what a refusal must leave behind: nothing. Not a test."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.committees.building import Chamber, at_time, make_chamber

from almoner.committees.agenda_items import add_agenda_item
from almoner.committees.file_paper import file_paper
from almoner.committees.paper_documents import NewDocument, attach_document
from almoner.committees.plan_meeting import plan_meeting
from almoner.committees.words import AgendaAction, AgendaFormat, AgendaSection
from almoner.committees.write_paper import write_paper
from almoner.core.errors import AlmonerError

TABLES = (
    "meeting",
    "agenda_item",
    "paper",
    "paper_document",
    "recommendation",
    "public_question",
    "job",
    "journal_entry",
)
PDF = NewDocument("paper.pdf", "application/pdf", b"%PDF-1.7 a paper")
COVER: dict[str, Any] = {
    "dated_on": date(2017, 6, 28),
    "lead_authors": ["Finance director"],
    "purposes": ["INFORMATION"],
    "executive_summary": "What it says.",
    "recommendations": ["To note it."],
    "next_steps": "More of it.",
    "equality_impact": "NO",
    "engagement": "NO",
    "financial_implications": "NOT_APPLICABLE",
    "risk_identified": False,
    "authorised_by": "Finance director",
}
#: The day on which most of this happens, at noon in the test tenants' zone, and a day on which a meeting can be.
NOW = datetime(2017, 6, 1, 19, tzinfo=UTC)
DAY = date(2017, 7, 6)


def at(chamber: Chamber, instant: datetime) -> Chamber:
    """The same committee at another time."""
    return replace(chamber, tenant=at_time(chamber.tenant, lambda: instant))


async def founded(tenant: Any, rules: dict[str, Any] | None = None, **options: Any) -> Chamber:
    """A committee with these rules, at NOW; its people have held their roles since the day before."""
    before = at_time(tenant, lambda: NOW - timedelta(days=1))
    return at(await make_chamber(before, rules=rules, **options), NOW)


async def contents(tenant: Any) -> dict[str, str]:
    """A digest of each table that these verbs write."""
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        found = {}
        for table in TABLES:
            query = f"select count(*) || md5(string_agg(t::text, '' order by t.id)) from almoner.{table} t"
            found[table] = str((await session.execute(text(query))).scalar_one())
        return found


async def refusal(chamber: Chamber, doing: Awaitable[Any]) -> AlmonerError:
    """What something is refused with; and nothing has changed."""
    before = await contents(chamber.tenant)
    with pytest.raises(AlmonerError) as refused:
        await doing
    assert await contents(chamber.tenant) == before
    return refused.value


async def refused(chamber: Chamber, doing: Awaitable[Any]) -> list[str]:
    """The codes that something is refused with; and nothing has changed."""
    return [problem.code for problem in (await refusal(chamber, doing)).problems]


async def plan(chamber: Chamber, **changes: Any) -> Any:
    """A meeting that is planned by the secretary."""
    given = {
        "title": "A meeting",
        "held_on": DAY,
        "begins_at": "13:00",
        "minutes_allotted": 120,
        "venue": "Town hall",
        "is_public": True,
    }
    return await chamber.do("secretary", plan_meeting, chamber.id, **given | changes)


async def add(chamber: Chamber, meeting_id: UUID, title: str = "An item", **changes: Any) -> Any:
    """An item that the secretary puts on the agenda."""
    given = {
        "section": AgendaSection.DISCUSSION,
        "owner": "Chair",
        "action": AgendaAction.TO_NOTE,
        "format": AgendaFormat.VERBAL,
    }
    return await chamber.do("secretary", add_agenda_item, meeting_id, title=title, **given | changes)


async def bring_paper(chamber: Chamber, item_id: UUID, **changes: Any) -> Any:
    """A complete paper of the author, with a document; with `changes` of its cover sheet."""
    author = chamber.tenant.identities[chamber.who("author")].subject_id
    paper = await chamber.do("secretary", file_paper, item_id, author_id=author, title="A paper")
    await chamber.do("author", attach_document, paper.id, PDF)
    return await chamber.do("author", write_paper, paper.id, COVER | changes)
