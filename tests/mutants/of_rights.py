"""Tenants, scopes, and what rights rest on."""

from __future__ import annotations

from tests.mutants.place import AUTHORIZATION, FENCES, IDENTITY, MATRIX, Place

PLACES = [
    Place(
        "a verb finds rows of its tenant only",
        "platform/almoner/core/scope.py",
        "            col(table.tenant_id) == self.tenant_id,\n",
        "",
        (FENCES,),
    ),
    Place(
        "a planned list has rows of the tenant only",
        f"{AUTHORIZATION}/authorizer.py",
        "and_(col(table.tenant_id) == viewer.tenant_id, or_(*allowed), *denied)",
        "and_(or_(*allowed), *denied)",
        (FENCES,),
    ),
    Place(
        "a permission is for rows of the tenant only",
        f"{AUTHORIZATION}/authorizer.py",
        "row.tenant_id == viewer.tenant_id and ",
        "",
        (FENCES, "tests/authorization/test_scopes.py"),
    ),
    Place(
        "a planned relation has rows of the parent's tenant only",
        "graphql/almoner_graphql/planner/sources.py",
        "(row.tenant_id == parent.tenant_id, *conditions), tuple(ordered)",
        "conditions, tuple(ordered)",
        (FENCES,),
    ),
    Place(
        "what is sealed opens for its tenant only",
        f"{IDENTITY}/sealing.py",
        'purpose.encode() + b" " + tenant_id.bytes',
        "purpose.encode()",
        ("tests/identity/test_authenticators.py", FENCES),
    ),
    Place(
        "a global id is of the type that is wanted",
        "platform/almoner/core/ids.py",
        "if found != type_name:",
        "if False:",
        (FENCES,),
    ),
    Place(
        "a row that may not be seen does not exist",
        "platform/almoner/core/scope.py",
        "if row is None or not self.allows(permission, row):",
        "if row is None:",
        (MATRIX, "-k", "those_who_may_not"),
    ),
    Place(
        "`scope.require` insists",
        "platform/almoner/core/scope.py",
        "if not self.allows(permission, row):\n            raise Denied",
        "if False:\n            raise Denied",
        (MATRIX, "-k", "those_who_may_not"),
    ),
    Place(
        "a refusing grant wins",
        f"{AUTHORIZATION}/authorizer.py",
        "if SCOPES[name].holds(viewer, facts, rights.own_deny):",
        "if False:",
        ("tests/authorization/test_differential.py", "tests/authorization/test_scopes.py"),
    ),
    Place(
        "a refusing grant wins in SQL",
        f"{AUTHORIZATION}/authorizer.py",
        "or_(*allowed), *denied)",
        "or_(*allowed))",
        ("tests/authorization/test_scopes.py",),
    ),
    Place(
        "`assigned` is about one's own rows",
        f"{AUTHORIZATION}/scopes.py",
        "return column == viewer.subject_id",
        "return true()",
        ("tests/authorization/test_scopes.py",),
    ),
    Place(
        "`own` is about one's organization's rows",
        f"{AUTHORIZATION}/scopes.py",
        "return column == any_(values)",
        "return true()",
        ("tests/authorization/test_scopes.py",),
    ),
    Place(
        "`public` is about what is published",
        f"{AUTHORIZATION}/scopes.py",
        "return column.is_not(None)",
        "return true()",
        ("tests/authorization/test_scopes.py",),
    ),
    Place(
        "`barred` is about who is named",
        f"{AUTHORIZATION}/scopes.py",
        "return any_(column) == viewer.subject_id",
        "return false()",
        ("tests/authorization/test_scopes.py",),
    ),
    Place(
        "what a refusal leaves open is not refused away",
        f"{AUTHORIZATION}/scopes.py",
        "not_(func.coalesce(predicate, false()))",
        "not_(predicate)",
        (FENCES,),
    ),
    Place(
        "deny wins in casbin's model",
        "policies/almoner_policies/model.conf",
        " && !some(where (p.eft == deny))",
        "",
        ("tests/authorization/test_differential.py",),
    ),
    Place(
        "who certifies rates does not audit them",
        "policies/almoner_policies/separations.csv",
        "actuary,auditor,who certifies rates does not audit them\n",
        "",
        (FENCES, "tests/authorization"),
    ),
    Place(
        "only an actuary certifies",
        "policies/almoner_policies/rates.csv",
        "actuary,rate_development,certify",
        "program_administrator,rate_development,certify",
        (MATRIX, "-k", "certifyRateDevelopment"),
    ),
]
