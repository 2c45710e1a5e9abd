"""Rows of a meeting's records that other parts' verbs write, for tests of minutes, tasks and reminders. Not a test."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from tests.committees.building import Chamber, Convened, make_chamber, make_meeting

from almoner.committees.minutes import circulate_minutes, draft_minutes
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import MinutesEntry, Paper, Recommendation
from almoner.core.tables import TenantTable

ROOM = ("chair", "member1", "member2")


async def put(chamber: Chamber, *rows: TenantTable) -> None:
    """Store rows as they are, one after the other."""
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        for row in rows:
            scope.session.add(row)
            await scope.session.flush()


async def change(chamber: Chamber, table: type[TenantTable], row_id: UUID, **values: Any) -> None:
    """Change a row behind everybody's back."""
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        row = await scope.find(table, row_id)
        for name, value in values.items():
            setattr(row, name, value)


async def rows(chamber: Chamber, table: type[Any], *conditions: Any) -> list[Any]:
    """All rows of a table in the tenant, in the order of their ids."""
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        query = select(table).where(col(table.tenant_id) == chamber.tenant.id, *conditions).order_by(col(table.id))
        return list((await scope.session.execute(query)).scalars())


def of(held: Convened, table: type[Any], **values: Any) -> Any:
    """A row of a table that belongs to a meeting."""
    return table(tenant_id=held.chamber.tenant.id, committee_id=held.chamber.id, meeting_id=held.id, **values)


def subject_of(chamber: Chamber, name: str) -> UUID:
    """The account of somebody."""
    found: UUID = chamber.tenant.identities[chamber.who(name)].subject_id
    return found


def paper_of(held: Convened, item: str, author: str, **values: Any) -> Paper:
    """A paper of which nothing but the title is there."""
    return of(
        held,
        Paper,
        item_id=held.items[item],
        author_id=subject_of(held.chamber, author),
        **{"title": "A paper", **values},
    )


def complete(document_id: UUID) -> dict[str, Any]:
    """What a complete cover sheet says; it still needs a recommendation."""
    return {
        "dated_on": date(2017, 7, 6),
        "lead_authors": ["Finance lead"],
        "purposes": ["DECISION"],
        "executive_summary": "In short.",
        "next_steps": "None.",
        "equality_impact": "NO",
        "engagement": "NO",
        "financial_implications": "YES",
        "risk_identified": False,
        "authorised_by": "Finance lead",
        "document_id": document_id,
    }


def recommending(paper: Paper, **values: Any) -> Recommendation:
    """A recommendation of a paper."""
    return Recommendation(
        **{"tenant_id": paper.tenant_id, "paper_id": paper.id, "position": 1, "text": "Note it.", **values}
    )


async def circulated(tenant: Any, **options: Any) -> tuple[Chamber, Convened, UUID]:
    """A committee, a meeting that was held two days ago, and the id of its circulated minutes."""
    chamber = await make_chamber(tenant, rules={"quorum": {"votingMembers": 2}})
    held = await make_meeting(chamber, status=MeetingStatus.HELD, days=-2, present=ROOM, **options)
    minutes = await chamber.do("secretary", draft_minutes, held.id)
    await chamber.do("secretary", circulate_minutes, minutes.id)
    return chamber, held, minutes.id


async def entries(chamber: Chamber, minutes_id: UUID) -> list[MinutesEntry]:
    """The paragraphs of minutes, in order."""
    found = await rows(chamber, MinutesEntry, col(MinutesEntry.minutes_id) == minutes_id)
    return sorted(found, key=lambda each: each.position)
