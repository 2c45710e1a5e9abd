"""Withdrawing operations."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.core.scope import TenantScope
from almoner.operations.tables import RegisteredOperation


async def withdraw_operation(scope: TenantScope, operation_id: UUID) -> RegisteredOperation:
    """Stop a client from sending a document by its digest. One that is withdrawn already stays as it is.

    Raises:
        NotFound: no such operation that the viewer may see.
        Denied: the viewer lacks `registered_operation:withdraw` for it.
    """
    operation = await scope.get(RegisteredOperation, operation_id, Permission.REGISTERED_OPERATION_VIEW, lock=True)
    scope.require(Permission.REGISTERED_OPERATION_WITHDRAW, operation)
    if operation.withdrawn_at is None:
        operation.withdrawn_at = scope.now()
        scope.record(
            "registered_operation.withdrawn",
            operation,
            client=str(operation.client_id),
            digest=operation.digest,
            name=operation.name,
        )
    return operation
