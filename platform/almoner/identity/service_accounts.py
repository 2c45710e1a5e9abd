"""Service accounts: making them, and rotating their secrets while both the old and the new one are good."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from almoner.core.adding import add_if_missing
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank
from almoner.identity.passwords import hash_secret
from almoner.identity.tables import ServiceAccount
from almoner.tenancy.read import own_tenant

LONGEST_OVERLAP = timedelta(days=30)


async def create_service_account(scope: TenantScope, *, name: str) -> tuple[ServiceAccount, str]:
    """Make a machine's account, and the secret that is shown this once.

    Raises:
        Denied: the viewer lacks `account:create`.
        Invalid: a blank name.
        Conflict: the name is taken in this tenant.
    """
    scope.require("account:create")
    if is_blank(name):
        raise Invalid([Problem("NAME_MISSING", "Give the service account a name.", ("name",))])
    secret = secrets.token_urlsafe(32)
    planned = ServiceAccount(
        tenant_id=scope.tenant_id,
        name=name.strip(),
        secret_hash=await hash_secret(secret),
        created_at=scope.now(),
    )
    account = await add_if_missing(scope.session, planned, "name")
    if account is None:
        raise Conflict("This name has a service account already.", code="ACCOUNT_EXISTS", path=("name",))
    scope.record("service_account.created", account)
    return account, secret


async def rotate_service_account(
    scope: TenantScope, account_id: UUID, *, overlap: timedelta
) -> tuple[ServiceAccount, str]:
    """Give a machine a new secret, shown this once; the present one stays good for a while.

    Args:
        overlap: how long, from nothing (the present secret is worthless at once) to 30 days. The secret before the
            present one, if it was still good, is worthless at once in any case.

    Raises:
        NotFound: there is none for which the viewer holds `service_account:view`.
        Denied: the viewer lacks `service_account:rotate` for it.
        Invalid: an overlap out of range.
        Conflict: it is disabled.
    """
    account = await scope.get(ServiceAccount, account_id, "service_account:view", lock=True)
    scope.require("service_account:rotate", account)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        hours = int(LONGEST_OVERLAP.total_seconds() // 3600)
        raise Invalid([Problem("OVERLAP_OUT_OF_RANGE", f"Give 0 to {hours} hours.", ("overlapHours",))])
    if account.disabled_at is not None:
        raise Conflict("The service account is disabled; enable it first.", code="WRONG_STATUS")
    secret = secrets.token_urlsafe(32)
    account.former_secret_hash = account.secret_hash if overlap else None
    account.former_until = scope.now() + overlap if overlap else None
    account.secret_hash = await hash_secret(secret)
    until = str(account.former_until) if account.former_until else None
    scope.record("service_account.rotated", account, former_until=until)
    return account, secret


async def client_id_of(scope: TenantScope, account: ServiceAccount) -> str:
    """What a machine calls itself at `/oauth/token`: `<tenant's code>.<account's id>`."""
    return f"{(await own_tenant(scope)).code}.{account.id}"
