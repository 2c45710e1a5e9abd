"""Changing one's own password."""

from __future__ import annotations

from almoner.core.errors import Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.identity.account_tokens import void_tokens
from almoner.identity.door import Door
from almoner.identity.password_rules import password_problems
from almoner.identity.passwords import hash_secret
from almoner.identity.prove import Credentials, prove_again, require_active
from almoner.identity.sessions import end_sessions_of
from almoner.identity.tables import Account
from almoner.identity.tokens import Identity

_PATH = ("newPassword",)


async def change_password(
    door: Door, identity: Identity, given: Credentials, new_password: str, *, request_id: str
) -> None:
    """Change one's own password, knowing the present one; all other sessions end.

    Raises:
        Unauthenticated, SignInRefused: see `prove_again`; wrong passwords count towards a lock-out here too.
        Invalid: the new password will not do, or is the present one.
    """
    async with door.visitor_scope(identity.tenant_id, request_id) as scope:
        await require_active(scope, identity)
        account = await scope.find(Account, identity.subject_id)
    if account is not None:
        problems = password_problems(new_password, email=account.email, name=account.name, path=_PATH)
        if new_password == given.password:
            problems = [Problem("PASSWORD_UNCHANGED", "This is the password that you have already.", _PATH)]
        if problems:
            raise Invalid(problems)
    hashed = await hash_secret(new_password)
    keep = identity.session_id

    async def change(scope: TenantScope, account: Account, _factors: frozenset[str]) -> None:
        account.password_hash = hashed
        await void_tokens(scope, account.id)
        await end_sessions_of(scope, account.id, reason="the password was changed", keep=keep)
        scope.record("account.password_changed", account)

    await prove_again(door, identity, given, change, request_id=request_id)
