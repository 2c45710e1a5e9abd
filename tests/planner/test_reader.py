"""The reader: who it answers and who not, one statement for each query, and what becomes of a statement that fails."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import psycopg
import pytest
from graphql import GraphQLError
from sqlalchemy import text

from almoner.authorization.roles import assign_role
from almoner.core.database import libpq_url
from almoner.core.errors import Unauthenticated
from almoner.core.ids import global_id, new_id
from almoner_graphql.planner.connections import Connections
from almoner_graphql.planner.reader import Reader

pytestmark = pytest.mark.anyio

NAMES = "{ rateDevelopments { nodes { name } } }"
BY_ID = "query ($id: ID!) { rateDevelopment(id: $id) { name } job(id: $id) { kind } node(id: $id) { id } }"
DEEP = """{ rateDevelopments { totalCount nodes { currency packageDigest period { label } contractors { code }
    revisions { number certification { justifications { text } } } job { subject { id } }
    tieOut { findings { code } cells(first: 1) { totalCount nodes { revision } } }
    figures(first: 1, filter: {line: {eq: "statewideRate"}}) { totalCount edges { cursor node { revision
        inputs { id inputs { line } } } } } } }
    again: rateDevelopments(first: 1) { pageInfo { endCursor } }
    node(id: "x") { id } programs { periods { id } } jobs { nodes { kind } } journal { nodes { subject { id } } }
    rateRules { changeLimit } viewer { tenant { code } }
    rateRevisionComparison(id: "x", beforeRevision: 1, afterRevision: 2) { totalCount } }"""


async def names(roads: Any, role: str = "actuary") -> list[str]:
    found = await roads.read(NAMES, role)
    return [node["name"] for node in found["rateDevelopments"]["nodes"]]


async def change(roads: Any, statement: str) -> None:
    async with roads.house.database.tenant_transaction(roads.tenant.id) as session:
        await session.execute(text(statement))


@asynccontextmanager
async def another_reader(roads: Any, **options: Any) -> AsyncIterator[Any]:
    """The same roads with a reader of their own, with one connection."""
    async with Connections(roads.house.database.url, 1, **options) as connections:
        reader = Reader(roads.house, roads.reader._plans, connections)
        yield type(roads)(roads.house, roads.schema, reader, roads.tenant, roads.oracle)


# --- who -----------------------------------------------------------------------------------------------------------


async def test_an_assigned_scope_shows_own_rows_only(roads):
    assert len(await names(roads, "actuary")) == 4
    assert len(await names(roads, "integrator")) == 1
    assert await names(roads, "nobody") == []


async def test_a_role_that_was_taken_away_is_gone_for_the_next_request(own_roads):
    assert await names(own_roads)
    await change(own_roads, "update almoner.role_assignment set valid_until = now()")
    assert await names(own_roads) == []


async def test_a_role_that_was_given_is_there_for_the_next_request(own_roads):
    assert await names(own_roads, "nobody") == []
    async with own_roads.house.operator_scope(own_roads.tenant.id, "test") as scope:
        await assign_role(scope, own_roads.tenant.identities["nobody"].subject_id, "auditor", reason="test")
    assert len(await names(own_roads, "nobody")) == 4


async def test_an_account_that_was_disabled_is_unauthenticated_at_once(own_roads):
    assert await names(own_roads)
    await change(own_roads, "update almoner.account set disabled_at = now()")
    with pytest.raises(Unauthenticated, match="cannot sign in any more"):
        await names(own_roads)
    assert len(await names(own_roads, "integrator")) == 1


async def test_ids_of_another_tenant_of_another_type_and_of_nothing_answer_alike(roads, other_tenant):
    async with roads.house.database.tenant_transaction(roads.tenant.id) as session:
        own = (await session.execute(text("select id from almoner.rate_development limit 1"))).scalar_one()
        job = (await session.execute(text("select id from almoner.job limit 1"))).scalar_one()
    assert (await roads.read(BY_ID, id=global_id("RateDevelopment", own)))["rateDevelopment"] is not None
    assert (await roads.read(BY_ID, id=global_id("Job", job)))["job"] is not None
    nothing = {"rateDevelopment": None, "job": None, "node": None}
    strange = [global_id("RateDevelopment", new_id()), global_id("Tenant", own), global_id("Job", own)]
    for unknown in [*strange, "not an id", "", "Ω", "\0", "bm90aGluZw==", global_id("RateDevelopment", job)]:
        assert await roads.read(BY_ID, id=unknown) == nothing
    stranger = type(roads)(roads.house, roads.schema, roads.reader, other_tenant, roads.oracle)
    assert await stranger.read(BY_ID, id=global_id("RateDevelopment", own)) == nothing
    assert await names(stranger) == []


# --- one statement -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def sent_by(one: Any) -> AsyncIterator[list[str]]:
    """The first word of each message to the database meanwhile."""
    found: list[str] = []
    async with one.reader._connections.lent(one.tenant.id) as connection:
        connection.add_query_logger(lambda record: found.append(record.query.split()[0].strip(";").lower()))
        notes = connection._query_loggers
    yield found
    notes.clear()


async def test_one_statement_is_all_that_is_sent_for_a_query(roads):
    async with another_reader(roads) as one:
        document = "{ rateDevelopments { nodes { name figures(first: 1) { nodes { display } } } } viewer { id } }"
        await one.ask(document, "auditor")  # a viewer's first query is planned twice
        async with sent_by(one) as sent:
            await one.ask(document, "auditor")
    assert sent == ["select"]


async def test_one_statement_answers_a_query_of_every_root_and_is_planned_for_its_filters(roads):
    async with another_reader(roads) as one:
        await one.ask(DEEP, "auditor")
        async with sent_by(one) as sent:
            await one.ask(DEEP, "auditor")
    assert sent == ["begin", "select", "commit"]


async def test_every_table_of_a_statement_is_narrowed_to_the_tenant(roads):
    plan = (await roads.ask(DEEP, "auditor")).plan
    aliases = re.findall(r"almoner\.(?!tenant\b)\w+ AS (\w+)", plan.sql)
    assert len(aliases) > 20
    assert [alias for alias in aliases if f"{alias}.tenant_id = " not in plan.sql] == []


async def test_a_value_is_never_part_of_the_statement(roads):
    document = """query ($name: String!) { rateDevelopments(packageDigest: "sentinel1") { totalCount nodes {
        figures(filter: {line: {eq: $name}, rateCell: {in: ["sentinel2"]}}) { totalCount } } }
        node(id: "sentinel3") { id } jobs(filter: {requestedAt: {gte: "2099-01-01"}}) { totalCount } }"""
    sql = (await roads.ask(document, name="sentinel4")).plan.sql
    assert not re.search("sentinel|2099", sql)


# --- what fails ----------------------------------------------------------------------------------------------------


async def test_a_statement_that_failed_leaves_no_transaction_behind(own_roads, superuser_url):
    broken = '{"ratingPeriod": {"label": "x", "begin": "no day", "end": "x"}}'
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        connection.execute(
            "update almoner.rate_package set content = %s where tenant_id = %s", (broken, own_roads.tenant.id)
        )
    async with another_reader(own_roads) as one:
        with pytest.raises(asyncpg.PostgresError):
            await one.read("{ rateDevelopments { nodes { period { begin } } } }")
        async with one.reader._connections.lent(own_roads.tenant.id) as connection:
            assert not connection.is_in_transaction()
            assert await connection.fetchval("select current_setting('almoner.tenant_id', true)") in (None, "")
        assert len(await names(one)) == 4


async def test_a_statement_that_takes_too_long_is_ended_with_the_limit_named(roads, superuser_url):
    async with another_reader(roads, seconds=0.2) as one:
        with psycopg.connect(libpq_url(superuser_url)) as connection:
            connection.execute("lock table almoner.program in access exclusive mode")
            with pytest.raises(GraphQLError, match=r"longer than the limit of 0\.2 s") as caught:
                await one.read("{ programs { id } }")
        assert caught.value.extensions == {"code": "LIMIT_EXCEEDED"}
        assert len((await one.read("{ programs { id } }"))["programs"]) == 2


# --- what is withheld, denied or too much --------------------------------------------------------------------------


async def test_a_withheld_field_is_null_and_its_path_is_told_once(roads):
    document = "{ jobs { nodes { failureCode failureDetail } edges { node { why: failureDetail } } } }"
    answer = await roads.ask(document)
    assert answer.extensions["redacted"] == (("jobs", "nodes", "failureDetail"), ("jobs", "edges", "node", "why"))
    assert b"At line 1." not in answer.json
    answer = await roads.ask(document, "program_administrator")
    assert "redacted" not in answer.extensions
    assert b"At line 1." in answer.json


async def test_a_root_that_is_denied_is_null_with_an_error_and_the_others_are_there(roads):
    answer = await roads.ask("{ own: rateRules { changeLimit } journal { totalCount } viewer { kind } }", "integrator")
    assert answer.json == b'{"own":null,"journal":null,"viewer":{"kind":"service_account"}}'
    errors = answer.errors
    assert [error.path for error in errors] == [["own"], ["journal"]]
    assert {(error.extensions or {})["code"] for error in errors} == {"DENIED"}
    assert "rate_rules:view" in errors[0].message


@pytest.mark.parametrize(
    ("document", "cost"),
    [
        ("{ viewer { id } }", 1),
        ("{ jobs(first: 3) { totalCount } }", 1),
        ("{ jobs(first: 3) { nodes { id } } }", 1 + 3),
        ("{ jobs { nodes { id } } }", 1 + 50),
        ("{ jobs(last: 2) { nodes { progress { done } } edges { node { id } } } }", 1 + 2 + 2 + 2),
        ("{ rateDevelopments(first: 4) { nodes { revisions { number } } } }", 1 + 4 + 4 * 10),
        ("{ rateDevelopments(first: 2) { nodes { figures(first: 5) { nodes { id } } } } }", 1 + 2 + 2 + 2 * 5),
    ],
)
async def test_a_query_costs_as_many_objects_as_it_may_give(roads, document, cost):
    assert (await roads.ask(document)).extensions["cost"] == {"requested": cost, "budget": 50_000}


async def test_what_costs_more_than_the_budget_is_refused_before_any_sql(roads, superuser_url):
    document = """query ($size: Int) { rateDevelopments(first: $size) { nodes {
        figures(first: 100) { nodes { inputs { inputs { id } } } } } } }"""
    assert (await roads.ask(document, size=3)).cost < 50_000
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        connection.execute("lock table almoner.rate_development in access exclusive mode")
        with pytest.raises(GraphQLError, match=r"limit of cost: \d+ of at most 50000") as caught:
            await roads.ask(document, size=100)
    assert caught.value.extensions == {"code": "LIMIT_EXCEEDED"}
