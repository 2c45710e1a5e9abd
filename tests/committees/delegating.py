"""Delegations, papers and votes for tests about decisions. Not a test."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from tests.committees.building import LONG_AGO, Chamber, Convened, make_chamber, make_meeting

from almoner.committees.adopt_delegation import adopt_delegation
from almoner.committees.declare_decision import Declared, declare_decision
from almoner.committees.propose_delegation import ProposedItem, propose_delegation
from almoner.committees.tables import AgendaItem, DelegationAdoption, DelegationItem, Paper, Recommendation, Vote
from almoner.committees.words import DecisionKind, DelegatedMatter, Majority
from almoner.core.errors import AlmonerError

MODELS = ProposedItem(DelegatedMatter.SERVICE_MODELS, "To agree one model of care.")
FUNDS = ProposedItem(DelegatedMatter.USE_OF_FUNDS, "To use the fund.", "Transformation", Decimal(500))
TEXTS = {"workstream": "Primary care", "rationale": "Common plans.", "impact": "One offer to all."}

ALL = ("chair", "member1", "member2", "member3", "member4")


async def sitting(tenant: Any, *, meeting: dict[str, Any] | None = None, **options: Any) -> tuple[Chamber, Convened]:
    """A committee, and a meeting of it with everybody there."""
    chamber = await make_chamber(tenant, **options)
    return chamber, await make_meeting(chamber, present=ALL, **(meeting or {}))


def today_of(tenant: Any) -> date:
    """The day in the test tenants' zone, which is seven hours behind."""
    found: date = (tenant.house.clock() - timedelta(hours=7)).date()
    return found


async def enter(chamber: Chamber, *items: ProposedItem, **texts: Any) -> list[UUID]:
    """Enter these into the register; their ids."""
    entry = await chamber.do(
        "secretary", propose_delegation, chamber.id, items=items or (MODELS,), **{**TEXTS, **texts}
    )

    async def ids(scope: Any) -> list[UUID]:
        query = select(DelegationItem).where(col(DelegationItem.delegation_id) == entry.id)
        found = (await scope.session.execute(query.order_by(col(DelegationItem.position)))).scalars()
        return [each.id for each in found]

    found: list[UUID] = await chamber.do("secretary", ids)
    return found


async def adopt(chamber: Chamber, n: int, *items: UUID, **changes: Any) -> list[DelegationAdoption]:
    """The n-th body delegates these, from long ago unless said otherwise."""
    given = {
        "body_id": chamber.bodies[n - 1],
        "reference": "17/42",
        "decided_on": LONG_AGO,
        "begins_on": LONG_AGO,
        **changes,
    }
    found: list[DelegationAdoption] = await chamber.do(f"officer{n}", adopt_delegation, items, **given)
    return found


async def delegate(chamber: Chamber, *items: ProposedItem) -> list[UUID]:
    """Enter these into the register, and all bodies adopt them; the items' ids."""
    found = await enter(chamber, *items)
    for n in range(1, len(chamber.bodies) + 1):
        await adopt(chamber, n, *found)
    return found


async def declare(
    held: Convened, kind: DecisionKind = DecisionKind.NOTE, *, title: str = "Vision", **given: Any
) -> Any:
    """The chair declares a decision about an item of a meeting; an approval by a vote, unless one is given."""
    if kind == DecisionKind.APPROVE and "vote_id" not in given:
        given["vote_id"] = await write_vote(held, title=title)
    declared = Declared(kind, given.pop("text", "The committee has decided."), **given)
    return await held.chamber.do("chair", declare_decision, held.items[title], declared)


async def stored(chamber: Chamber, *rows: Any) -> list[UUID]:
    """Write rows as they are; their ids."""
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        for row in rows:
            scope.session.add(row)
            await scope.session.flush()
        return [row.id for row in rows]


async def write_paper(held: Convened, *recommendations: str, title: str = "Vision", **columns: Any) -> list[UUID]:
    """A paper for an item: its id, then those of its recommendations."""
    chamber = held.chamber
    paper = Paper(
        tenant_id=chamber.tenant.id,
        committee_id=chamber.id,
        meeting_id=held.id,
        item_id=held.items[title],
        author_id=chamber.tenant.identities[chamber.who("author")].subject_id,
        title="A paper",
        **columns,
    )
    texts = [
        Recommendation(tenant_id=chamber.tenant.id, paper_id=paper.id, position=position, text=text)
        for position, text in enumerate(recommendations, 1)
    ]
    return await stored(chamber, paper, *texts)


async def write_vote(
    held: Convened,
    *,
    title: str = "Vision",
    open_: bool = False,
    carried: bool | None = True,
    closed_at: datetime | None = None,
) -> UUID:
    """A vote on an item; closed now, unless said otherwise."""
    chamber, now = held.chamber, held.chamber.tenant.house.clock()
    vote = Vote(
        tenant_id=chamber.tenant.id,
        committee_id=chamber.id,
        meeting_id=held.id,
        item_id=held.items[title],
        motion="That this be so.",
        majority=Majority.MAJORITY,
        opened_by=UUID(int=0),
        opened_at=now,
        closed_at=None if open_ else closed_at or now,
        is_carried=None if open_ else carried,
    )
    (found,) = await stored(chamber, vote)
    return found


async def change_item(held: Convened, title: str = "Vision", **columns: Any) -> None:
    """Change columns of an agenda item."""
    await _change(held.chamber, AgendaItem, held.items[title], columns)


async def _change(chamber: Chamber, table: Any, row_id: UUID, columns: dict[str, Any]) -> None:
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        row = await scope.find(table, row_id)
        for name, value in columns.items():
            setattr(row, name, value)


async def change(chamber: Chamber, row: Any, **columns: Any) -> None:
    """Change columns of a row."""
    await _change(chamber, type(row), row.id, columns)


async def codes_of(attempt: Any) -> list[str]:
    """The codes by which something is refused; it is an error of the test if it is not."""
    return [code for code, _ in await problems_of(attempt)]


async def problems_of(attempt: Any) -> list[tuple[str, tuple[str, ...]]]:
    """The same with paths."""
    try:
        await attempt
    except AlmonerError as refused:
        return [(each.code, each.path) for each in refused.problems]
    raise AssertionError("this was not refused")
