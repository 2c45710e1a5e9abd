"""The policies of all tenants in this process, each at the newest version that was asked for.

Every transaction says which version holds in it, so nothing here can be out of date; a notice of a new version only
lets the process have it ready before it is asked. A new policy is built beside the old one, which answers until it is
replaced.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from almoner.authorization.built_in import built_in
from almoner.authorization.policy import Policy, built_in_policy
from almoner.authorization.stored import document_at, later_changes
from almoner.core.database import Database
from almoner.core.recent import Recent

MAX_TENANTS = 4_096


class Policies:
    """Of one process. Tenants that have changed nothing share the built-in policy."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policies: Recent[UUID, Policy] = Recent(MAX_TENANTS)
        self._loading: dict[UUID, asyncio.Lock] = {}

    def __len__(self) -> int:
        return len(self._policies)

    def put(self, tenant_id: UUID, policy: Policy) -> Policy:
        """Keep a policy, unless a newer one is there."""
        there = self._policies.get(tenant_id)
        if there is None or there.number < policy.number:
            self._policies.put(tenant_id, policy)
        return policy

    async def at(self, tenant_id: UUID, number: int, session: AsyncSession | None = None) -> Policy:
        """The tenant's policy at that version.

        Args:
            session: a transaction of the tenant to read it in if it is not known; without one, another is opened.
        """
        known = self._known(tenant_id, number)
        if known is not None:
            return known
        if session is not None:
            return await self._load(session, tenant_id, number)
        async with self._database.tenant_transaction(tenant_id) as own:
            return await self._load(own, tenant_id, number)

    def _known(self, tenant_id: UUID, number: int) -> Policy | None:
        if number == 0:
            return built_in_policy()
        there = self._policies.get(tenant_id)
        return there if there is not None and there.number == number else None

    async def _load(self, session: AsyncSession, tenant_id: UUID, number: int) -> Policy:
        # Whoever comes second waits with a connection in hand, and never for one.
        lock = self._loading.setdefault(tenant_id, asyncio.Lock())
        async with lock:
            known = self._known(tenant_id, number)
            if known is not None:
                return known
            return self.put(tenant_id, await self._build(session, tenant_id, number))

    async def _build(self, session: AsyncSession, tenant_id: UUID, number: int) -> Policy:
        """From the version that is there by the changes since; else from all of the items."""
        there = self._policies.get(tenant_id)
        if there is None or there.number > number:
            return Policy(built_in(), await document_at(session, tenant_id, number), number)
        changes = await later_changes(session, tenant_id, there.number, number)
        return Policy(built_in(), there.document.changed(changes), number)

    async def prepare(self, tenant_id: UUID, number: int) -> None:
        """Have a new version ready, with the profiles that the old one was asked for, if the tenant is in use here."""
        there = self._policies.get(tenant_id)
        if there is None or there.number >= number:
            return
        async with self._database.tenant_transaction(tenant_id) as session:
            policy = await self._build(session, tenant_id, number)
        for roles in there.asked():
            await policy.profile_soon(roles)
            await asyncio.sleep(0)
        self.put(tenant_id, policy)
