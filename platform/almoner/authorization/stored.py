"""Reading and writing the tenant's own policy: items, and the versions that they are part of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import String, any_, func, literal, or_, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from almoner.authorization.document import (
    Change,
    Item,
    PolicyDocument,
    item_from_json,
    item_to_json,
)
from almoner.authorization.tables import PolicyItem, PolicyVersion
from almoner.core.scope import TenantScope

#: Rows that are turned into items before others get their turn.
_AT_ONCE = 500


async def head_number(session: AsyncSession, tenant_id: UUID) -> int:
    """The number of the tenant's newest version, 0 if it never changed anything."""
    query = select(func.max(PolicyVersion.number)).where(col(PolicyVersion.tenant_id) == tenant_id)
    return (await session.execute(query)).scalar_one() or 0


async def document_at(
    session: AsyncSession, tenant_id: UUID, number: int, *, kinds: Sequence[str] | None = None
) -> PolicyDocument:
    """The tenant's own items at that version; of some kinds only, if they are given."""
    query = select(PolicyItem.content).where(
        col(PolicyItem.tenant_id) == tenant_id,
        col(PolicyItem.since_version) <= number,
        or_(col(PolicyItem.until_version).is_(None), col(PolicyItem.until_version) > number),
    )
    if kinds is not None:
        query = query.where(col(PolicyItem.kind).in_(kinds))
    items: list[Item] = []
    async for rows in (await session.stream(query.order_by(col(PolicyItem.id)))).scalars().partitions(_AT_ONCE):
        items += [item_from_json(content) for content in rows]
    return PolicyDocument.of(items)


async def later_changes(session: AsyncSession, tenant_id: UUID, after: int, upto: int) -> list[Change]:
    """What changed in the versions (after, upto], in order."""
    query = (
        select(PolicyVersion.changes)
        .where(
            col(PolicyVersion.tenant_id) == tenant_id,
            col(PolicyVersion.number) > after,
            col(PolicyVersion.number) <= upto,
        )
        .order_by(col(PolicyVersion.number))
    )
    found = (await session.execute(query)).scalars()
    return [Change.from_json(change) for changes in found for change in changes]


async def take_turns(scope: TenantScope) -> None:
    """Wait until nobody else changes the tenant's policy or who holds what, until this transaction ends."""
    await scope.session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"almoner policy {scope.tenant_id}"}
    )


async def write_version(
    scope: TenantScope, number: int, changes: Sequence[Change], *, reason: str, restores: int | None = None
) -> PolicyVersion:
    """Store a version and the items that come and go with it. Checks nothing."""
    gone = [_key(change.item) for change in changes if change.op == "remove"]
    await scope.session.execute(
        update(PolicyItem)
        .where(
            col(PolicyItem.tenant_id) == scope.tenant_id,
            # One parameter, however many they are.
            col(PolicyItem.key) == any_(literal(gone, ARRAY(String))),
            col(PolicyItem.until_version).is_(None),
        )
        .values(until_version=number)
    )
    scope.session.add_all(
        PolicyItem(
            tenant_id=scope.tenant_id,
            kind=change.item.kind,
            key=_key(change.item),
            content=item_to_json(change.item),
            since_version=number,
        )
        for change in changes
        if change.op == "add"
    )
    version = PolicyVersion(
        tenant_id=scope.tenant_id,
        number=number,
        author_id=scope.viewer.subject_id,
        reason=reason.strip(),
        created_at=scope.now(),
        changes=[change.to_json() for change in changes],
        restores=restores,
    )
    scope.session.add(version)
    await scope.session.flush()
    return version


def _key(item: Item) -> str:
    return json.dumps(item.key)
