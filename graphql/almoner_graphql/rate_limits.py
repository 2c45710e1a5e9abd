"""How much a subject, a tenant, its public and an address without a token may ask for: docs/decisions/0012 and 0013.

A request takes a point, and another for every hundred objects that it asks for (`extensions.cost`) as soon as these are
known. It is let in if a point is there, and what it then costs may leave its buckets owing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Any
from uuid import UUID

from graphql import GraphQLError

from almoner.core.buckets import Bucket, Buckets
from almoner.core.settings import Settings
from almoner.identity.tokens import PUBLIC, VerifiedToken
from almoner_graphql.addresses import client_network
from almoner_graphql.documents import PUBLIC_MUTATIONS, Operation
from almoner_graphql.errors import ErrorCode
from almoner_graphql.negotiation import Refused

#: Asking for so many objects takes a point.
OBJECTS_PER_POINT = 100
#: Bringing or getting a file of so many bytes takes one.
BYTES_PER_POINT = 256 * 1024
#: How many buckets of each kind are kept: some 200 bytes each. Nobody can make up subjects or tenants, only addresses.
MAX_BUCKETS = 100_000
#: Who does not wait as told would ask again at once, and keep us busy with refusing: a refusal takes its time, which
#: costs nothing but memory, of so many requests at most.
HOLD_SECONDS = 0.5
MAX_HELD = 1_000
_SECOND = 1_000_000_000
_TOO_FAST = "You have asked for more than is allowed: wait {seconds} s, as `Retry-After` says."
_TOO_MANY = "Too many requests are under way already; wait until one is answered, then ask again."


class _Kind:
    """Buckets of one kind, and how headers name them."""

    def __init__(self, name: str, points: int, clock: Callable[[], int]) -> None:
        self.buckets: Buckets[Hashable] = Buckets(points, keys=MAX_BUCKETS, clock=clock)
        self.name = f'"{name}"'
        self.policy = f"{self.name};q={points};w={self.buckets.seconds}"
        self.now = self.buckets.now

    def of(self, key: Hashable) -> tuple[_Kind, Bucket]:
        """The bucket of a key."""
        return self, self.buckets.of(key)


_Payers = tuple[tuple[_Kind, Bucket], ...]


class Ticket:
    """One request that was let in, or was to be: it pays for what is asked for, and has a place among those under way.

    `close` it when it is answered. A ticket that is closed can still pay, as a subscription's does for every event.

    Args:
        scope: of ASGI, for its address.
    """

    __slots__ = ("_limits", "_payers", "_places", "_policies", "_scope")

    def __init__(self, limits: RateLimits, scope: Any) -> None:
        self._limits = limits
        self._scope = scope
        self._payers: _Payers = ()
        self._policies = b""
        self._places: list[Hashable] = []

    def enter(self, place: Hashable, payers: _Payers, policies: bytes, most: int) -> None:
        """Take a point of these buckets, which pay for all else from now on too, and a place.

        Args:
            policies: what headers say of all buckets that pay.
            most: how many places there are; 0: no limit.

        Raises:
            Refused: there is none of one or the other; nothing was taken.
        """
        self._payers += payers
        self._policies = policies
        _check(payers)
        if not self._limits.begin(place, most):
            raise _refused(_TOO_MANY, 1)
        self._places.append(place)
        _take(payers, 1)

    def begin(self, operation: Operation | None) -> None:
        """Of a document that has passed the gate. Each mutation in it takes a point; public ones of the address, too.

        A subscription gives its place back: who follows something mostly waits.

        Raises:
            Refused: the address has no point for what tries to prove who somebody is.
        """
        if operation is None or operation.is_query:
            return
        if operation.is_subscription:
            return self.close()
        fields = operation.root_fields()
        proving = sum(name in PUBLIC_MUTATIONS for name in fields)
        if proving:
            address = self._limits.address(self._scope)
            if not set(address) <= set(self._payers):
                _check(address)
                _take(address, proving)
        _take(self._payers, len(fields) - 1)

    def charge(self, objects: int) -> None:
        """Pay for asking for so many objects."""
        points = objects // OBJECTS_PER_POINT
        if points:
            _take(self._payers, points)

    def charge_bytes(self, count: int) -> None:
        """Pay for a file of so many bytes that is brought or given."""
        self.charge(count * OBJECTS_PER_POINT // BYTES_PER_POINT)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit-Policy` and `RateLimit`, for a response that begins now."""
        if not self._payers:
            return []
        told = []
        now = _now(self._payers)
        for kind, bucket in self._payers:
            left, seconds = bucket.left(now)
            told.append(f"{kind.name};r={left};t={seconds}")
        return [(b"ratelimit-policy", self._policies), (b"ratelimit", ", ".join(told).encode())]

    def close(self) -> None:
        """Give the places back; a second time does nothing."""
        while self._places:
            self._limits.end(self._places.pop())


