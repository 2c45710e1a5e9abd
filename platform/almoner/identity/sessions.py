"""Sessions: what begins with a sign-in and ends by its time, a sign-out, or a revocation."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select, update

from almoner.core.errors import Conflict, NotFound
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason
from almoner.core.viewer import Proof
from almoner.identity.door import Door, SignedIn, now_acts
from almoner.identity.opaque import digest, new_opaque
from almoner.identity.tables import Account, RefreshToken, ServiceAccount, SignInSession
from almoner.identity.tokens import Identity

SIGNED_OUT = "signed out"


async def start_session(
    door: Door,
    scope: TenantScope,
    subject: Identity,
    factors: AbstractSet[str],
    *,
    refreshable: bool,
    proved_at: datetime | None = None,
) -> SignedIn:
    """Begin a session of somebody who has proved who they are, now or at `proved_at`, and hand its first tokens out."""
    # A token lifetime longer than the session's would be cut off by it; whoever sets such a lifetime means it.
    lifetime = max(door.session_lifetime, door.keys.lifetime)
    session = SignInSession(
        tenant_id=subject.tenant_id,
        subject_id=subject.subject_id,
        subject_kind=subject.kind,
        proved_at=proved_at or scope.now(),
        factors=sorted(factors),
        begun_at=scope.now(),
        expires_at=scope.now() + lifetime,
    )
    scope.session.add(session)
    await scope.session.flush()
    await _note_sign_in(scope, subject)
    now_acts(scope, identity_of(session))
    scope.record("session.started", session, factors=session.factors)
    return hand_out(door, scope, session, refreshable=refreshable)


async def _note_sign_in(scope: TenantScope, subject: Identity) -> None:
    """Sessions are removed some time after their end; when somebody signed in last is known for good."""
    table: type[Account | ServiceAccount] = Account if subject.kind == "account" else ServiceAccount
    noted = update(table).where(col(table.tenant_id) == subject.tenant_id, col(table.id) == subject.subject_id)
    await scope.session.execute(noted.values(last_signed_in_at=scope.now()))


def hand_out(door: Door, scope: TenantScope, session: SignInSession, *, refreshable: bool = True) -> SignedIn:
    """New tokens of a session."""
    token = None
    if refreshable:
        token = new_opaque(session.tenant_id)
        scope.session.add(RefreshToken(tenant_id=session.tenant_id, session_id=session.id, token_hash=digest(token)))
    access = door.keys.issue(identity_of(session), scope.now(), until=session.expires_at)
    return SignedIn(access.text, access.expires_at, token, session.expires_at)


def identity_of(session: SignInSession) -> Identity:
    """Who acts in a session, with the proof that it holds."""
    proof = Proof(session.proved_at, frozenset(session.factors), session.id)
    return Identity(session.tenant_id, session.subject_id, session.subject_kind, proof)


def end_session(scope: TenantScope, session: SignInSession, *, reason: str) -> None:
    """Revoke a session; its access tokens are refused from the next request on. An ended one stays as it is."""
    if session.revoked_at is None:
        session.revoked_at = scope.now()
        scope.record("session.revoked", session, reason=reason, holder=str(session.subject_id))


async def end_sessions_of(scope: TenantScope, subject_id: UUID, *, reason: str, keep: UUID | None = None) -> int:
    """Revoke all sessions of a subject that are not over, except the one to keep; how many these were."""
    query = select(SignInSession).where(
        col(SignInSession.tenant_id) == scope.tenant_id,
        col(SignInSession.subject_id) == subject_id,
        col(SignInSession.revoked_at).is_(None),
        col(SignInSession.expires_at) > scope.now(),
    )
    sessions = [each for each in (await scope.session.execute(query.with_for_update())).scalars() if each.id != keep]
    for session in sessions:
        end_session(scope, session, reason=reason)
    return len(sessions)


async def sign_out(scope: TenantScope) -> SignInSession:
    """End the session that the viewer's token belongs to.

    Raises:
        Conflict: the token belongs to none, because the operator signed it.
    """
    proof = scope.viewer.proof
    session = None
    if proof is not None and proof.session_id is not None:
        session = await scope.find(SignInSession, proof.session_id, lock=True)
    if session is None:
        raise Conflict("This token belongs to no session; it ends by its time.", code="NO_SESSION")
    end_session(scope, session, reason=SIGNED_OUT)
    return session


async def revoke_session(scope: TenantScope, session_id: UUID, *, reason: str) -> SignInSession:
    """End a session.

    Raises:
        NotFound: there is none for which the viewer holds `session:revoke`.
        Invalid: no reason.
    """
    session = await scope.get(SignInSession, session_id, "session:revoke", lock=True)
    require_reason(reason)
    end_session(scope, session, reason=reason)
    return session


async def revoke_sessions(scope: TenantScope, subject_id: UUID, *, reason: str) -> int:
    """End all sessions of an account or a service account; how many these were.

    Raises:
        NotFound: there is no such account in this tenant.
        Denied: the viewer lacks `session:revoke`, for these sessions.
        Invalid: no reason.
    """
    any_of_them = SignInSession(
        tenant_id=scope.tenant_id,
        subject_id=subject_id,
        subject_kind="account",
        proved_at=scope.now(),
        factors=[],
        expires_at=scope.now(),
    )
    subject = await scope.find(Account, subject_id) or await scope.find(ServiceAccount, subject_id)
    if subject is None:
        raise NotFound("There is nothing with this id.")
    scope.require("session:revoke", any_of_them)
    require_reason(reason)
    return await end_sessions_of(scope, subject_id, reason=reason)
