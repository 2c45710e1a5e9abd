"""Keeping somebody with a conflict from what is private of an agenda item."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from almoner.committees.tables import Action, AgendaItem, Decision, MinutesEntry, Paper, Vote
from almoner.core.scope import TenantScope

#: What belongs to an item and is kept from who is kept from the item; a test compares it with the tables.
OF_AN_ITEM = (Paper, Vote, Decision, MinutesEntry, Action)


async def bar(scope: TenantScope, item: AgendaItem, subject_id: UUID) -> None:
    """Keep somebody from a private item and all that belongs to it; nobody is kept from an item that is not private."""
    if item.is_private and subject_id not in item.barred:
        item.barred = [*item.barred, subject_id]
        await spread(scope, item)


async def spread(scope: TenantScope, item: AgendaItem) -> None:
    """Let everything that belongs to an item be kept from the same people as the item.

    Whoever makes such a row gives it the item's `barred`, or calls this afterwards.
    """
    await scope.session.flush()
    for table in OF_AN_ITEM:
        rows = update(table).where(
            col(table.tenant_id) == scope.tenant_id,
            col(table.item_id) == item.id,
            col(table.barred) != item.barred,
        )
        await scope.session.execute(rows.values(barred=item.barred))
