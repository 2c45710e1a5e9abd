"""A scope's SQL predicate and its Python predicate say the same of every row."""

from __future__ import annotations

import pytest
from sqlmodel import select

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.permissions import Permission
from almoner.authorization.policy import Policy, built_in_policy
from almoner.rates.tables import RateDevelopment

pytestmark = pytest.mark.anyio

RIGHTS = [
    [("r", "rate_development", "view", "any", "allow")],
    [("r", "rate_development", "view", "assigned", "allow")],
    [("r", "rate_development", "view", "any", "allow"), ("r", "rate_development", "view", "assigned", "deny")],
    [("r", "rate_development", "view", "assigned", "allow"), ("r", "rate_development", "view", "any", "deny")],
    [("r", "rate_development", "view", "any", "deny")],
    [],
]


@pytest.mark.parametrize("grants", RIGHTS, ids=lambda grants: " ".join(f"{grant[4]}-{grant[3]}" for grant in grants))
async def test_sql_and_python_agree_on_which_rows(tenant, grants):
    authorizer = PolicyAuthorizer(Policy(built_in_policy().model, tuple(grants), "test"))

    async def both(scope):
        me = scope.viewer.subject_id
        people = [me, tenant.identities["integrator"].subject_id, tenant.identities["auditor"].subject_id, me]
        rows = [
            RateDevelopment(tenant_id=tenant.id, name=f"{n}", submitted_by=person, submitted_at=scope.now())
            for n, person in enumerate(people)
        ]
        scope.session.add_all(rows)
        await scope.session.flush()
        viewer = type(scope.viewer)(tenant.id, me, "account", frozenset({"r"}), "test")
        condition = authorizer.rows(viewer, Permission.RATE_DEVELOPMENT_VIEW, RateDevelopment)
        found = (await scope.session.execute(select(RateDevelopment.name).where(condition))).scalars().all()
        allowed = [row.name for row in rows if authorizer.allows(viewer, Permission.RATE_DEVELOPMENT_VIEW, row)]
        return sorted(found), allowed

    in_sql, in_python = await tenant.do("actuary", both)
    assert in_sql == in_python
