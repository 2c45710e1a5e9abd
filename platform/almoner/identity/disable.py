"""Keeping accounts and service accounts out, and letting them in again. Nothing is ever deleted."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason
from almoner.identity.account_tokens import void_tokens
from almoner.identity.sessions import end_sessions_of
from almoner.identity.tables import Account, ServiceAccount

Row = TypeVar("Row", Account, ServiceAccount)


async def disable_account(scope: TenantScope, account_id: UUID, *, reason: str) -> Account:
    """Keep a person out from this moment: sessions end, tokens and invitations are worthless.

    Raises:
        NotFound: there is none for which the viewer holds `account:view`.
        Denied: the viewer lacks `account:disable` for it.
        Invalid: no reason.
        Conflict: it is disabled already, or the viewer's own.
    """
    account = await scope.get(Account, account_id, "account:view", lock=True)
    scope.require("account:disable", account)
    if account.id == scope.viewer.subject_id:
        raise Conflict("Somebody else must disable your account.", code="OWN_ACCOUNT")
    await void_tokens(scope, account.id)
    await _disable(scope, account, "account.disabled", reason)
    return account


async def enable_account(scope: TenantScope, account_id: UUID, *, reason: str) -> Account:
    """Let a person in again, with the password that they had.

    Raises:
        NotFound, Denied, Invalid: as above.
        Conflict: it is not disabled.
    """
    account = await scope.get(Account, account_id, "account:view", lock=True)
    scope.require("account:disable", account)
    return _enable(scope, account, "account.enabled", reason)


async def disable_service_account(scope: TenantScope, account_id: UUID, *, reason: str) -> ServiceAccount:
    """Keep a machine out from this moment; its sessions end.

    Raises:
        NotFound: there is none for which the viewer holds `service_account:view`.
        Denied: the viewer lacks `service_account:disable` for it.
        Invalid: no reason.
        Conflict: it is disabled already.
    """
    account = await scope.get(ServiceAccount, account_id, "service_account:view", lock=True)
    scope.require("service_account:disable", account)
    await _disable(scope, account, "service_account.disabled", reason)
    return account


async def enable_service_account(scope: TenantScope, account_id: UUID, *, reason: str) -> ServiceAccount:
    """Let a machine in again, with the secret that it had.

    Raises:
        NotFound, Denied, Invalid: as above.
        Conflict: it is not disabled.
    """
    account = await scope.get(ServiceAccount, account_id, "service_account:view", lock=True)
    scope.require("service_account:disable", account)
    return _enable(scope, account, "service_account.enabled", reason)


async def _disable(scope: TenantScope, row: Account | ServiceAccount, action: str, reason: str) -> None:
    require_reason(reason)
    if row.disabled_at is not None:
        raise Conflict("It is disabled already.", code="WRONG_STATUS")
    row.disabled_at = scope.now()
    await end_sessions_of(scope, row.id, reason="the account was disabled")
    scope.record(action, row, reason=reason)


def _enable(scope: TenantScope, row: Row, action: str, reason: str) -> Row:
    require_reason(reason)
    if row.disabled_at is None:
        raise Conflict("It is not disabled.", code="WRONG_STATUS")
    row.disabled_at = None
    scope.record(action, row, reason=reason)
    return row
