"""Step-up: some actions demand that the viewer has just proved who they are, with two factors."""

from __future__ import annotations

from datetime import timedelta

from almoner.core.errors import StepUpRequired
from almoner.core.scope import TenantScope
from almoner.core.viewer import Proof
from almoner.identity.door import Door, SignedIn, now_acts
from almoner.identity.factors import are_two
from almoner.identity.prove import Credentials, prove_again
from almoner.identity.sessions import hand_out, identity_of
from almoner.identity.tables import Account, SignInSession
from almoner.identity.tokens import Identity

STEP_UP_LASTS = timedelta(minutes=5)


def require_step_up(scope: TenantScope, *, within: timedelta = STEP_UP_LASTS) -> Proof:
    """Insist that the viewer proved who they are lately, with two factors. Call it after the permission is checked.

    Returns:
        The proof, for what is kept as evidence.

    Raises:
        StepUpRequired: too long ago, with one factor only, or the viewer is no person with a token.
    """
    proof = scope.viewer.proof
    if proof is None or not are_two(proof.factors) or not proof.at <= scope.now() < proof.at + within:
        minutes = int(within.total_seconds() // 60)
        raise StepUpRequired(f"Prove again who you are, with two factors, and do this within {minutes} minutes.")
    return proof


async def step_up(door: Door, identity: Identity, given: Credentials, *, request_id: str) -> SignedIn:
    """Prove again who one is, with password and code; a fresh access token of the same session that says so.

    Raises:
        Unauthenticated, SignInRefused: see `prove_again`.
    """

    async def freshen(scope: TenantScope, account: Account, factors: frozenset[str]) -> SignedIn:
        session_id = identity.session_id
        session = await scope.find(SignInSession, session_id, lock=True) if session_id else None
        if session is None:
            # A token that the operator signed: it stays without a session, and cannot be refreshed.
            proved = Identity(account.tenant_id, account.id, "account", Proof(scope.now(), factors))
            scope.record("account.stepped_up", account, factors=sorted(factors))
            access = door.keys.issue(proved, scope.now())
            return SignedIn(access.text, access.expires_at, None, access.expires_at)
        session.proved_at = scope.now()
        session.factors = sorted(factors)
        now_acts(scope, identity_of(session))
        scope.record("session.stepped_up", session, factors=session.factors)
        return hand_out(door, scope, session, refreshable=False)

    return await prove_again(door, identity, given, freshen, request_id=request_id, with_code=True)
