"""The quick road: who it answers, what it leaves to the slow one, and that its caches keep their bounds."""

from __future__ import annotations

import re
from typing import Any

import asyncpg
import psycopg
import pytest
from graphql import parse
from sqlalchemy import select, text

from almoner.authorization.document import Change, Grant
from almoner.authorization.policy import built_in_policy
from almoner.authorization.roles import assign_role
from almoner.authorization.stored import write_version
from almoner.authorization.symbolic import parameters_of, symbolic_viewer
from almoner.core.database import libpq_url
from almoner.core.ids import global_id, new_id
from almoner.organizations.create_organization import create_organization
from almoner.organizations.tables import Organization
from almoner_graphql.planner.declare import SlowRoad, TableRow
from almoner_graphql.planner.plan import MAX_PLANS, Plans, Query
from almoner_graphql.planner.reader import Reader, TooLong
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

NAMES = "{ rateDevelopments { nodes { name } } }"
BY_ID = "query ($id: ID!) { rateDevelopment(id: $id) { name } node(id: $id) { id } }"


async def names(roads, role="actuary"):
    return [node["name"] for node in (await roads.quick(NAMES, role))["rateDevelopments"]["nodes"]]


async def test_an_assigned_scope_shows_own_rows_only(roads):
    assert len(await names(roads, "actuary")) == 3
    assert len(await names(roads, "integrator")) == 1
    assert await names(roads, "nobody") == []


async def test_a_role_that_was_taken_away_is_gone_for_the_next_request(roads):
    assert await names(roads)
    async with roads.house.database.tenant_transaction(roads.tenant.id) as session:
        await session.execute(text("update almoner.role_assignment set valid_until = now()"))
    assert await names(roads) == []


async def test_a_policy_that_was_changed_holds_for_the_next_request(roads):
    assert await names(roads)
    barred = Change("add", Grant("actuary", "rate_development", "view", "any", "deny", "a test"))
    async with roads.house.operator_scope(roads.tenant.id, "test") as scope:
        await write_version(scope, 1, [barred], reason="a test")
    assert await names(roads) == []
    async with roads.house.operator_scope(roads.tenant.id, "test") as scope:
        await write_version(scope, 2, [Change("remove", barred.item)], reason="a test")
    assert len(await names(roads)) == 3


async def test_rows_of_an_organization_are_found_by_a_parameter(roads):
    here, there = [
        await roads.tenant.do("program_administrator", create_organization, kind="ACO", code=code, name="x")
        for code in ("A0001", "A0002")
    ]
    someone = roads.tenant.identities["nobody"]
    await roads.tenant.do("program_administrator", assign_role, someone.subject_id, "cms_liaison", reason="x", at=here)
    async with roads.house.scope(someone, "test") as scope:
        row = TableRow.of(Organization, "t1")
        seen = roads.house.authorizer.rows(symbolic_viewer(scope.viewer.profile), "organization:view", row)
        query = select(row.id).select_from(row.alias).where(seen)
        assert str(here.id) not in str(query)
        given = {name: value for name, value in parameters_of(scope.viewer).items() if name in query.compile().params}
        assert list((await scope.session.execute(query, given)).scalars()) == [here.id] != [there.id]


async def test_an_account_that_was_disabled_is_left_to_the_slow_road_to_refuse(roads):
    assert await names(roads)
    async with roads.house.database.tenant_transaction(roads.tenant.id) as session:
        await session.execute(text("update almoner.account set disabled_at = now()"))
    with pytest.raises(SlowRoad):
        await names(roads)


async def test_ids_of_another_tenant_of_another_type_and_of_nothing_answer_alike(roads, other_tenant):
    async with roads.house.database.tenant_transaction(roads.tenant.id) as session:
        own = (await session.execute(text("select id from almoner.rate_development limit 1"))).scalar_one()
        job = (await session.execute(text("select id from almoner.job limit 1"))).scalar_one()
    assert (await roads.quick(BY_ID, id=global_id("RateDevelopment", own)))["rateDevelopment"] is not None
    nothing = {"rateDevelopment": None, "node": None}
    for unknown in (global_id("RateDevelopment", new_id()), global_id("Tenant", own), "not an id", ""):
        assert await roads.quick(BY_ID, id=unknown) == nothing
    assert (await roads.quick(BY_ID, id=global_id("Job", job)))["rateDevelopment"] is None
    stranger = type(roads)(roads.house, roads.reader, other_tenant)
    assert await stranger.quick(BY_ID, id=global_id("RateDevelopment", own)) == nothing


