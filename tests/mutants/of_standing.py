"""Whether who asks may ask at all, at this moment."""

from __future__ import annotations

from tests.mutants.place import AUTHORIZATION, FENCES, IDENTITY, READER, Place

PLACES = [
    Place(
        "a role that was taken away is gone",
        f"{AUTHORIZATION}/standing.py",
        "{alias}.ended_at is null and ",
        "",
        ("tests/authorization/test_roles.py",),
    ),
    Place(
        "a role ends by the clock",
        f"{AUTHORIZATION}/standing.py",
        "and ({alias}.valid_until is null or {alias}.valid_until > {now})",
        "",
        ("tests/authorization/test_roles.py", "tests/authorization/test_break_glass.py"),
    ),
    Place(
        "a delegated role ends with the delegator's",
        f"{AUTHORIZATION}/standing.py",
        "source_id is null or exists (",
        "true or exists (",
        ("tests/authorization/test_roles.py",),
    ),
    Place(
        "a read stands on rights as they are now",
        READER,
        "if now == seen.standing:",
        "if True:",
        ("tests/planner/test_reader.py",),
    ),
    Place(
        "a read refuses who is not active",
        READER,
        "if not is_active:",
        "if False:",
        ("tests/graphql/test_sessions.py", "tests/graphql/test_identity.py"),
    ),
    Place(
        "it is asked whether the account is disabled",
        f"{IDENTITY}/standing.py",
        " and id = {subject} and disabled_at is null",
        " and id = {subject}",
        ("tests/graphql/test_sessions.py", "tests/graphql/test_identity.py", FENCES),
    ),
    Place(
        "it is asked whether the session was revoked",
        f"{IDENTITY}/standing.py",
        "and revoked_at is null and expires_at > {now}",
        "and expires_at > {now}",
        ("tests/identity/test_sessions.py", "tests/graphql/test_sessions.py"),
    ),
    Place(
        "it is asked whether the session is over",
        f"{IDENTITY}/standing.py",
        "and revoked_at is null and expires_at > {now}",
        "and revoked_at is null",
        ("tests/identity/test_sessions.py", FENCES),
    ),
    Place(
        "a session belongs to its subject",
        f"{IDENTITY}/standing.py",
        "and id = {session} and subject_id = {subject}",
        "and id = {session}",
        (FENCES,),
    ),
    Place(
        "a verified token is good until it ends",
        f"{IDENTITY}/tokens.py",
        "if known is not None and now < known.expires_at:",
        "if known is not None:",
        ("tests/identity/test_tokens.py",),
    ),
    Place(
        "a token is for this house",
        f"{IDENTITY}/tokens.py",
        '                aud={"essential": True, "value": self._audience},\n',
        "",
        ("tests/identity/test_tokens.py",),
    ),
    Place(
        "a read stands on the version that is insisted on",
        READER,
        "            if number < caller.at_least:\n",
        "            if False:\n",
        ("tests/graphql/test_policy_version.py",),
    ),
    Place(
        "a mutation stands on the version that is insisted on",
        READER,
        "        if number < self.at_least:\n",
        "        if False:\n",
        ("tests/graphql/test_policy_version.py",),
    ),
]
