"""A share of something scarce for each key, so that nobody takes all of it."""

from __future__ import annotations

import asyncio
from math import ceil
from types import TracebackType
from typing import Generic, TypeVar
from uuid import UUID

Key = TypeVar("Key")


class _Gate:
    __slots__ = ("places", "users")

    def __init__(self, most: int) -> None:
        self.places = asyncio.Semaphore(most)
        self.users = 0


async def at_once_or_within(places: asyncio.Semaphore, seconds: float) -> None:
    """Take a place; a time limit is set only for who has to wait.

    Raises:
        TimeoutError: there was none in time.
    """
    if not places.locked():
        await places.acquire()
        return
    async with asyncio.timeout(seconds):
        await places.acquire()


class Shares(Generic[Key]):
    """At most so many at a time for each key; more of the same key wait for their turn, first come, first served.

    Not for who would wait for a second turn of a key with the first in hand: nobody would ever go on.

    Args:
        most: at a time; 0 does not limit.
        seconds: how long somebody waits at most.
    """

    def __init__(self, most: int, *, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._gates: dict[Key, _Gate] = {}

    def __len__(self) -> int:
        return len(self._gates)

    def of(self, key: Key) -> Turn[Key]:
        """A turn: `async with shares.of(tenant_id): …`.

        Raises, on entry:
            TimeoutError: it did not come in time.
        """
        return Turn(self, key)

    async def enter(self, key: Key) -> None:
        """Wait for a turn; prefer `of`."""
        if not self._most:
            return
        gate = self._gates.get(key)
        if gate is None:
            gate = self._gates[key] = _Gate(self._most)
        gate.users += 1
        try:
            await at_once_or_within(gate.places, self._seconds)
        except BaseException:
            self._forget(key, gate)
            raise

    def leave(self, key: Key) -> None:
        """Give the turn to the next."""
        if self._most:
            gate = self._gates[key]
            gate.places.release()
            self._forget(key, gate)

    def _forget(self, key: Key, gate: _Gate) -> None:
        gate.users -= 1
        if not gate.users:
            del self._gates[key]


class Turn(Generic[Key]):
    """See `Shares.of`."""

    __slots__ = ("_key", "_shares")

    def __init__(self, shares: Shares[Key], key: Key) -> None:
        self._shares = shares
        self._key = key

    async def __aenter__(self) -> None:
        await self._shares.enter(self._key)

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._shares.leave(self._key)


class TenantShares:
    """Connections for each tenant: at most so many, and at most half of these for its public.

    The public waits in a queue of its own before it comes into the one in which the tenant's own people wait.

    Args:
        most: at a time; 0 does not limit.
        seconds: how long somebody waits in a queue at most.
    """

    def __init__(self, most: int, *, seconds: float) -> None:
        self.all: Shares[UUID] = Shares(most, seconds=seconds)
        self.publics: Shares[UUID] = Shares(ceil(most / 2), seconds=seconds)

    def of(self, tenant_id: UUID, *, public: bool) -> TenantTurn:
        """A turn: `async with shares.of(tenant_id, public=…): …`.

        Raises, on entry:
            TimeoutError: it did not come in time.
        """
        return TenantTurn(self, tenant_id, public)

    async def enter(self, tenant_id: UUID, *, public: bool) -> None:
        """Wait for a turn, and `leave` afterwards; prefer `of`."""
        if public:
            await self.publics.enter(tenant_id)
        try:
            await self.all.enter(tenant_id)
        except BaseException:
            if public:
                self.publics.leave(tenant_id)
            raise

    def leave(self, tenant_id: UUID, *, public: bool) -> None:
        """Give the turn to the next."""
        self.all.leave(tenant_id)
        if public:
            self.publics.leave(tenant_id)


class TenantTurn:
    """See `TenantShares.of`."""

    __slots__ = ("_public", "_shares", "_tenant_id")

    def __init__(self, shares: TenantShares, tenant_id: UUID, public: bool) -> None:
        self._shares = shares
        self._tenant_id = tenant_id
        self._public = public

    async def __aenter__(self) -> None:
        await self._shares.enter(self._tenant_id, public=self._public)

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._shares.leave(self._tenant_id, public=self._public)
