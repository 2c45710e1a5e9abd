"""Reading who there is."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from almoner.identity.tables import Account, ServiceAccount


async def names_of(session: AsyncSession, tenant_id: UUID, subject_ids: Collection[UUID]) -> dict[UUID, str]:
    """What the tenant's subjects with these ids go by, disabled ones too: an e-mail address, or a machine's name.

    An id that is nobody's in this tenant is not in the answer.
    """
    people = select(col(Account.id), col(Account.email)).where(
        col(Account.tenant_id) == tenant_id, col(Account.id).in_(subject_ids)
    )
    machines = select(col(ServiceAccount.id), col(ServiceAccount.name)).where(
        col(ServiceAccount.tenant_id) == tenant_id, col(ServiceAccount.id).in_(subject_ids)
    )
    return {row[0]: row[1] for row in (await session.execute(people.union_all(machines))).all()}
