"""Refresh tokens, which rotate, and revocation of whatever token (RFC 7009)."""

from __future__ import annotations

from sqlmodel import col, select

from almoner.core.errors import SignInRefused, Unauthenticated
from almoner.core.scope import TenantScope
from almoner.identity.door import Door, SignedIn, now_acts
from almoner.identity.opaque import digest, tenant_of
from almoner.identity.sessions import SIGNED_OUT, end_session, hand_out, identity_of
from almoner.identity.standing import may_go_on
from almoner.identity.tables import RefreshToken, SignInSession

_REFUSED = "The refresh token is not valid; sign in again."
REUSED = "a refresh token was used twice"


async def refresh(door: Door, token: str, *, request_id: str) -> SignedIn:
    """New tokens of the session that a refresh token belongs to; the old one is used up.

    A token that was used up before means that two hold it, one of whom stole it: the whole session is revoked, at once
    and for both.

    Raises:
        SignInRefused: unknown, used up, of a session that is over, or of an account that cannot sign in; never says
            which.
    """
    tenant_id = tenant_of(token)
    fresh = None
    if tenant_id is not None:
        async with door.visitor_scope(tenant_id, request_id) as scope:
            fresh = await _turn(door, scope, token)
    if fresh is None:
        # After the transaction: what a stolen token has brought about is to be committed.
        raise SignInRefused(_REFUSED, code="TOKEN_NOT_VALID")
    return fresh


async def _turn(door: Door, scope: TenantScope, text: str) -> SignedIn | None:
    found = await _find(scope, text)
    if found is None:
        return None
    session, token = found
    if session.revoked_at is not None or session.expires_at <= scope.now():
        return None
    if token.used_at is not None:
        end_session(scope, session, reason=REUSED)
        return None
    identity = identity_of(session)
    if not await may_go_on(scope, identity):
        return None
    token.used_at = scope.now()
    now_acts(scope, identity)
    scope.record("session.refreshed", session)
    return hand_out(door, scope, session)


async def _find(scope: TenantScope, text: str) -> tuple[SignInSession, RefreshToken] | None:
    """The session of a refresh token, held until the transaction ends, and the token."""
    query = select(RefreshToken).where(
        col(RefreshToken.tenant_id) == scope.tenant_id, col(RefreshToken.token_hash) == digest(text)
    )
    token = (await scope.session.execute(query)).scalar_one_or_none()
    if token is None:
        return None
    session = await scope.find(SignInSession, token.session_id, lock=True)
    if session is None:
        return None
    # Two who come at once take turns at the session; the second one must see what the first has done.
    await scope.session.refresh(token)
    return session, token


async def revoke_token(door: Door, token: str, *, request_id: str) -> None:
    """End the session of a refresh token or an access token.

    One that is not valid is revoked enough (RFC 7009, section 2.2).
    """
    tenant_id = tenant_of(token)
    if tenant_id is not None:
        async with door.visitor_scope(tenant_id, request_id) as scope:
            found = await _find(scope, token)
            if found is not None:
                _end(scope, found[0])
        return
    try:
        identity = door.keys.verify(token, door.clock()).identity
    except Unauthenticated:
        return
    if identity.session_id is None:
        return
    async with door.visitor_scope(identity.tenant_id, request_id) as scope:
        session = await scope.find(SignInSession, identity.session_id, lock=True)
        if session is not None:
            _end(scope, session)


def _end(scope: TenantScope, session: SignInSession) -> None:
    now_acts(scope, identity_of(session))
    end_session(scope, session, reason=SIGNED_OUT)
