"""Whether somebody is there to be given something."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select

from almoner.core.scope import TenantScope
from almoner.identity.tables import Account, ServiceAccount


async def subject_exists(scope: TenantScope, subject_id: UUID) -> bool:
    """Whether an account or service account of this tenant has that id, disabled or not."""
    accounts = select(Account.id).where(col(Account.tenant_id) == scope.tenant_id, col(Account.id) == subject_id)
    services = select(ServiceAccount.id).where(
        col(ServiceAccount.tenant_id) == scope.tenant_id, col(ServiceAccount.id) == subject_id
    )
    return (await scope.session.execute(accounts.union_all(services))).first() is not None


async def is_machine(scope: TenantScope, subject_id: UUID) -> bool:
    """Whether a service account of this tenant has that id, disabled or not."""
    return await scope.find(ServiceAccount, subject_id) is not None


async def keep_account(scope: TenantScope, subject_id: UUID) -> bool:
    """Whether a person of this tenant has that id; if so, nobody changes the account until the transaction ends."""
    return await scope.find(Account, subject_id, lock=True) is not None
