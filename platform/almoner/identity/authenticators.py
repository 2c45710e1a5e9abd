"""Authenticators (TOTP, RFC 6238) and the recovery codes that stand in for them: checking what they say."""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from uuid import UUID

import pyotp
from sqlmodel import col, select

from almoner.core.scope import TenantScope
from almoner.identity.door import Door
from almoner.identity.factors import RECOVERY, TOTP
from almoner.identity.opaque import digest
from almoner.identity.tables import Authenticator, RecoveryCode

STEP_SECONDS = 30
#: Steps before and after the present one whose codes are taken too, for clocks that differ (RFC 6238, section 5.2).
_TOLERANCE = 1
_PURPOSE = "totp"
_CODE = re.compile(r"[0-9]{6}")


async def confirmed_authenticator(scope: TenantScope, account_id: UUID) -> Authenticator | None:
    """The authenticator that the account's sign-ins need; None if it has none."""
    found = await authenticator_of(scope, account_id)
    return found if found is not None and found.confirmed_at is not None and found.removed_at is None else None


async def authenticator_of(scope: TenantScope, account_id: UUID) -> Authenticator | None:
    """The account's authenticator, also one that is not confirmed yet or was removed."""
    query = select(Authenticator).where(
        col(Authenticator.tenant_id) == scope.tenant_id, col(Authenticator.account_id) == account_id
    )
    return (await scope.session.execute(query.with_for_update())).scalar_one_or_none()


async def take_code(door: Door, scope: TenantScope, authenticator: Authenticator, given: str) -> str | None:
    """Use a code up: by which factor it proves, or None if it proves nothing. The account's guard must be held."""
    compact = re.sub(r"[\s-]", "", given)
    if _CODE.fullmatch(compact):
        return TOTP if take_totp(door, scope, authenticator, compact) else None
    return RECOVERY if await _take_recovery_code(scope, authenticator.account_id, compact) else None


def take_totp(door: Door, scope: TenantScope, authenticator: Authenticator, given: str) -> bool:
    """Use a six-digit code up. A code of a step that was taken, or of an older one, is refused (RFC 6238, 5.2)."""
    totp = pyotp.TOTP(open_secret(door, authenticator), interval=STEP_SECONDS)
    present = step_at(scope.now())
    for step in range(present - _TOLERANCE, present + _TOLERANCE + 1):
        is_fresh = authenticator.last_step is None or step > authenticator.last_step
        if hmac.compare_digest(totp.generate_otp(step), given) and is_fresh:
            authenticator.last_step = step
            return True
    return False


def step_at(now: datetime) -> int:
    """The number of the step that an instant is in."""
    return int(now.timestamp()) // STEP_SECONDS


def seal_secret(door: Door, tenant_id: UUID, account_id: UUID, secret: str) -> str:
    """What is stored of a shared secret."""
    return door.sealing.seal(secret, tenant_id=tenant_id, purpose=_PURPOSE, owner=account_id)


def open_secret(door: Door, authenticator: Authenticator) -> str:
    """The shared secret, in base32.

    Raises:
        CannotOpen: the operator's sealing key is gone.
    """
    return door.sealing.open(
        authenticator.sealed_secret,
        tenant_id=authenticator.tenant_id,
        purpose=_PURPOSE,
        owner=authenticator.account_id,
    )


async def _take_recovery_code(scope: TenantScope, account_id: UUID, given: str) -> bool:
    query = select(RecoveryCode).where(
        col(RecoveryCode.tenant_id) == scope.tenant_id,
        col(RecoveryCode.account_id) == account_id,
        col(RecoveryCode.code_hash) == recovery_digest(account_id, given),
        col(RecoveryCode.used_at).is_(None),
    )
    code = (await scope.session.execute(query)).scalar_one_or_none()
    if code is None:
        return False
    code.used_at = scope.now()
    return True


def recovery_digest(account_id: UUID, code: str) -> str:
    """What is stored of a recovery code, written without spaces and dashes."""
    return digest(f"{account_id.hex}.{code.upper()}")
