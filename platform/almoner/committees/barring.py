"""Keeping somebody with a conflict from what is private of an agenda item."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, func, literal, select, update
from sqlmodel import col

from almoner.committees.conflicts import kept_from_reading
from almoner.committees.tables import (
    Action,
    AgendaItem,
    Ballot,
    ConflictDeclaration,
    Decision,
    MinutesEntry,
    Paper,
    Referral,
    Vote,
)
from almoner.core.scope import TenantScope

#: What belongs to an item and is kept from who is kept from the item; a test finds it by the tables' keys.
OF_AN_ITEM = (Paper, Vote, Decision, MinutesEntry, Action, ConflictDeclaration)
#: The same of what belongs to a part of an item: by its column, and the part's table.
OF_A_PART: dict[Any, tuple[str, Any]] = {Ballot: ("vote_id", Vote), Referral: ("decision_id", Decision)}
#: What somebody has said stays theirs to read.
_SAID = (ConflictDeclaration, Ballot)


async def keep_out(scope: TenantScope, item: AgendaItem) -> None:
    """Keep those from an item, and from all that belongs to it, who were told to leave for it, and nobody else.

    Nobody is kept from an item that is not private. Whoever rules calls this, and whoever makes an item private or not;
    its meeting is locked.
    """
    await scope.session.flush()
    barred = await _told_to_leave(scope, item) if item.is_private else []
    if barred != item.barred:
        item.barred = barred
        await spread(scope, item)


async def _told_to_leave(scope: TenantScope, item: AgendaItem) -> list[UUID]:
    query = (
        select(col(ConflictDeclaration.subject_id), col(ConflictDeclaration.ruling))
        .where(col(ConflictDeclaration.tenant_id) == scope.tenant_id, col(ConflictDeclaration.item_id) == item.id)
        .order_by(col(ConflictDeclaration.id))
    )
    return kept_from_reading((subject, ruling) for subject, ruling in await scope.session.execute(query))


async def spread(scope: TenantScope, item: AgendaItem) -> None:
    """Let everything that belongs to an item be kept from the same people as the item.

    Whoever makes such a row gives it the `barred` of what it belongs to, or calls this afterwards.
    """
    await scope.session.flush()
    for table in OF_AN_ITEM:
        await _set(scope, table, col(table.item_id) == item.id, item.barred)
    for beneath, (column, part) in OF_A_PART.items():
        parts = select(col(part.id)).where(col(part.tenant_id) == scope.tenant_id, col(part.item_id) == item.id)
        await _set(scope, beneath, col(getattr(beneath, column)).in_(parts), item.barred)


async def _set(scope: TenantScope, table: Any, belongs: Any, barred: list[UUID]) -> None:
    kept: Any = literal(barred, ARRAY(Uuid))
    if table in _SAID:
        kept = func.array_remove(kept, table.subject_id)
    rows = update(table).where(table.tenant_id == scope.tenant_id, belongs, table.barred != kept)
    await scope.session.execute(rows.values(barred=kept))
