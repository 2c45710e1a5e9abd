"""Registering operations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.core.errors import Invalid
from almoner.core.ids import new_id
from almoner.core.scope import TenantScope
from almoner.operations.clients import require_client
from almoner.operations.documents import NewOperation, digest_of, problems_of
from almoner.operations.tables import RegisteredOperation


async def register_operations(
    scope: TenantScope, client_id: UUID, operations: Sequence[NewOperation]
) -> list[RegisteredOperation]:
    """Let a client send these documents by their digests.

    Doing it again changes nothing: the same text is the same row, in the order given. It takes a withdrawal back, and
    a name that is given replaces the one before.

    Args:
        client_id: an account or a service account.
        operations: 1 to 200 documents.

    Raises:
        Denied: the viewer lacks `registered_operation:register` for this client.
        NotFound: no such client in this tenant.
        Invalid: with every problem of every document; then none is registered.
    """
    scope.require(Permission.REGISTERED_OPERATION_REGISTER)
    await require_client(scope, client_id)
    if problems := problems_of(operations):
        raise Invalid(problems)
    wanted = _by_digest(operations)
    added = await _add_missing(scope, client_id, wanted)
    rows = await _locked(scope, client_id, wanted)
    for digest, operation in wanted.items():
        row = rows[digest]
        # The row says whose it is, for grants that reach one's own only.
        scope.require(Permission.REGISTERED_OPERATION_REGISTER, row)
        if row.id in added or _renewed(row, operation.name):
            scope.record("registered_operation.registered", row, client=str(client_id), digest=digest, name=row.name)
    return [rows[digest_of(operation.text)] for operation in operations]


def _by_digest(operations: Sequence[NewOperation]) -> dict[str, NewOperation]:
    """Each text once, under the last name that it is given, as if they came one after another."""
    found: dict[str, NewOperation] = {}
    for operation in operations:
        digest = digest_of(operation.text)
        earlier = found[digest].name if digest in found else ""
        found[digest] = NewOperation(operation.text, operation.name.strip() or earlier)
    return found


async def _add_missing(scope: TenantScope, client_id: UUID, wanted: Mapping[str, NewOperation]) -> set[UUID]:
    """Add what is not there yet; the ids of what was added.

    Two deployments may register the same documents at once: the second waits for the first and then finds them. Both go
    by digest, so that neither waits for the other in turn.
    """
    rows = [
        {
            "tenant_id": scope.tenant_id,
            "id": new_id(),
            "client_id": client_id,
            "digest": digest,
            "text": wanted[digest].text,
            "name": wanted[digest].name,
            "registered_at": scope.now(),
        }
        for digest in sorted(wanted)
    ]
    statement = (
        insert(RegisteredOperation)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["tenant_id", "client_id", "digest"])
        .returning(col(RegisteredOperation.id))
    )
    return set((await scope.session.execute(statement)).scalars())


async def _locked(scope: TenantScope, client_id: UUID, digests: Collection[str]) -> dict[str, RegisteredOperation]:
    query = (
        select(RegisteredOperation)
        .where(
            col(RegisteredOperation.tenant_id) == scope.tenant_id,
            col(RegisteredOperation.client_id) == client_id,
            col(RegisteredOperation.digest).in_(digests),
        )
        .order_by(col(RegisteredOperation.digest))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.digest: row for row in (await scope.session.execute(query)).scalars()}


def _renewed(row: RegisteredOperation, name: str) -> bool:
    """Bring a row that was there up to date; whether that changed it."""
    before = (row.withdrawn_at, row.name)
    row.withdrawn_at = None
    row.name = name or row.name
    return before != (row.withdrawn_at, row.name)
