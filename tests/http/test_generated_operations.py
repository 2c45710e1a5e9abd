"""Operations that a machine made from the schema are answered or refused, but never bring anything down."""

from __future__ import annotations

import json
import os
from collections import Counter

import httpx
import pytest
import schemathesis
from graphql import build_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from almoner.core.ids import global_id
from almoner.rates.submit import submit_rate_development
from almoner.rates.synthetic import synthetic
from almoner_graphql.schema import FILE

#: Of each field of each root, for each token; more by `ALMONER_GENERATED=200 …`.
EXAMPLES = int(os.environ.get("ALMONER_GENERATED", "6"))

days = st.dates().map(str)
schemathesis.graphql.scalar("Date", (days | st.text()).map(nodes.String))
schemathesis.graphql.scalar("DateTime", (days.map("{}T00:00:00Z".format) | st.text()).map(nodes.String))
schemathesis.graphql.scalar("Decimal", (st.decimals().map(str) | st.text()).map(nodes.String))
# The ids of things that there are, which are made later, and whatever else comes to mind.
schemathesis.graphql.scalar("ID", (st.sampled_from(["a-development", "a-job"]) | st.text()).map(nodes.String))

SCHEMA = schemathesis.graphql.from_path(FILE)
OPERATIONS = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)}
ROLES = ("integrator", "program_administrator")


def test_there_are_operations_for_every_root_field():
    schema = build_schema(FILE.read_text(encoding="utf-8"))
    roots = [root for root in (schema.query_type, schema.mutation_type) if root is not None]
    assert set(OPERATIONS) == {f"{root.name}.{field}" for root in roots for field in root.fields}


@pytest.mark.anyio
@pytest.mark.parametrize("name", OPERATIONS)
async def test_generated_operations_never_fail_for_a_reason_of_ours(server, tenant, name):
    development, job = await tenant.do("integrator", submit_rate_development, synthetic(1, 2))
    real = {"a-development": global_id("RateDevelopment", development.id), "a-job": global_id("Job", job.id)}
    seen: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=OPERATIONS[name].as_strategy())
    def send(case):
        query = case.body if isinstance(case.body, str) else case.body["query"]
        for placeholder, id_ in real.items():
            query = query.replace(f'"{placeholder}"', f'"{id_}"')
        for role in ROLES:
            headers = {"Authorization": f"Bearer {tenant.token(role)}", "Content-Type": "application/json"}
            response = client.post("/graphql", content=json.dumps({"query": query}), headers=headers)
            assert response.status_code < 500, f"{role}: {query}\n{response.text}"
            codes = [error["extensions"]["code"] for error in response.json().get("errors", ())]
            assert "INTERNAL" not in codes, f"{role}: {query}\n{response.text}"
            seen.update(codes or ["OK"])

    with httpx.Client(base_url=server, timeout=60) as client:
        send()
    assert seen
    print(name, dict(seen))  # noqa: T201  # shown by `pytest -s`
