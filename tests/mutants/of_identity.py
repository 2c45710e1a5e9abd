"""Signing in and proving who one is."""

from __future__ import annotations

from tests.mutants.place import FENCES, IDENTITY, Place

PLACES = [
    Place(
        "a step-up takes two factors",
        f"{IDENTITY}/step_up.py",
        "not are_two(proof.factors) or ",
        "",
        (FENCES,),
    ),
    Place(
        "a step-up lasts five minutes",
        f"{IDENTITY}/step_up.py",
        "not proof.at <= scope.now() < proof.at + within",
        "not proof.at <= scope.now()",
        ("tests/identity/test_step_up.py",),
    ),
    Place(
        "who fails too often waits",
        f"{IDENTITY}/prove.py",
        "if is_locked(guard, scope.now()):",
        "if False:",
        ("tests/identity/test_lockout.py",),
    ),
    Place(
        "failures are counted",
        f"{IDENTITY}/guard.py",
        "guard.failures += 1",
        "guard.failures += 0",
        ("tests/identity/test_lockout.py",),
    ),
    Place(
        "a disabled account cannot sign in",
        f"{IDENTITY}/prove.py",
        "proved_hash is None or account.disabled_at or account",
        "proved_hash is None or account",
        ("tests/identity/test_sign_in.py", "tests/identity/test_accounts.py"),
    ),
    Place(
        "a wrong code is refused",
        f"{IDENTITY}/prove.py",
        "if factor is None:",
        "if False:",
        ("tests/identity/test_authenticators.py",),
    ),
    Place(
        "a code is taken once",
        f"{IDENTITY}/authenticators.py",
        "given) and is_fresh:",
        "given):",
        ("tests/identity/test_authenticators.py",),
    ),
    Place(
        "recertification is due",
        f"{IDENTITY}/prove.py",
        "if await is_recertification_due(scope, account):",
        "if False:",
        ("tests/identity/test_recertification.py",),
    ),
    Place(
        "a refresh token that comes twice ends the session",
        f"{IDENTITY}/refresh.py",
        "end_session(scope, session, reason=REUSED)",
        "pass",
        ("tests/identity/test_sessions.py",),
    ),
    Place(
        "a one-time token is good once",
        f"{IDENTITY}/account_tokens.py",
        "row.used_at is not None or ",
        "",
        ("tests/identity/test_accounts.py",),
    ),
    Place(
        "a one-time token ends",
        f"{IDENTITY}/account_tokens.py",
        " or row.expires_at <= scope.now()",
        "",
        ("tests/identity/test_accounts.py",),
    ),
    Place(
        "a sign-in by a provider ends in the browser that began it",
        f"{IDENTITY}/provider_sign_in.py",
        " or not hmac.compare_digest(expected, digest(ticket))",
        "",
        ("tests/identity/test_provider_sign_in.py",),
    ),
]
