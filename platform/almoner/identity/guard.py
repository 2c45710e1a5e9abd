"""Lock-out with back-off: who fails too often waits, longer each time.

An unknown address counts and waits in the same way, on one of a few decoys, so that neither the answer nor the time
that it takes tells whether there is an account.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from almoner.core.scope import TenantScope
from almoner.identity.tables import SignInGuard

FREE_FAILURES = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


def decoy(email: str) -> UUID:
    """The guard of an address without an account: one of 256, so that made-up addresses cannot fill the table."""
    return UUID(int=1 + hashlib.sha256(email.encode("utf-8", "surrogatepass")).digest()[0])


async def lock_guard(scope: TenantScope, guard_id: UUID) -> SignInGuard:
    """The guard, held until the transaction ends: attempts at the same account take turns."""
    made = insert(SignInGuard).values(tenant_id=scope.tenant_id, id=guard_id, failures=0).on_conflict_do_nothing()
    await scope.session.execute(made)
    guard = await scope.find(SignInGuard, guard_id, lock=True)
    if guard is None:
        raise RuntimeError("the guard was just made")
    return guard


def is_locked(guard: SignInGuard, now: datetime) -> bool:
    """Whether even the right password is refused. Attempts meanwhile do not count."""
    return guard.locked_until is not None and now < guard.locked_until


def count_failure(guard: SignInGuard, now: datetime) -> bool:
    """Count one more failure; whether it locks."""
    guard.failures += 1
    beyond = guard.failures - FREE_FAILURES
    if beyond < 0:
        return False
    # 2 ** 6 minutes are more than the longest wait.
    guard.locked_until = now + min(FIRST_WAIT * 2 ** min(beyond, 6), LONGEST_WAIT)
    return True


def forget_failures(guard: SignInGuard) -> None:
    """Begin anew after a success or a reset."""
    guard.failures = 0
    guard.locked_until = None
