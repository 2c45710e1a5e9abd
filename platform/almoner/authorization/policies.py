"""The policies of all tenants in this process, each at the newest version that was asked for.

Every transaction says which version holds in it, so nothing here can be out of date; a notice of a new version only
lets the process have it ready before it is asked. A new policy is made from the one before by what has changed, and
shares all the rest with it; the one before answers until it is there, and those who began under it for a while longer.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from almoner.authorization.built_in import built_in
from almoner.authorization.document import Draft
from almoner.authorization.policy import Policy, built_in_policy
from almoner.authorization.stored import apply_later, document_at
from almoner.core.database import Database
from almoner.core.recent import Recent

MAX_TENANTS = 4_096
#: Tenants with a version before the newest, that transactions may still stand on; they share almost everything.
_MAX_EARLIER = 256
#: Profiles that a new version has ready, of those that it changes; the others are made when they are asked for.
_READY = 64


class Policies:
    """Of one process. Tenants that have changed nothing share the built-in policy."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policies: Recent[UUID, Policy] = Recent(MAX_TENANTS)
        self._earlier: Recent[UUID, Policy] = Recent(_MAX_EARLIER)
        self._loading: dict[UUID, asyncio.Lock] = {}

    def __len__(self) -> int:
        return len(self._policies)

    def put(self, tenant_id: UUID, policy: Policy) -> Policy:
        """Keep a policy; the newest is the one that answers."""
        there = self._policies.get(tenant_id)
        newer = there is None or there.number < policy.number
        earlier = there if newer else policy
        if newer:
            self._policies.put(tenant_id, policy)
        if earlier is not None:
            self._earlier.put(tenant_id, earlier)
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
        both = (self._policies.get(tenant_id), self._earlier.get(tenant_id))
        return next((policy for policy in both if policy is not None and policy.number == number), None)

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
        if there is not None and there.number < number:
            draft = Draft(there.document)
            if await apply_later(session, draft, tenant_id, there.number, number):
                return there.changed(draft, number)
        return Policy(built_in(), await document_at(session, tenant_id, number), number)

    async def prepare(self, tenant_id: UUID, number: int) -> None:
        """Have a new version ready, with profiles that were asked for last, if the tenant is in use here."""
        there = self._policies.get(tenant_id)
        if there is None or there.number >= number:
            return
        policy = await self.at(tenant_id, number)
        for roles in there.asked()[-_READY:]:
            await policy.profile_soon(roles)
            await asyncio.sleep(0)
