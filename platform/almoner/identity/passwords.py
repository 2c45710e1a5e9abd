"""Hashing of passwords and of service accounts' secrets: argon2id, in threads, two at a time."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's second profile: 19 MiB, two passes; about 50 ms. The bound keeps a burst of sign-ins from eating all memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = 2
_slots: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}

# What an unknown name is checked against, so that it answers as slowly as a known one.
_NOBODY = _HASHER.hash("nobody has this password")


def _slot() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    for old in [other for other in _slots if other.is_closed()]:
        del _slots[old]
    return _slots.setdefault(loop, asyncio.Semaphore(_AT_ONCE))


async def hash_secret(secret: str) -> str:
    """The argon2id hash to store."""
    async with _slot():
        return await asyncio.to_thread(_HASHER.hash, _bytes(secret))


async def verify_secret(stored: str | None, secret: str) -> bool:
    """Whether the secret is the one that was hashed; with None, a check that takes as long and fails."""
    async with _slot():
        return await asyncio.to_thread(_verify, stored or _NOBODY, _bytes(secret)) and stored is not None


def _bytes(secret: str) -> bytes:
    """Any text that JSON can carry, unpaired surrogates among it: a strange password is a wrong one, not an error."""
    return secret.encode("utf-8", "surrogatepass")


def _verify(stored: str, secret: bytes) -> bool:
    try:
        return _HASHER.verify(stored, secret)
    except (VerificationError, InvalidHashError):
        return False