class RateLimits:
    """Of one process.

    Args:
        hold: how many seconds a refusal takes.
    """

    def __init__(
        self, settings: Settings, clock: Callable[[], int] = time.monotonic_ns, *, hold: float = HOLD_SECONDS
    ) -> None:
        self._hold = hold
        self._held = 0
        self._subjects = _kind("subject", settings.subject_points, clock)
        self._tenants = _kind("tenant", settings.tenant_points, clock)
        self._addresses = _kind("address", settings.address_points, clock)
        self._publics = _kind("public", settings.public_points, clock)
        self._known = _policies(self._subjects, self._tenants)
        self._unknown = _policies(self._addresses)
        self._public = _policies(self._addresses, self._publics)
        self._trusted = settings.trusted_networks
        self._most = settings.tenant_requests
        self._most_public = settings.public_requests
        self._under_way: dict[Hashable, int] = {}

    @property
    def under_way(self) -> int:
        """How many requests are being answered."""
        return sum(self._under_way.values())

    @property
    def held(self) -> int:
        """How many wait for their refusal."""
        return self._held

    @property
    def remembered(self) -> int:
        """How many buckets are kept."""
        kinds = (self._subjects, self._tenants, self._addresses, self._publics)
        return sum(len(kind.buckets) for kind in kinds if kind is not None)

    async def admit(self, scope: Any, session: VerifiedToken | None) -> Ticket:
        """Let a request in, or an operation on a connection. The ticket is in the scope's state even if it is refused.

        Args:
            scope: of ASGI.
            session: who asks; somebody unknown counts by address.

        Raises:
            Refused: they have asked for too much; with a status, and headers, for HTTP.
        """
        ticket = scope["state"]["ticket"] = Ticket(self, scope)
        if session is None:
            place: Hashable = client_network(scope, self._trusted)
            payers, policies = self._of_address(place), self._unknown
        else:
            identity = session.identity
            place, policies = identity.tenant_id, self._known
            payers = (*_of(self._subjects, (place, identity.subject_id)), *_of(self._tenants, place))
        await self._enter(ticket, place, payers, policies, self._most)
        return ticket

    async def admit_public(self, ticket: Ticket, tenant_id: UUID) -> None:
        """Let a request in as one of a tenant's public, for which its address has been let in: both pay.

        The tenant's own bucket and places are not touched: its public takes nothing from who is signed in.

        Raises:
            Refused: the tenant's public has asked for too much.
        """
        place = (PUBLIC, tenant_id)
        await self._enter(ticket, place, _of(self._publics, tenant_id), self._public, self._most_public)

    async def _enter(self, ticket: Ticket, place: Hashable, payers: _Payers, policies: bytes, most: int) -> None:
        try:
            ticket.enter(place, payers, policies, most)
        except Refused:
            ticket.close()
            await self.hold_up()
            raise

    async def hold_up(self) -> None:
        """Let somebody who is refused wait for the refusal, unless too many do."""
        if self._held < MAX_HELD:
            self._held += 1
            try:
                await asyncio.sleep(self._hold)
            finally:
                self._held -= 1

    def address(self, scope: Any) -> _Payers:
        """The bucket of a connection's address; none if addresses are not limited."""
        return self._of_address(client_network(scope, self._trusted))

    def _of_address(self, address: Hashable) -> _Payers:
        return _of(self._addresses, address)

    def begin(self, place: Hashable, most: int) -> bool:
        """Count a request as under way, unless there are as many in that place already."""
        now = self._under_way.get(place, 0)
        if most and now >= most:
            return False
        self._under_way[place] = now + 1
        return True

    def end(self, place: Hashable) -> None:
        """One that was counted is answered."""
        now = self._under_way[place] - 1
        if now:
            self._under_way[place] = now
        else:
            del self._under_way[place]


def _kind(name: str, points: int, clock: Callable[[], int]) -> _Kind | None:
    return _Kind(name, points, clock) if points else None


def _of(kind: _Kind | None, key: Hashable) -> _Payers:
    """The bucket of a key, if there is a limit of that kind."""
    return (kind.of(key),) if kind else ()


def _policies(*kinds: _Kind | None) -> bytes:
    return ", ".join(kind.policy for kind in kinds if kind is not None).encode()


def _now(payers: _Payers) -> int:
    """The time for all of them: they have one clock."""
    return payers[0][0].now() if payers else 0


def _check(payers: _Payers) -> None:
    now = _now(payers)
    wait = max((bucket.wait(now) for _, bucket in payers), default=0)
    if wait > 0:
        seconds = -(-wait // _SECOND)
        raise _refused(_TOO_FAST.format(seconds=seconds), seconds)


def _take(payers: _Payers, points: int) -> None:
    now = _now(payers)
    for _, bucket in payers:
        bucket.take(now, points)


def _refused(message: str, seconds: int) -> Refused:
    extensions = {"code": ErrorCode.RATE_LIMITED.value, "retryAfter": seconds}
    return Refused(429, GraphQLError(message, extensions=extensions), {"Retry-After": str(seconds)})
