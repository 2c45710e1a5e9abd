"""Reading and writing the tenant's own policy: items, and the versions that they are part of.

A policy may have a hundred thousand items and a version 25,000 changes, so everything here that is about many goes
piece by piece: a row of many is one text for the database and many small ones for us.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, any_, cast, column, func, insert, literal, or_, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col, select

from almoner.authorization.document import (
    Change,
    Draft,
    Item,
    PolicyDocument,
    item_from_json,
    item_to_json,
)
from almoner.authorization.tables import PolicyItem, PolicyPreview, PolicyVersion
from almoner.core.ids import new_id
from almoner.core.pauses import Pauses, one_by_one
from almoner.core.scope import TenantScope

#: Rows that are read or written in one piece.
_AT_ONCE = 200


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
    draft = Draft(PolicyDocument())
    async for content in _one_by_one(session, query.order_by(col(PolicyItem.id))):
        draft.put(item_from_json(content))
    return draft.document()


async def apply_later(session: AsyncSession, draft: Draft, tenant_id: UUID, after: int, upto: int) -> bool:
    """Apply what changed in the versions (after, upto], in order, to a draft of the policy at `after`.

    Returns:
        Whether all of these versions are there; if not, the draft is of no use.
    """
    versions = (
        col(PolicyVersion.tenant_id) == tenant_id,
        col(PolicyVersion.number) > after,
        col(PolicyVersion.number) <= upto,
    )
    count = (await session.execute(select(func.count()).select_from(PolicyVersion).where(*versions))).scalar_one()
    if count != upto - after:
        return False
    changes = _elements(PolicyVersion.changes)
    query = select(changes.c.value).select_from(PolicyVersion).join(changes, literal(True)).where(*versions)
    async for change in _one_by_one(session, query.order_by(col(PolicyVersion.number), changes.c.place)):
        draft.apply(Change.from_json(change))
    return True


async def read_preview(scope: TenantScope, preview_id: UUID) -> list[Change]:
    """The changes of a preview."""
    changes = _elements(PolicyPreview.changes)
    query = (
        select(changes.c.value)
        .select_from(PolicyPreview)
        .join(changes, literal(True))
        .where(col(PolicyPreview.tenant_id) == scope.tenant_id, col(PolicyPreview.id) == preview_id)
    )
    ordered = query.order_by(changes.c.place)
    return [Change.from_json(change) async for change in _one_by_one(scope.session, ordered)]


def _elements(changes: Any) -> Any:
    """The elements of a list in a column, as rows."""
    value = column("value", JSONB)
    return func.jsonb_array_elements(changes).table_valued(value, with_ordinality="place").render_derived()


async def _one_by_one(session: AsyncSession, query: Any) -> AsyncIterator[Any]:
    """The only column of a query's rows, which come and are read piece by piece."""
    pause = Pauses()
    result = await session.stream(query.execution_options(yield_per=_AT_ONCE))
    async for rows in result.scalars().partitions(_AT_ONCE):
        for row in rows:
            yield row
        await pause()


async def take_turns(scope: TenantScope) -> None:
    """Wait until nobody else changes the tenant's policy or who holds what, until this transaction ends."""
    await scope.session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"almoner policy {scope.tenant_id}"}
    )


async def write_preview(scope: TenantScope, base: int, changes: Sequence[Change]) -> UUID:
    """Store a change that was looked at; its id."""
    preview_id = new_id()
    await scope.session.execute(
        insert(PolicyPreview).values(
            tenant_id=scope.tenant_id,
            id=preview_id,
            base=base,
            changes=await _as_sql(change.to_json() for change in changes),
            created_by=scope.viewer.subject_id,
            created_at=scope.now(),
        )
    )
    return preview_id


async def write_version(
    scope: TenantScope, number: int, changes: Sequence[Change], *, reason: str, restores: int | None = None
) -> PolicyVersion:
    """Store a version and the items that come and go with it. Checks nothing."""
    written = await one_by_one(change.to_json() for change in changes)
    await _end_items(scope, number, [change.item for change in changes if change.op == "remove"])
    await _add_items(scope, number, [change.item for change in changes if change.op == "add"])
    version = PolicyVersion(
        tenant_id=scope.tenant_id,
        number=number,
        author_id=scope.viewer.subject_id,
        reason=reason.strip(),
        created_at=scope.now(),
        changes=await _as_sql(written),
        restores=restores,
    )
    scope.session.add(version)
    await scope.session.flush()
    set_committed_value(version, "changes", written)
    return version


async def _end_items(scope: TenantScope, number: int, items: Sequence[Item]) -> None:
    for batch in _batches(items):
        await scope.session.execute(
            update(PolicyItem)
            .where(
                col(PolicyItem.tenant_id) == scope.tenant_id,
                # One parameter, however many they are.
                col(PolicyItem.key) == any_(literal([_key(item) for item in batch], ARRAY(Text))),
                col(PolicyItem.until_version).is_(None),
            )
            .values(until_version=number)
            .execution_options(synchronize_session=False)
        )


async def _add_items(scope: TenantScope, number: int, items: Sequence[Item]) -> None:
    for batch in _batches(items):
        rows = func.unnest(
            literal([new_id() for _ in batch], ARRAY(Uuid)),
            literal([item.kind for item in batch], ARRAY(Text)),
            literal([_key(item) for item in batch], ARRAY(Text)),
            literal([json.dumps(item_to_json(item)) for item in batch], ARRAY(Text)),
        ).table_valued(column("id", Uuid), column("kind", Text), column("key", Text), column("content", Text))
        found = rows.render_derived()
        values: dict[str, Any] = {
            "tenant_id": literal(scope.tenant_id, Uuid),
            "id": found.c.id,
            "kind": found.c.kind,
            "key": found.c.key,
            "content": cast(found.c.content, JSONB),
            "since_version": literal(number),
        }
        await scope.session.execute(insert(PolicyItem).from_select([*values], select(*values.values())))


def _batches(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[begin : begin + _AT_ONCE] for begin in range(0, len(items), _AT_ONCE)]


async def _as_sql(changes: Iterable[dict[str, Any]]) -> Any:
    """The list as an SQL expression: one text, written piece by piece."""
    pieces = await one_by_one(json.dumps(change) for change in changes)
    return cast(literal(f"[{','.join(pieces)}]", Text), JSONB)


def _key(item: Item) -> str:
    return json.dumps(item.key)
