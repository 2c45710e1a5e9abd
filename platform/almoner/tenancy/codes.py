"""Which tenant a code names, without asking the database for each request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from uuid import UUID

from almoner.core.database import Database
from almoner.core.recent import Recent
from almoner.tenancy.create_tenant import CODE, find_tenant

MAX_KNOWN = 4_096
#: What nobody has is remembered too, but not for long: somebody may be about to open that tenant.
MAX_UNKNOWN = 1_024
UNKNOWN_SECONDS = 10.0


class TenantCodes:
    """Of one process. A tenant keeps its code and is never deleted, so what was found once holds for good.

    Look-ups wait for each other: whoever tries many codes keeps one connection busy, and no memory.

    Args:
        clock: seconds, of no particular beginning.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: Recent[str, UUID] = Recent(MAX_KNOWN)
        self._unknown: Recent[str, float] = Recent(MAX_UNKNOWN)
        self._asking = asyncio.Lock()

    @property
    def remembered(self) -> int:
        """How many codes are kept, of tenants and of none."""
        return len(self._known) + len(self._unknown)

    async def find(self, code: str) -> UUID | None:
        """The id of the tenant with that code; None if there is none, as for what no code can be."""
        if not CODE.fullmatch(code):
            return None
        if not self._is_settled(code):
            async with self._asking:
                if not self._is_settled(code):
                    await self._ask(code)
        return self._known.get(code)

    def _is_settled(self, code: str) -> bool:
        return self._known.get(code) is not None or (self._unknown.get(code) or 0.0) > self._clock()

    async def _ask(self, code: str) -> None:
        async with self._database.global_transaction() as session:
            tenant = await find_tenant(session, code)
        if tenant is None:
            self._unknown.put(code, self._clock() + UNKNOWN_SECONDS)
        else:
            self._known.put(code, tenant.id)
