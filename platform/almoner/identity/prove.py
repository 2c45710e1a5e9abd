"""Proving who one is with a password, and with a code where the account has an authenticator.

Three steps: find the account, check the password while no transaction is open, then judge and act in one transaction
that holds the account's guard. What comes in between, another attempt or a changed password, is seen in the last one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select

from almoner.core.errors import SignInRefused, Unauthenticated
from almoner.core.scope import TenantScope
from almoner.identity.authenticators import confirmed_authenticator, take_code
from almoner.identity.door import Door, now_acts
from almoner.identity.factors import PASSWORD
from almoner.identity.guard import count_failure, decoy, forget_failures, is_locked, lock_guard
from almoner.identity.passwords import verify_secret
from almoner.identity.standing import is_active, is_recertification_due
from almoner.identity.tables import Account, SignInGuard
from almoner.identity.tokens import Identity

T = TypeVar("T")
#: What is to be done once it is proved, in the same transaction, and by which factors it was.
Then = Callable[[TenantScope, Account, frozenset[str]], Awaitable[T]]

WRONG = "The name or the password is wrong."


@dataclass(frozen=True, slots=True)
class Credentials:
    """A password, and a code of the authenticator or a recovery code. Their text never shows."""

    password: str = field(repr=False)
    code: str | None = field(default=None, repr=False)


async def prove_by_address(
    door: Door, tenant_id: UUID, email: str, given: Credentials, then: Then[T], *, request_id: str
) -> T:
    """Prove who one is, from nothing but an address, and do what comes then.

    Raises:
        SignInRefused: `WRONG_CREDENTIALS` for an unknown address, a wrong password, a disabled or locked account, never
            saying which. Who knows the password is told more: `CODE_REQUIRED`, `WRONG_CODE`, `RECERTIFICATION_DUE`.
    """
    email = email.strip().lower()
    async with door.visitor_scope(tenant_id, request_id) as scope:
        query = select(Account).where(col(Account.tenant_id) == tenant_id, col(Account.email) == email)
        account = (await scope.session.execute(query)).scalar_one_or_none()
    guard_id = account.id if account is not None else decoy(email)
    return await _prove(_Attempt(door, tenant_id, account, guard_id, request_id), given, then)


async def prove_again(
    door: Door, identity: Identity, given: Credentials, then: Then[T], *, request_id: str, with_code: bool = False
) -> T:
    """Prove once more who one is, having a token already, and do what comes then.

    Args:
        with_code: insist on a code.

    Raises:
        Unauthenticated: the token's account is disabled or its session over.
        SignInRefused: as above, and `NO_AUTHENTICATOR` if a code is needed and the account has none to make it.
    """

    async def still_there(scope: TenantScope, account: Account, factors: frozenset[str]) -> T:
        await require_active(scope, identity)
        if with_code and factors == {PASSWORD}:
            raise SignInRefused("Enrol an authenticator first.", code="NO_AUTHENTICATOR", path=("code",))
        return await then(scope, account, factors)

    async with door.visitor_scope(identity.tenant_id, request_id) as scope:
        await require_active(scope, identity)
        account = await scope.find(Account, identity.subject_id)
    attempt = _Attempt(door, identity.tenant_id, account, identity.subject_id, request_id)
    return await _prove(attempt, given, still_there)


async def require_active(scope: TenantScope, identity: Identity) -> None:
    """Insist that a token still holds.

    Raises:
        Unauthenticated: its account is disabled or its session over.
    """
    if not await is_active(scope.session, identity, scope.now()):
        raise Unauthenticated("This account cannot sign in any more.")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Somebody says that they are the account, if there is one; the guard counts for whom they say they are."""

    door: Door
    tenant_id: UUID
    account: Account | None
    guard_id: UUID
    request_id: str


async def _prove(attempt: _Attempt, given: Credentials, then: Then[T]) -> T:
    stored = attempt.account.password_hash if attempt.account is not None else None
    right = await verify_secret(stored, given.password)
    async with attempt.door.visitor_scope(attempt.tenant_id, attempt.request_id) as scope:
        outcome = await _judge(attempt.door, scope, attempt.guard_id, stored if right else None, given.code)
        if not isinstance(outcome, SignInRefused):
            account, factors = outcome
            now_acts(scope, Identity(account.tenant_id, account.id, "account"))
            return await then(scope, account, factors)
    # After the transaction: the failure that was counted is to be committed.
    raise outcome


async def _judge(
    door: Door, scope: TenantScope, guard_id: UUID, proved_hash: str | None, code: str | None
) -> tuple[Account, frozenset[str]] | SignInRefused:
    """Who it is and by which factors, or why not.

    Args:
        proved_hash: the hash that the given password was found to fit; None if it fits none.
    """
    guard = await lock_guard(scope, guard_id)
    # A decoy is nobody's id: the same statements run for an unknown address.
    account = await scope.find(Account, guard_id)
    if is_locked(guard, scope.now()):
        return SignInRefused(WRONG)
    if account is None or proved_hash is None or account.disabled_at or account.password_hash != proved_hash:
        return _failure(scope, guard, account, SignInRefused(WRONG))
    factors = {PASSWORD}
    authenticator = await confirmed_authenticator(scope, account.id)
    if authenticator is not None:
        if not code:
            return SignInRefused("Give the code of your authenticator.", code="CODE_REQUIRED", path=("code",))
        factor = await take_code(door, scope, authenticator, code)
        if factor is None:
            message = "This code is wrong, or was used already."
            return _failure(scope, guard, account, SignInRefused(message, code="WRONG_CODE", path=("code",)))
        factors.add(factor)
    if await is_recertification_due(scope, account):
        message = "Your account is due for its yearly recertification; ask your sponsor or an administrator."
        return SignInRefused(message, code="RECERTIFICATION_DUE")
    forget_failures(guard)
    return account, frozenset(factors)


def _failure(scope: TenantScope, guard: SignInGuard, account: Account | None, refusal: SignInRefused) -> SignInRefused:
    if count_failure(guard, scope.now()) and account is not None:
        scope.record("account.locked", account, failures=guard.failures, until=str(guard.locked_until))
    return refusal
