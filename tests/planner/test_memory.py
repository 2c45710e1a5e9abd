"""What is remembered of documents, plans and viewers stays within its bounds, whoever sends what."""

from __future__ import annotations

import gc
import os
from typing import Any

import psutil
import pytest

from almoner.authorization.policy import built_in_policy
from almoner_graphql.gate import Gate
from almoner_graphql.planner.plan import Plans
from almoner_graphql.schema import AlmonerSchema, build_schema

pytestmark = pytest.mark.anyio

ACTUARY = built_in_policy().profile(frozenset({"actuary"}))
#: A developer's run should not wait for as many as `.ci/run` asks for.
DOCUMENTS = 10_000 if os.environ.get("CI") == "true" else 1_500


def planned(schema: AlmonerSchema, plans: Plans, gate: Gate, number: int) -> None:
    text = f"{{ a{number}: programs {{ id name b{number}: code }} }}"
    operation = gate.document(text, None).operation(None)
    assert operation is not None
    plans.query(operation, plans.variables(operation, None), ACTUARY)


@pytest.fixture
def schema() -> AlmonerSchema:
    return build_schema(open_schema=True)


async def test_plans_of_ever_new_documents_stay_within_their_bound(house, schema):
    plans = Plans(schema.catalog, house.authorizer, size=20_000)
    gate = Gate(schema._schema, open_schema=True)
    for number in range(100):
        planned(schema, plans, gate, number)
    assert 0 < len(plans) < 60
    assert plans._plans.weight <= 20_000


async def test_very_many_different_documents_leave_bounded_memory(house, schema, monkeypatch):
    monkeypatch.setattr("almoner_graphql.gate._MAX_REMEMBERED_CHARACTERS", 20_000)
    plans = Plans(schema.catalog, house.authorizer, size=100_000)
    gate = Gate(schema._schema, open_schema=True)
    process, before = psutil.Process(), 0
    for number in range(DOCUMENTS):
        if number == DOCUMENTS // 2:
            gc.collect()
            before = process.memory_info().rss
        planned(schema, plans, gate, number)
    gc.collect()
    assert plans._plans.weight <= 100_000
    assert gate.remembered <= 20_000
    # All plans of the second half would take some 5 KB of SQL each, ten times that in memory.
    assert process.memory_info().rss - before < 30_000_000


async def test_documents_that_are_refused_leave_nothing_behind(schema):
    gate = Gate(schema._schema, open_schema=True)
    for number in range(200):
        with pytest.raises(Exception, match="Cannot query field"):
            gate.document(f"{{ nothing{number} }}", None)
    assert gate.remembered == 0


async def test_a_plan_that_alone_exceeds_the_bound_is_not_kept_and_still_answers(house, schema):
    plans = Plans(schema.catalog, house.authorizer, size=10)
    planned(schema, plans, Gate(schema._schema, open_schema=True), 1)
    assert len(plans) == 0


async def test_operation_names_that_nobody_has_are_not_remembered(schema):
    document = Gate(schema._schema, open_schema=True).document("query A { viewer { id } }", None)
    for number in range(1000):
        assert document.operation(f"B{number}") is None
    assert document.operation("A") is document.operation("A")
    assert len(document._operations) == 1


async def test_a_plan_is_for_one_profile(house, schema):
    plans = Plans(schema.catalog, house.authorizer)
    operation: Any = Gate(schema._schema, open_schema=True).document("{ jobs { nodes { id } } }", None).operation(None)
    values = plans.variables(operation, None)
    made = {
        roles: plans.query(operation, values, built_in_policy().profile(frozenset(roles))).sql
        for roles in ((), ("actuary",), ("integrator",))
    }
    assert len(set(made.values())) == 3
    assert plans.query(operation, values, ACTUARY) is plans.query(operation, values, ACTUARY)
