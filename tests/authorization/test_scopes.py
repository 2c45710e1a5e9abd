"""A scope's SQL predicate and its Python predicate say the same of every row."""

from __future__ import annotations

import random

import pytest
from sqlalchemy.dialects.postgresql import asyncpg
from sqlmodel import select

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.symbolic import parameters_of, symbolic_viewer
from almoner.authorization.tables import RoleAssignment
from almoner.core.viewer import Held
from almoner.organizations.create_organization import create_organization
from almoner.rates.tables import RateDevelopment

pytestmark = pytest.mark.anyio
ROWS = 60
POLICIES = 40


async def test_sql_and_python_agree_on_which_rows_are_assigned_or_public(tenant, some_policy, some_held, viewing):
    dice = random.Random(1)

    async def both(scope):
        people = [each.subject_id for each in tenant.identities.values()]
        rows = [
            RateDevelopment(
                tenant_id=tenant.id,
                name=f"{number}",
                submitted_by=dice.choice(people),
                submitted_at=scope.now(),
                published_at=dice.choice((None, scope.now())),
            )
            for number in range(ROWS)
        ]
        return await compare(scope, rows, RateDevelopment, dice, some_policy, some_held, viewing)

    assert await tenant.do("actuary", both) > 0


async def test_sql_and_python_agree_on_which_rows_are_an_organizations(tenant, some_policy, some_held, viewing):
    dice = random.Random(2)

    async def both(scope):
        places = [
            (await create_organization(scope, kind="ACO", code=f"A000{number}", name="x")).id for number in range(3)
        ]
        people = [each.subject_id for each in tenant.identities.values()]
        rows = [
            RoleAssignment(
                tenant_id=tenant.id,
                subject_id=dice.choice(people),
                role="x",
                reason="x",
                valid_from=scope.now(),
                organization_id=dice.choice((None, *places)),
            )
            for number in range(ROWS)
        ]
        return await compare(scope, rows, RoleAssignment, dice, some_policy, some_held, viewing, places)

    assert await tenant.do("program_administrator", both) > 0


async def compare(scope, rows, table, dice, some_policy, some_held, viewing, places=()):
    """The number of rows that were allowed in all; under random policies, by SQL, by SQL with parameters, in Python."""
    scope.session.add_all(rows)
    await scope.session.flush()
    ids = [row.id for row in rows]
    permission, authorizer, seen = "rate_development:view", PolicyAuthorizer(), 0
    for _ in range(POLICIES):
        held = [Held(each.role, dice.choice((None, *places))) for each in some_held(dice)]
        viewer = viewing(some_policy(dice), *held, tenant=scope.tenant_id, subject=scope.viewer.subject_id)
        allowed = {row.id for row in rows if authorizer.allows(viewer, permission, row)}
        query = select(table.id).where(table.id.in_(ids), authorizer.rows(viewer, permission, table))
        assert set((await scope.session.execute(query)).scalars()) == allowed
        symbolic = authorizer.rows(symbolic_viewer(viewer.profile), permission, table)
        query = select(table.id).where(table.id.in_(ids), symbolic)
        values = parameters_of(viewer)
        names = set(query.compile(dialect=asyncpg.dialect()).params)
        given = {name: value for name, value in values.items() if name in names}
        assert set((await scope.session.execute(query, given)).scalars()) == allowed
        seen += len(allowed)
    return seen
