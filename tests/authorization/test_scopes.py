"""A scope's SQL predicate and its Python predicate say the same of every row."""

from __future__ import annotations

import random
from dataclasses import astuple, dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

import pytest
from sqlalchemy import ARRAY, Uuid, column, values
from sqlalchemy.dialects.postgresql import asyncpg
from sqlmodel import select

from almoner.authorization.assertions import ask
from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.document import Assertion, Facets
from almoner.authorization.explain import _FACTS
from almoner.authorization.scopes import SCOPES
from almoner.authorization.symbolic import parameters_of, symbolic_viewer
from almoner.authorization.tables import RoleAssignment
from almoner.core.ids import new_id
from almoner.core.tables import INSTANT
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
        await write(scope, rows)
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
        await write(scope, rows)
        return await compare(scope, rows, RoleAssignment, dice, some_policy, some_held, viewing, places)

    assert await tenant.do("program_administrator", both) > 0


SCOPED = ("assigned_to", "owned_by", "public_since", "barred_to")


@dataclass
class Item:
    """A row with a column for each scope."""

    assigned_to: ClassVar = "author_id"
    owned_by: ClassVar = "organization_id"
    public_since: ClassVar = "published_at"
    barred_to: ClassVar = "conflicted"

    tenant_id: UUID
    id: UUID
    author_id: UUID
    organization_id: UUID | None
    published_at: datetime | None
    conflicted: list[UUID]


def table_of(items: list[Item]) -> Any:
    """These rows as a table that a statement brings along."""
    types: dict[str, Any] = {"published_at": INSTANT, "conflicted": ARRAY(Uuid)}
    columns = [column(name, types.get(name, Uuid)) for name in Item.__dataclass_fields__ if name not in SCOPED]
    listed = values(*columns, name="item").data([astuple(item) for item in items])
    return SimpleNamespace(**{name: getattr(Item, name) for name in SCOPED}, **dict(listed.c.items()))


async def test_sql_and_python_agree_on_which_rows_are_barred(tenant, some_policy, some_held, viewing):
    dice = random.Random(3)

    async def both(scope):
        people, places = [each.subject_id for each in tenant.identities.values()], [new_id() for _ in range(3)]
        rows = [
            Item(
                tenant.id,
                new_id(),
                dice.choice(people),
                dice.choice((None, *places)),
                dice.choice((None, scope.now())),
                dice.sample(people, dice.choice((0, 1, len(people)))),
            )
            for _ in range(ROWS)
        ]
        return await compare(scope, rows, table_of(rows), dice, some_policy, some_held, viewing, places)

    assert await tenant.do("actuary", both) > 0


async def test_who_is_barred_is_a_parameter_so_that_all_share_a_profile(small, viewing):
    grants = [("r", "job", "view", "any", "allow"), ("r", "job", "view", "barred", "deny")]
    one, other = (viewing(small(*grants), "r", subject=new_id()) for _ in range(2))
    item: Any = Item(one.tenant_id, new_id(), new_id(), None, None, [one.subject_id])
    allowed = [PolicyAuthorizer().allows(viewer, "job:view", item) for viewer in (one, other)]
    assert allowed == [False, True]
    assert one.profile is other.profile
    sql = str(PolicyAuthorizer().rows(symbolic_viewer(one.profile), "job:view", table_of([item])))
    assert ":subject = ANY (item.conflicted)" in sql


@pytest.mark.parametrize(("row", "allowed"), [((), True), (("own", "public"), True), (("public", "barred"), False)])
def test_an_assertion_says_who_is_barred(small, row, allowed):
    policy = small(("r", "job", "view", "any", "allow"), ("r", "job", "view", "barred", "deny"))
    assert ask(policy, Assertion(("r",), "job:view", allowed, "x", row)).kept


def test_every_scope_is_a_fact_of_a_row_and_has_words_for_why():
    assert {*Facets} == {*SCOPES} - {"any"}
    assert {*_FACTS} == {*SCOPES} - {"own"}


async def write(scope, rows):
    """Put rows into their table."""
    scope.session.add_all(rows)
    await scope.session.flush()


async def compare(scope, rows, table, dice, some_policy, some_held, viewing, places=()):
    """The number of rows that were allowed in all; under random policies, by SQL, by SQL with parameters, in Python."""
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
