"""Listing registered operations and rules on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.core.scope import TenantScope
from almoner.operations.tables import OperationRule, RegisteredOperation


async def registered_operations(scope: TenantScope, client_id: UUID | None = None) -> Sequence[RegisteredOperation]:
    """The operations that the viewer may see, withdrawn ones too, newest first; of one client if one is given."""
    query = select(RegisteredOperation).where(scope.rows(Permission.REGISTERED_OPERATION_VIEW, RegisteredOperation))
    if client_id is not None:
        query = query.where(col(RegisteredOperation.client_id) == client_id)
    return (await scope.session.execute(query.order_by(col(RegisteredOperation.id).desc()))).scalars().all()


async def operations_with_digest(scope: TenantScope, digest: str) -> Sequence[RegisteredOperation]:
    """The same document as each client has registered it, withdrawn or not, as far as the viewer may see it."""
    query = (
        select(RegisteredOperation)
        .where(
            scope.rows(Permission.REGISTERED_OPERATION_VIEW, RegisteredOperation),
            col(RegisteredOperation.digest) == digest,
        )
        .order_by(col(RegisteredOperation.id))
    )
    return (await scope.session.execute(query)).scalars().all()


async def operation_rules(scope: TenantScope) -> Sequence[OperationRule]:
    """The rules that somebody has set and the viewer may see, the tenant's own first."""
    query = (
        select(OperationRule)
        .where(scope.rows(Permission.OPERATION_RULE_VIEW, OperationRule))
        .order_by(col(OperationRule.client_id).nulls_first())
    )
    return (await scope.session.execute(query)).scalars().all()
