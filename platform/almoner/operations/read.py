"""Reading registered operations and rules.

`find_registered` and `registered_only` are what the endpoint asks about each request of a client, before it knows what
the request wants: they need no permission, and answer for that client alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.core.paging import Page, read_page
from almoner.core.scope import TenantScope
from almoner.operations.documents import is_digest
from almoner.operations.tables import OperationRule, RegisteredOperation


async def find_registered(session: AsyncSession, tenant_id: UUID, client_id: UUID, digest: str) -> str | None:
    """The text that the client has registered under this digest; None if there is none, or it is withdrawn.

    Args:
        client_id: the subject of the request's token.
        digest: as the request has it; what is no digest is registered by nobody.
    """
    if not is_digest(digest):
        return None
    query = select(RegisteredOperation.text).where(
        col(RegisteredOperation.tenant_id) == tenant_id,
        col(RegisteredOperation.client_id) == client_id,
        col(RegisteredOperation.digest) == digest,
        col(RegisteredOperation.withdrawn_at).is_(None),
    )
    return (await session.execute(query)).scalar_one_or_none()


async def registered_only(session: AsyncSession, tenant_id: UUID, client_id: UUID) -> bool:
    """Whether the client may send registered operations only: by its own rule or by its tenant's."""
    query = select(OperationRule.id).where(
        col(OperationRule.tenant_id) == tenant_id,
        or_(col(OperationRule.client_id).is_(None), col(OperationRule.client_id) == client_id),
        col(OperationRule.registered_only),
    )
    return (await session.execute(query)).first() is not None


async def get_registered_operation(scope: TenantScope, operation_id: UUID) -> RegisteredOperation:
    """A registered operation, withdrawn or not.

    Raises:
        NotFound: no such operation that the viewer may see.
    """
    return await scope.get(RegisteredOperation, operation_id, Permission.REGISTERED_OPERATION_VIEW)


async def registered_operations(
    scope: TenantScope, *, first: int | None, after: str | None, client_id: UUID | None = None
) -> Page[RegisteredOperation]:
    """The operations that the viewer may see, withdrawn ones too, newest first; of one client if one is given.

    Raises:
        Invalid: a bad page size or cursor.
    """
    where = [scope.rows(Permission.REGISTERED_OPERATION_VIEW, RegisteredOperation)]
    if client_id is not None:
        where.append(col(RegisteredOperation.client_id) == client_id)
    return await read_page(scope.session, RegisteredOperation, where=where, first=first, after=after, newest_first=True)


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
