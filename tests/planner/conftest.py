"""Both roads for one tenant: the planner's statement, and graphql-core with its resolvers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from graphql import parse

from almoner.rates.certify import certify_rate_development
from almoner.rates.submit import CALCULATE, submit_rate_development
from almoner.rates.unlock import unlock_rate_development
from almoner.tenancy.programs import create_period, create_program
from almoner.wiring import House
from almoner_graphql.context import Context
from almoner_graphql.job_changes import JobChanges
from almoner_graphql.planner.plan import Plans
from almoner_graphql.planner.reader import Reader
from almoner_graphql.schema import build_schema
from almoner_workers.rates import WORK
from almoner_workers.runtime import Runtime


@dataclass
class Roads:
    """The same query down both roads."""

    house: House
    reader: Reader
    tenant: Any

    async def quick(self, text: str, role: str = "actuary", **variables: Any) -> Any:
        """By the planner.

        Raises:
            SlowRoad: the planner leaves it to the slow road.
        """
        query = self.reader.remember(text, parse(text), None)
        assert query is not None
        data, _plan = await self.reader.answer(query, variables, self.tenant.identities[role])
        return json.loads(data)

    async def slow(self, text: str, role: str = "actuary", **variables: Any) -> Any:
        """By graphql-core and the resolvers; None if the operation exceeds a limit, so that it would never be run."""
        token = self.house.keys.verify(self.tenant.token(role), self.house.clock())
        context = Context(self.house, JobChanges(self.house.database.url), "test-slow", token)
        result = await build_schema(open_schema=True).execute(text, variable_values=variables, context_value=context)
        if result.errors and all((error.extensions or {}).get("code") == "LIMIT_EXCEEDED" for error in result.errors):
            return None
        assert result.errors is None, result.errors
        return result.data


@pytest.fixture
async def roads(house: House, tenant: Any) -> AsyncIterator[Roads]:
    """Both roads, over a tenant in which much has happened."""
    schema = build_schema(open_schema=True)
    reader = Reader(house, Plans(schema._schema, house.authorizer), pool_size=2)
    await reader.open()
    await _live(house, tenant)
    yield Roads(house, reader, tenant)
    await reader.close()


async def _live(house: House, tenant: Any) -> None:
    package = json.loads(files("almoner.rates").joinpath("samples/sfy10-package.json").read_text(encoding="utf-8"))
    program = await tenant.do("program_administrator", create_program, code="title-xxi", name="Title XXI")
    for year in (1969, 2009):
        await tenant.do(
            "program_administrator",
            create_period,
            program.id,
            label=f"SFY{year}",
            begin_on=date(year, 7, 1),
            until_on=date(year + 1, 7, 1),
        )
    development, job = await tenant.do("integrator", submit_rate_development, package)
    await Runtime(house, lease_seconds=30).look_at(tenant.id, job.id, WORK[CALCULATE])
    why = {"HIFA2_SMI": "Bands, „quotes“ and \\ backslashes"}
    await tenant.do(
        "actuary",
        certify_rate_development,
        development.id,
        reliance="r",
        limits_of_use="l",
        qualification="MAAA",
        justifications=why,
    )
    second, _job = await tenant.do(
        "actuary", submit_rate_development, {**package, "name": "Ω unicode 𝔘", "printed": []}
    )
    third, job = await tenant.do("actuary", submit_rate_development, {**package, "name": "third"})
    await Runtime(house, lease_seconds=30).look_at(tenant.id, job.id, WORK[CALCULATE])
    await tenant.do("actuary", unlock_rate_development, third.id, reason="again")
    del second
