"""Enrolling an authenticator, confirming it, taking it away, and recovery codes.

Each needs the password once more, so that a stolen access token is not enough to lock its owner out.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from uuid import UUID

import pyotp
from sqlmodel import col, update

from almoner.core.errors import Conflict, SignInRefused
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason
from almoner.identity.authenticators import (
    STEP_SECONDS,
    authenticator_of,
    confirmed_authenticator,
    recovery_digest,
    seal_secret,
    take_totp,
)
from almoner.identity.door import Door
from almoner.identity.prove import Credentials, prove_again
from almoner.identity.sessions import end_sessions_of
from almoner.identity.tables import Account, Authenticator, RecoveryCode
from almoner.identity.tokens import Identity

RECOVERY_CODES = 10
_RECOVERY_BYTES = 10


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person's device is set up with; shown this once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


async def enrol_authenticator(door: Door, identity: Identity, given: Credentials, *, request_id: str) -> Enrolment:
    """Make a shared secret for a device. It counts from `confirm_authenticator` on; until then another may be made.

    Raises:
        Unauthenticated, SignInRefused: see `prove_again`.
        Conflict: the account has an authenticator already.
    """

    async def enrol(scope: TenantScope, account: Account, _factors: frozenset[str]) -> Enrolment:
        if await confirmed_authenticator(scope, account.id) is not None:
            raise Conflict("You have an authenticator already; remove it first.", code="AUTHENTICATOR_EXISTS")
        secret = pyotp.random_base32()
        sealed = seal_secret(door, account.tenant_id, account.id, secret)
        device = await authenticator_of(scope, account.id)
        if device is None:
            device = Authenticator(tenant_id=account.tenant_id, account_id=account.id, sealed_secret=sealed)
            scope.session.add(device)
        device.sealed_secret, device.last_step, device.confirmed_at, device.removed_at = sealed, None, None, None
        scope.record("authenticator.enrolled", device)
        totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
        return Enrolment(secret, totp.provisioning_uri(name=account.email, issuer_name="Almoner"))

    return await prove_again(door, identity, given, enrol, request_id=request_id)


async def confirm_authenticator(
    door: Door, identity: Identity, given: Credentials, *, request_id: str
) -> tuple[str, ...]:
    """Show that the device works, by its code; from now on the account signs in with both.

    Returns:
        Ten recovery codes, shown this once, each good once in place of a code.

    Raises:
        Unauthenticated, SignInRefused: see `prove_again`; `WRONG_CODE` if it is not the device's.
        Conflict: there is no device that waits to be confirmed.
    """

    async def confirm(scope: TenantScope, account: Account, _factors: frozenset[str]) -> tuple[str, ...] | None:
        device = await authenticator_of(scope, account.id)
        if device is None or device.confirmed_at is not None:
            raise Conflict("No authenticator waits to be confirmed; enrol one first.", code="NO_AUTHENTICATOR")
        if not take_totp(door, scope, device, given.code or ""):
            return None
        device.confirmed_at = scope.now()
        scope.record("authenticator.confirmed", device)
        return await _new_recovery_codes(scope, account.id)

    codes = await prove_again(door, identity, given, confirm, request_id=request_id)
    if codes is None:
        raise SignInRefused("This code is wrong; look whether the device's clock is right.", code="WRONG_CODE")
    return codes


async def renew_recovery_codes(
    door: Door, identity: Identity, given: Credentials, *, request_id: str
) -> tuple[str, ...]:
    """Ten new recovery codes in place of the old ones, shown this once.

    Raises:
        Unauthenticated, SignInRefused: see `prove_again`, with a code.
    """

    async def renew(scope: TenantScope, account: Account, _factors: frozenset[str]) -> tuple[str, ...]:
        scope.record("recovery_codes.renewed", account)
        return await _new_recovery_codes(scope, account.id)

    return await prove_again(door, identity, given, renew, request_id=request_id, with_code=True)


async def remove_authenticator(door: Door, identity: Identity, given: Credentials, *, request_id: str) -> None:
    """Take one's own device away, with a last code of it, for example to enrol another one.

    Raises:
        Unauthenticated, SignInRefused: see `prove_again`, with a code.
    """

    async def remove(scope: TenantScope, account: Account, _factors: frozenset[str]) -> None:
        await _remove(scope, account.id, reason="by the person")

    await prove_again(door, identity, given, remove, request_id=request_id, with_code=True)


async def reset_authenticator(scope: TenantScope, account_id: UUID, *, reason: str) -> Account:
    """Take somebody's lost device away, with its recovery codes, and end their sessions.

    Raises:
        NotFound: there is no account for which the viewer holds `account:view`.
        Denied: the viewer lacks `account:reset` for it.
        Invalid: no reason.
        Conflict: it has no authenticator.
    """
    account = await scope.get(Account, account_id, "account:view", lock=True)
    scope.require("account:reset", account)
    require_reason(reason)
    await _remove(scope, account.id, reason=reason)
    await end_sessions_of(scope, account.id, reason="the authenticator was taken away")
    return account


async def _remove(scope: TenantScope, account_id: UUID, *, reason: str) -> None:
    device = await confirmed_authenticator(scope, account_id)
    if device is None:
        raise Conflict("There is no authenticator.", code="NO_AUTHENTICATOR")
    device.removed_at = scope.now()
    await _void_recovery_codes(scope, account_id)
    scope.record("authenticator.removed", device, reason=reason)


async def _new_recovery_codes(scope: TenantScope, account_id: UUID) -> tuple[str, ...]:
    await _void_recovery_codes(scope, account_id)
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    for code in codes:
        hashed = recovery_digest(account_id, code)
        scope.session.add(RecoveryCode(tenant_id=scope.tenant_id, account_id=account_id, code_hash=hashed))
    return tuple("-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes)


async def _void_recovery_codes(scope: TenantScope, account_id: UUID) -> None:
    unused = (
        update(RecoveryCode)
        .where(
            col(RecoveryCode.tenant_id) == scope.tenant_id,
            col(RecoveryCode.account_id) == account_id,
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=scope.now())
    )
    await scope.session.execute(unused)
