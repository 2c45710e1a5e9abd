"""What is read after a mutation is what a query would give: the same declarations, and the same oracle."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from graphql import GraphQLError
from tests.planner.generated import SEED
from tests.planner.oracle import roles
from tests.planner.oracle.engine import Oracle, Thing
from tests.planner.oracle.product import World, fields_of
from tests.planner.test_two_roads import samples
from tests.planner.writer import Writer

from almoner.authorization.tables import BreakGlass, RoleAssignment
from almoner.jobs.tables import Job
from almoner.rates.tables import RateDevelopment
from almoner.tenancy.tables import Period, Program
from almoner_graphql.gate import Refusal
from almoner_graphql.schema import printed_schema

pytestmark = pytest.mark.anyio

EACH = 10
GIVEN: dict[str, dict[str, Any]] = {
    'retryJob(id: "x")': {"job": Job},
    'publishRateDevelopment(id: "x")': {"rate_development": RateDevelopment},
    'assignRole(subject: "x", role: "x", reason: "x")': {"assignment": RoleAssignment},
    'reviewBreakGlass(id: "x", justified: true, finding: "x")': {"break_glass": BreakGlass},
    'createProgram(code: "x", name: "x")': {"program": Program},
    'createPeriod(program: "x", label: "x", beginOn: "2000-01-01", untilOn: "2000-01-02")': {"period": Period},
}


@pytest.fixture(scope="module")
async def written(roads):
    """The world, and what arguments are made of."""
    return await World.load(roads.house, roads.tenant.id), await samples(roads)


@pytest.mark.parametrize("role", ["program_administrator", "integrator"])
@pytest.mark.parametrize("mutation", GIVEN)
async def test_a_payload_is_read_as_a_query_would_read_it(roads, written, mutation, role):
    world, arguments = written
    random = Random(SEED)
    compared = 0
    for _time in range(EACH):
        operation = Writer(random, roads.oracle.schema, arguments).payload(mutation)
        rows = {name: random.choice(world.rows[table]) for name, table in GIVEN[mutation].items()}
        roads.oracle = _with_payload(world, mutation, rows)
        where = f"seed {SEED}, {role}: {operation}"
        try:
            given = {name: row.id for name, row in rows.items()}
            answer = await roads.payload(operation.text, role, operation.variables, **given)
        except (Refusal, GraphQLError) as refused:
            if "exceeds the limit" in str(refused):
                continue
            raise
        slow = await roads.expected(operation.text, role, **operation.variables)
        ((_key, expected),) = slow.data.items()
        assert json.dumps(json.loads(answer.json)) == json.dumps(expected), where
        assert slow.withheld <= set(answer.plan.redacted), where
        compared += 1
    assert compared >= 0.8 * EACH


def _with_payload(world: World, mutation: str, rows: dict[str, Any]) -> Oracle:
    """An oracle for which the mutation was done, and gave these rows as far as the viewer sees them."""
    views: dict[Any, str] = {Job: "job:view", RateDevelopment: "rate_development:view", **roles.VIEW}

    def payload(call: Any) -> dict[str, Any]:
        seen = {
            _camel(name): Thing(type(row).__name__, row)
            if roles.is_seen(call, views.get(type(row), "program:view"), row)
            else None
            for name, row in rows.items()
        }
        return {**seen, "problems": []}

    return Oracle(printed_schema(), {**fields_of(world), f"Mutation.{mutation.partition('(')[0]}": payload})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
