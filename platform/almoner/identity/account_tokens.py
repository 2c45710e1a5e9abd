"""One-time tokens with which a person sets a password: an invitation at first, a reset later.

Whoever issued one hands it over; it is shown once and stored hashed. A newer one makes the older ones worthless.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select, update

from almoner.core.errors import Conflict, Invalid, NotFound, SignInRefused
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason
from almoner.identity.accounts import add_account, name_problems
from almoner.identity.door import Door, now_acts
from almoner.identity.guard import forget_failures, lock_guard
from almoner.identity.opaque import digest, new_opaque, tenant_of
from almoner.identity.password_rules import password_problems
from almoner.identity.passwords import hash_secret
from almoner.identity.sessions import end_sessions_of
from almoner.identity.tables import Account, AccountToken
from almoner.identity.tokens import Identity

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=1)
_INVITATION = "invitation"
_RESET = "reset"


async def invite_account(
    scope: TenantScope, *, email: str, name: str, sponsor_id: UUID | None = None
) -> tuple[Account, str, datetime]:
    """Make an account without a password, and the token to set one with; it is good for seven days.

    Args:
        sponsor_id: the account that answers for this one; the viewer's own unless it is given.

    Returns:
        The account, the token, which is shown this once, and when it ends.

    Raises:
        Denied: the viewer lacks `account:create`.
        NotFound: there is no such sponsor.
        Invalid: no e-mail address, or a blank name.
        Conflict: the address has an account in this tenant.
    """
    scope.require("account:create")
    if problems := name_problems(email, name):
        raise Invalid(problems)
    if sponsor_id is None and scope.viewer.kind == "account":
        sponsor_id = scope.viewer.subject_id
    if sponsor_id is not None:
        sponsor = await scope.find(Account, sponsor_id)
        if sponsor is None or sponsor.disabled_at is not None:
            raise NotFound("There is nothing with this id.")
    account = await add_account(scope, email=email, name=name, sponsor_id=sponsor_id)
    token, until = await _issue(scope, account, _INVITATION, INVITATION_LASTS)
    scope.record("account.invited", account, until=str(until))
    return account, token, until


async def reset_password(scope: TenantScope, account_id: UUID, *, reason: str) -> tuple[Account, str, datetime]:
    """Take an account's password away, end its sessions, and make a token to set a new one with, good for an hour.

    A second factor stays as it is, so that the token alone lets nobody in.

    Returns:
        The account, the token, which is shown this once, and when it ends.

    Raises:
        NotFound: there is none for which the viewer holds `account:view`.
        Denied: the viewer lacks `account:reset` for it.
        Invalid: no reason.
        Conflict: it is disabled.
    """
    account = await scope.get(Account, account_id, "account:view", lock=True)
    scope.require("account:reset", account)
    require_reason(reason)
    if account.disabled_at is not None:
        raise Conflict("The account is disabled; enable it first.", code="WRONG_STATUS")
    account.password_hash = None
    await end_sessions_of(scope, account.id, reason="the password was reset")
    token, until = await _issue(scope, account, _RESET, RESET_LASTS)
    scope.record("account.password_reset", account, reason=reason, until=str(until))
    return account, token, until


async def void_tokens(scope: TenantScope, account_id: UUID) -> None:
    """Make the tokens that an account still has worthless."""
    open_ones = (
        update(AccountToken)
        .where(
            col(AccountToken.tenant_id) == scope.tenant_id,
            col(AccountToken.account_id) == account_id,
            col(AccountToken.used_at).is_(None),
        )
        .values(used_at=scope.now())
    )
    await scope.session.execute(open_ones)


async def _issue(scope: TenantScope, account: Account, kind: str, lasts: timedelta) -> tuple[str, datetime]:
    await void_tokens(scope, account.id)
    token = new_opaque(scope.tenant_id)
    until = scope.now() + lasts
    scope.session.add(
        AccountToken(
            tenant_id=scope.tenant_id, account_id=account.id, kind=kind, token_hash=digest(token), expires_at=until
        )
    )
    return token, until


async def set_password(door: Door, token: str, password: str, *, request_id: str) -> Account:
    """Set a password with a one-time token, which is used up. It ends all sessions, and a lock-out with them.

    Raises:
        SignInRefused: unknown, used, over, or of an account that is disabled; never says which.
        Invalid: the password will not do; the token stays good.
    """
    tenant_id = tenant_of(token)
    if tenant_id is None:
        raise _not_valid()
    async with door.visitor_scope(tenant_id, request_id) as scope:
        account, _row = await _redeemable(scope, token)
    if problems := password_problems(password, email=account.email, name=account.name):
        raise Invalid(problems)
    hashed = await hash_secret(password)
    async with door.visitor_scope(tenant_id, request_id) as scope:
        account, row = await _redeemable(scope, token)
        now_acts(scope, Identity(tenant_id, account.id, "account"))
        row.used_at = scope.now()
        account.password_hash = hashed
        forget_failures(await lock_guard(scope, account.id))
        await end_sessions_of(scope, account.id, reason="the password was set")
        scope.record("account.password_set", account, by=row.kind)
        await door.welcome(scope, account.id, account.email)
    return account


async def _redeemable(scope: TenantScope, token: str) -> tuple[Account, AccountToken]:
    query = select(AccountToken).where(
        col(AccountToken.tenant_id) == scope.tenant_id, col(AccountToken.token_hash) == digest(token)
    )
    row = (await scope.session.execute(query.with_for_update())).scalar_one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= scope.now():
        raise _not_valid()
    account = await scope.find(Account, row.account_id)
    if account is None or account.disabled_at is not None:
        raise _not_valid()
    return account, row


def _not_valid() -> SignInRefused:
    return SignInRefused("This token is not valid; ask for a new one.", code="TOKEN_NOT_VALID", path=("token",))
