"""Runs the code of `docs/planner.md` in a process of its own, since tables can be declared once only.

Prints JSON: `problems`, what the check says of the page as it stands and of each mistake, and `cost`, of a query.
"""

from __future__ import annotations

import json
import re
import sys
import types
from pathlib import Path
from textwrap import indent
from typing import Any

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.core.viewer import Profile, Rights
from almoner_graphql.planner.catalog import BadDeclaration
from almoner_graphql.planner.plan import Plan, Plans
from almoner_graphql.schema import AlmonerSchema

PAGE = Path(__file__).parents[2] / "docs" / "planner.md"
#: What the page says is written, and how its code is changed to that.
MISTAKES = {
    "title": ("    code: str = ", '    title: str = strawberry.field(description="x")\n    code: str = '),
    "clinc_id": ("visit.clinic_id ==", "visit.clinc_id =="),
    "closed_on": (
        "    code: str = ",
        '    closed_on: date = strawberry.field(description="x")\n    code: str = ',
    ),
    "findings": ("findings: str | None = ", "findings: str = "),
    "program": ("program: Program | None = ", "program: Program = "),
    "latest": ("latest: list[Visit] = ", "latest: Visit = "),
    "order": (", order=lambda visit: visit.made_on.desc()", ""),
    "key": ('key="code"', 'key="closed_on"'),
    "filter": ('key="code"', 'key="closed_on"'),
}
ROOTS = """
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast
from uuid import uuid4

from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.clinics.types import *
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation, subscription
from almoner_graphql.follow import follow
from almoner_graphql.planner.declare import by_id
from almoner_graphql.problems import answered, attempt
from almoner_graphql.tenancy.queries import TenancyQueries

@strawberry.type
class Query(ClinicQueries, TenancyQueries):
    node: Node | None = by_id(description="x")

@strawberry.type
class Mutation:
    @mutation(description="x")
    async def close_clinic(self, info: Info, id: strawberry.ID) -> CloseClinicPayload:
        async def close_clinic(scope, clinic_id):
            return await scope.get(tables.Clinic, clinic_id, "clinic:view")
{verb}

@strawberry.type
class Subscription:
    @subscription(description="x")
    async def clinic_changed(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Clinic, None]:
        clinic_id = row_id_of("Clinic", id)
{event}
"""


def blocks(page: str) -> list[str]:
    """The code of the page, in order."""
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


def module(name: str, code: str) -> types.ModuleType:
    """A module with this code, where imports find it."""
    parent, _, child = name.rpartition(".")
    if parent not in sys.modules:
        module(parent, "")
    made = sys.modules[name] = types.ModuleType(name)
    setattr(sys.modules[parent], child, made)
    exec(compile(code, name, "exec"), made.__dict__)
    return made


def named(block: str) -> tuple[str, str]:
    """The name of the module that a block says it stands in, and its code."""
    path, _, code = block.partition("\n")
    return path.split("/", 1)[1].removesuffix(".py").replace("/", "."), code


def schema_of(written: list[str]) -> AlmonerSchema:
    """The schema of the types that are written.

    Raises:
        BadDeclaration: see `planner/check.py`.
    """
    types_, verb, event = written
    module(*named(types_))
    code = ROOTS.format(verb=indent(verb, " " * 8), event=indent(event, " " * 8))
    roots: Any = module("almoner_graphql.clinics.roots", code)
    return AlmonerSchema(query=roots.Query, mutation=roots.Mutation, subscription=roots.Subscription, open_schema=True)


def problems_of(written: list[str]) -> list[str]:
    """What the check says of them."""
    try:
        schema_of(written)
    except BadDeclaration as refused:
        return refused.problems
    return []


def plan_of(schema: AlmonerSchema, query: str) -> tuple[Plan, int]:
    """The plan of a query for somebody who may see everything here, and its cost."""
    everywhere = Rights(frozenset({"any"}), frozenset())
    profile = Profile("page", {f"{one}:view": everywhere for one in ("clinic", "visit.findings", "program")})
    plans = Plans(schema.catalog, PolicyAuthorizer())
    operation = schema.gate.document(query, None).operation(None)
    assert operation is not None
    values = plans.variables(operation, None)
    plan = plans.query(operation, values, profile)
    return plan, plan.cost.requested(plan.parameters(values, {}))


def main() -> None:
    """Print what the test wants to know."""
    tables, *written = blocks(PAGE.read_text(encoding="utf-8"))
    module(*named(tables))
    said = {"": problems_of(written)}
    for mistake, (right, wrong) in MISTAKES.items():
        said[mistake] = problems_of([block.replace(right, wrong, 1) for block in written])
    query = "{ clinics(first: 10) { nodes { latest { madeOn } } } }"
    _, cost = plan_of(schema_of(written), query)
    json.dump({"problems": said, "cost": {query: cost}}, sys.stdout)


if __name__ == "__main__":
    main()
