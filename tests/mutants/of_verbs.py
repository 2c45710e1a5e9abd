"""Permissions of verbs, and duties that are separated."""

from __future__ import annotations

from tests.mutants.place import AUTHORIZATION, FENCES, IDENTITY, MATRIX, Place

PLACES = [
    Place(
        "certifying needs its permission",
        "platform/almoner/rates/certify.py",
        "scope.require(Permission.RATE_DEVELOPMENT_CERTIFY, development)",
        "pass",
        (MATRIX, "-k", "those_who_may_not and certifyRateDevelopment"),
    ),
    Place(
        "publishing needs its permission",
        "platform/almoner/rates/publish.py",
        "scope.require(Permission.RATE_DEVELOPMENT_PUBLISH, development)",
        "pass",
        (MATRIX, "-k", "those_who_may_not and publishRateDevelopment"),
    ),
    Place(
        "ending sessions needs its permission",
        f"{IDENTITY}/sessions.py",
        'scope.require("session:revoke", any_of_them)',
        "pass",
        (MATRIX, "-k", "those_who_may_not and revokeSessions"),
    ),
    Place(
        "withdrawing an operation needs its permission",
        "platform/almoner/operations/withdraw.py",
        "scope.require(Permission.REGISTERED_OPERATION_WITHDRAW, operation)",
        "pass",
        (MATRIX, "-k", "those_who_may_not and withdrawOperation"),
    ),
    Place(
        "naming an identity provider needs its permission",
        f"{IDENTITY}/providers.py",
        'scope.require("identity_provider:set")\n    problems',
        "problems",
        (MATRIX, "-k", "those_who_may_not and setIdentityProvider"),
    ),
    Place(
        "applying a change of the policy needs its permission",
        f"{AUTHORIZATION}/change.py",
        '    scope.require(Permission.POLICY_CHANGE)\n    insist_on_a_reason(reason, "Say why the policy changes.")',
        '    insist_on_a_reason(reason, "Say why the policy changes.")',
        ("tests/authorization/test_change.py", FENCES),
    ),
    Place(
        "nobody gives themselves a role",
        f"{AUTHORIZATION}/roles.py",
        'insist_on_another_person(scope, subject_id, act="give yourself a role")',
        "pass",
        ("tests/authorization/test_roles.py",),
    ),
    Place(
        "nobody reviews their own emergency",
        f"{AUTHORIZATION}/break_glass.py",
        'insist_on_another_person(scope, opened.subject_id, act="review your own emergency")',
        "pass",
        ("tests/authorization/test_break_glass.py",),
    ),
    Place(
        "no second emergency before the review",
        f"{AUTHORIZATION}/break_glass.py",
        "    await _insist_on_reviews(scope)\n",
        "",
        ("tests/authorization/test_break_glass.py",),
    ),
    Place(
        "administrators are appointed by who may",
        f"{AUTHORIZATION}/roles.py",
        "    insist_on_appointing(scope, policy, role)\n    await",
        "    await",
        ("tests/authorization/test_roles.py",),
    ),
    Place(
        "the last administrator stays",
        f"{AUTHORIZATION}/roles.py",
        "insist_on_an_administrator(await administrators(scope, policy), policy, without={assignment.id})",
        "pass",
        ("tests/authorization/test_roles.py",),
    ),
    Place(
        "a preview is applied to the policy that it was made from",
        f"{AUTHORIZATION}/change.py",
        "if preview.base != number:",
        "if False:",
        ("tests/authorization/test_change.py",),
    ),
    Place(
        "nobody certifies what they submitted",
        "platform/almoner/rates/certify.py",
        '    insist_on_another_person(scope, revision.submitted_by, act="certify what you submitted yourself")\n',
        "",
        ("tests/rates/test_life.py",),
    ),
    Place(
        "a machine is not delegated to",
        f"{AUTHORIZATION}/delegate.py",
        "elif await is_machine(scope, subject_id):",
        "elif False:",
        ("tests/graphql/test_delegation_api.py",),
    ),
]
