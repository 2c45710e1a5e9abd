"""Token buckets in memory: how much each key may take, at once and over time.

A bucket holds `quota` tokens and is filled again within `seconds`, evenly. It is one number, the instant at which it
will be full (the generic cell rate algorithm of ATM, ITU-T I.371): taking a token puts that off by the time in which
one is filled in. Integers of nanoseconds, so that nothing is lost or won by rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from almoner.core.recent import Recent

Key = TypeVar("Key")
_SECOND = 1_000_000_000


class Bucket:
    """One key's. Instants are nanoseconds of `Buckets.now`."""

    __slots__ = ("_deepest", "_full_at", "_quota", "_token")

    def __init__(self, quota: int, token: int) -> None:
        self._quota = quota
        self._token = token
        self._deepest = token * (quota - 1)
        self._full_at = 0

    def wait(self, now: int) -> int:
        """Nanoseconds until there is a token; none, or less, if there is one. Takes nothing."""
        return self._full_at - now - self._deepest

    def take(self, now: int, tokens: int = 1) -> None:
        """Take tokens, whether they are there or not: a bucket may owe, and gives nothing until that is made good."""
        full_at = self._full_at
        self._full_at = (full_at if full_at > now else now) + tokens * self._token

    def left(self, now: int) -> tuple[int, int]:
        """How many whole tokens there are, and in how many seconds (rounded up) the bucket will be full."""
        missing = self._full_at - now
        if missing <= 0:
            return self._quota, 0
        return max(0, self._quota - -(-missing // self._token)), -(-missing // _SECOND)


class Buckets(Generic[Key]):
    """A bucket for each key. For one thread or one event loop.

    Not for what must hold over several processes together: each has buckets of its own.

    Args:
        quota: what a full bucket holds.
        seconds: how long an empty one takes to be full.
        keys: how many buckets are kept. The one that was used longest ago is forgotten first, and is full again then.
        clock: nanoseconds that grow; while it goes back, time stands still here.
    """

    def __init__(
        self, quota: int, seconds: int = 60, *, keys: int, clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        if quota < 1 or seconds < 1:
            raise ValueError("a bucket holds at least one token, and is filled within at least a second")
        self.quota = quota
        self.seconds = seconds
        # Rounded up: never faster than was said.
        self._token = -(-seconds * _SECOND // quota)
        self._buckets: Recent[Key, Bucket] = Recent(keys)
        self._clock = clock
        self._now = clock()

    def __len__(self) -> int:
        return len(self._buckets)

    def of(self, key: Key) -> Bucket:
        """The key's bucket. Hold it for a request, not for longer: it may be forgotten here meanwhile."""
        return self._buckets.get(key) or self._buckets.put(key, Bucket(self.quota, self._token))

    def now(self) -> int:
        """The time, in nanoseconds."""
        now = self._clock()
        if now < self._now:
            return self._now
        self._now = now
        return now