async def test_one_statement_answers_a_deep_query(roads):
    document = """{ rateDevelopments { totalCount edges { cursor node {
        name job { state }
        figures(first: 1, filter: {line: "statewideRate"}) { nodes { inputs { line inputs { line } } } } } } } }"""
    query = roads.reader.remember(document, parse(document), None)
    data, plan = await roads.reader.answer(query, {}, roads.tenant.identities["actuary"])
    assert '"line"' in data
    assert plan.sql.upper().startswith("SELECT ROW_TO_JSON")
    assert ";" not in plan.sql


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { id } }",
        "{ rateDevelopments(first: 101) { nodes { id } } }",
        '{ rateDevelopments(after: "bad") { nodes { id } } }',
        "{ rateDevelopments { nodes { figures(revision: 7) { totalCount } } } }",
        "{ journal { nodes { id } } }",
        "{ programs { id @skip(if: true) } }",
        "{ " + "x" * 64 + ": programs { id } }",
    ],
)
async def test_what_python_must_answer_goes_the_slow_road(roads, query):
    with pytest.raises(SlowRoad):
        await roads.quick(query)


async def test_a_withheld_field_is_null_and_its_path_is_known(roads):
    document = "{ jobs { nodes { failureDetail } edges { node { why: failureDetail } } } }"
    query = roads.reader.remember(document, parse(document), None)
    _data, plan = await roads.reader.answer(query, {}, roads.tenant.identities["actuary"])
    assert plan.redacted == (("jobs", "nodes", "failureDetail"), ("jobs", "edges", "node", "why"))
    _data, plan = await roads.reader.answer(query, {}, roads.tenant.identities["program_administrator"])
    assert plan.redacted == ()


async def test_a_mutation_is_no_query(roads):
    document = 'mutation { cancelJob(id: "x") { problems { code } } }'
    assert roads.reader.remember(document, parse(document), None) is None


async def test_plans_of_many_documents_stay_within_their_bound(roads):
    schema = build_schema(open_schema=True)._schema
    plans = Plans(schema, roads.house.authorizer, size=20)
    profile = built_in_policy().profile(frozenset({"actuary"}))
    for number in range(100):
        document = f"{{ a{number}: programs {{ id }} }}"
        query = Query.of(document, parse(document), None)
        assert query is not None
        plans.plan(query, plans.variables(query, {}), profile)
    assert len(plans) == 20 < MAX_PLANS


async def test_a_statement_that_failed_leaves_no_transaction_behind(roads, superuser_url):
    reader = Reader(roads.house, roads.reader._plans, pool_size=1)
    await reader.open()
    one = type(roads)(roads.house, reader, roads.tenant)
    broken = '{"ratingPeriod": {"label": "x", "begin": "no day", "end": "x"}}'
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        connection.execute("update almoner.rate_package set content = %s where tenant_id = %s", (broken, one.tenant.id))
    with pytest.raises(asyncpg.PostgresError):
        await one.quick("{ rateDevelopments { nodes { period { begin } } } }")
    assert len(await names(one)) == 3
    await reader.close()


async def test_a_statement_that_takes_too_long_is_ended_with_the_limit_named(roads, superuser_url):
    reader = Reader(roads.house, roads.reader._plans, pool_size=1, seconds=0.2)
    await reader.open()
    one = type(roads)(roads.house, reader, roads.tenant)
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        connection.execute("lock table almoner.program in access exclusive mode")
        with pytest.raises(TooLong, match=r"limit of 0\.2 s"):
            await one.quick("{ programs { id } }")
    assert len((await one.quick("{ programs { id } }"))["programs"]) == 1
    await reader.close()


async def test_one_document_with_variables_of_different_shapes_has_a_plan_for_each(roads):
    document = """query ($after: String, $names: Boolean!, $filter: RateFigureFilter) {
        rateDevelopments(after: $after) { totalCount nodes { id name @include(if: $names)
            figures(first: 2, filter: $filter) { totalCount } } pageInfo { endCursor } } }"""
    shapes: list[dict[str, Any]] = [
        {"names": True},
        {"names": False},
        {"names": True, "filter": {"exhibit": "B"}},
        {"names": True, "filter": {"exhibit": "C1", "line": None}},
        {"names": True, "filter": {"totals": True}},
        {"names": True, "filter": {"totals": False}},
        {"names": True, "filter": {"tieOut": ["EXACT"]}, "after": None},
    ]
    first = await roads.slow("{ rateDevelopments(first: 1) { pageInfo { endCursor } } }")
    shapes.append({"names": False, "after": first["rateDevelopments"]["pageInfo"]["endCursor"]})
    for variables in [*shapes, *reversed(shapes)]:
        assert await roads.quick(document, **variables) == await roads.slow(document, **variables)


async def test_every_table_of_a_statement_is_narrowed_to_the_tenant(roads):
    document = """{ rateDevelopments { totalCount nodes { currency packageDigest period { label } contractors { code }
        revisions { number } job { subject { id } } tieOut { cells(first: 1) { totalCount nodes { revision } } }
        figures(first: 1) { totalCount nodes { revision inputs { id } } } } }
        node(id: "x") { id } programs { periods { id } } }"""
    query = roads.reader.remember(document, parse(document), None)
    _data, plan = await roads.reader.answer(query, {}, roads.tenant.identities["actuary"])
    aliases = re.findall(r"almoner\.\w+ AS (\w+)", plan.sql)
    assert len(aliases) > 15
    assert [alias for alias in aliases if f"{alias}.tenant_id = " not in plan.sql] == []
