"""Fences that stand behind another one: each is asked alone, with the other out of the way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import psycopg
import pytest
from graphql import GraphQLError
from pydantic import SecretStr
from sqlalchemy import Uuid, cast, literal, select, text
from sqlalchemy.exc import DBAPIError

from almoner.authorization.change import apply_policy_change, preview_policy_change
from almoner.authorization.document import Change, Role
from almoner.authorization.roles import assign_role
from almoner.authorization.scopes import refused
from almoner.core import database
from almoner.core.database import libpq_url
from almoner.core.errors import Denied, Invalid, StepUpRequired
from almoner.core.ids import global_id, new_id
from almoner.core.viewer import Proof
from almoner.identity.disable import disable_account
from almoner.identity.sealing import CannotOpen
from almoner.identity.step_up import require_step_up
from almoner.identity.tokens import Identity
from almoner.rates.submit import submit_rate_development
from almoner.rates.synthetic import synthetic
from almoner.tenancy.programs import create_period, create_program
from almoner.tenancy.tables import Program
from almoner.wiring import House, build_house
from almoner_graphql.errors import present
from almoner_graphql.planner import connections
from almoner_graphql.planner.connections import Connections, NotEntered
from almoner_graphql.planner.plan import Plans
from almoner_graphql.planner.reader import Caller, Reader
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

ADMINISTRATOR = "program_administrator"
SCHEMA = build_schema(open_schema=True)


@dataclass
class Filed:
    """A development and its job."""

    row_id: UUID

    @property
    def id(self) -> str:
        return global_id("RateDevelopment", self.row_id)


@pytest.fixture
def file():
    """Files a package for a tenant."""

    async def do(some):
        development, _job = await some.do("actuary", submit_rate_development, synthetic(1, 1))
        return Filed(development.id)

    return do


@pytest.fixture
async def mighty(settings, superuser_url) -> AsyncIterator[House]:
    """The domain, wired to the database with a login that row-level security does not hold."""
    house = build_house(settings.model_copy(update={"database_url": SecretStr(superuser_url)}), pool_size=2)
    yield house
    await house.close()


@pytest.fixture
async def programs(tenant, other_tenant):
    """A program with a period of each."""
    days = {"begin_on": date(2009, 7, 1), "until_on": date(2010, 7, 1)}
    found = []
    for some in (tenant, other_tenant):
        program = await some.do(ADMINISTRATOR, create_program, code="title-xxi", name=some.code)
        await some.do(ADMINISTRATOR, create_period, program.id, label="SFY10", **days)
        found.append(program)
    return found


# --- without row-level security --------------------------------------------------------------------------------------


@pytest.fixture
async def open_scope(mighty, tenant, programs):
    """A scope in which every tenant's rows are there to be found."""
    async with mighty.scope(tenant.identities[ADMINISTRATOR], "test") as scope:
        await scope.session.execute(text("set local role none"))
        seen = set((await scope.session.execute(text("select id from almoner.program"))).scalars())
        assert {program.id for program in programs} <= seen
        yield scope


async def test_a_verb_finds_rows_of_its_tenant_only(open_scope, programs):
    own, other = programs
    assert (await open_scope.find(Program, own.id)).id == own.id
    assert await open_scope.find(Program, other.id) is None


async def test_rows_of_a_permission_are_of_the_tenant_only(open_scope, programs):
    found = await open_scope.session.execute(select(Program).where(open_scope.rows("program:view", Program)))
    assert [row.id for row in found.scalars()] == [programs[0].id]


async def test_a_permission_is_for_rows_of_the_tenant_only(open_scope, programs):
    assert [open_scope.allows("program:view", program) for program in programs] == [True, False]


#: What a read is, in short.
COUNTED = f"""
select current_user, (select count(*) from almoner.program) as count, entered
from {database.entrance_sql(tenant="$1")}
"""


@pytest.fixture
async def open_reader(mighty, monkeypatch) -> AsyncIterator[Reader]:
    """Reads with such a login, which keeps its might."""
    monkeypatch.delitem(database.READING, "role")
    monkeypatch.setattr(connections, "has_entered", lambda _entered, _tenant_id: True)
    async with Connections(mighty.database.url, 2) as pool:
        yield Reader(mighty, Plans(SCHEMA.catalog, mighty.authorizer), pool)


async def read(reader, tenant, query, **variables):
    operation = SCHEMA.gate.document(query, variables).operation(None)
    answer = await reader.query(operation, variables, Caller(tenant.identities[ADMINISTRATOR]))
    return json.loads(answer.json)


async def test_a_planned_read_has_rows_of_the_tenant_only(open_reader, tenant, programs):
    assert await read(open_reader, tenant, "{ programs { name } }") == {"programs": [{"name": tenant.code}]}


async def test_a_planned_relation_has_rows_of_the_tenant_only(
    open_reader, superuser_url, tenant, other_tenant, programs
):
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        connection.execute("set local session_replication_role = replica")  # no key could point there
        connection.execute(
            "insert into almoner.period values (%s, gen_random_uuid(), %s, 'THEIRS', '2011-07-01', '2012-07-01')",
            (other_tenant.id, programs[0].id),
        )
    found = await read(open_reader, tenant, "{ programs { periods { label } } }")
    assert found == {"programs": [{"periods": [{"label": "SFY10"}]}]}


async def test_a_planned_object_is_of_the_tenant_only(open_reader, tenant, other_tenant, file):
    filed = [await file(some) for some in (tenant, other_tenant)]
    query = "query ($id: ID!) { rateDevelopment(id: $id) { id } node(id: $id) { id } }"
    own, other = [await read(open_reader, tenant, query, id=one.id) for one in filed]
    assert own == {"rateDevelopment": {"id": filed[0].id}, "node": {"id": filed[0].id}}
    assert other == {"rateDevelopment": None, "node": None}


async def test_a_refusing_scope_that_a_row_leaves_open_does_not_refuse_it(tenant):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        for value, stays in ((None, True), (tenant.id, False), (new_id(), True)):
            about = refused(cast(literal(value), Uuid) == literal(tenant.id, Uuid))
            assert (await session.execute(select(about))).scalar_one() is stays


# --- with a login that could do more ---------------------------------------------------------------------------------


async def test_whatever_the_login_a_transaction_is_the_applications(mighty, tenant, programs):
    async with mighty.database.tenant_transaction(tenant.id) as session:
        assert (await session.execute(text("select current_user"))).scalar_one() == "almoner_app"
        assert (await session.execute(text("select count(*) from almoner.program"))).scalar_one() == 1
    async with Connections(mighty.database.url, 1) as pool:
        assert tuple(await pool.row(tenant.id, COUNTED, tenant.id)) == ("almoner_app", 1, f"{tenant.id} almoner_app")


async def test_a_read_that_enters_no_tenant_raises(tenant, other_tenant, programs):
    async with Connections(tenant.house.database.url, 1) as pool:
        for _before_and_after_another in range(2):
            async with pool.lent(tenant.id) as connection:
                with pytest.raises(asyncpg.PostgresError):
                    await connection.fetchval("select count(*) from almoner.program")
            assert (await pool.row(tenant.id, COUNTED, tenant.id))["count"] == 1


async def test_an_answer_for_another_tenant_is_nobodys(tenant, other_tenant, programs):
    async with Connections(tenant.house.database.url, 1) as pool:
        with pytest.raises(NotEntered):
            await pool.row(tenant.id, COUNTED, other_tenant.id)


async def test_an_answer_that_was_not_read_as_the_application_is_nobodys(mighty, tenant, monkeypatch):
    monkeypatch.delitem(database.READING, "role")
    async with Connections(mighty.database.url, 1) as pool:
        with pytest.raises(NotEntered):
            await pool.row(tenant.id, COUNTED, tenant.id)


async def test_a_read_cannot_write(tenant):
    async with Connections(tenant.house.database.url, 1) as pool, pool.lent(tenant.id) as connection:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("update almoner.program set name = 'x'")


async def test_a_version_of_a_policy_cannot_be_rewritten(tenant):
    with pytest.raises(DBAPIError, match="permission denied"):
        async with tenant.house.database.tenant_transaction(tenant.id) as session:
            await session.execute(text("update almoner.policy_version set reason = 'x'"))


async def test_an_error_of_the_database_does_not_quote_values(tenant):
    with pytest.raises(DBAPIError) as refusal:
        async with tenant.house.database.tenant_transaction(tenant.id) as session:
            await session.execute(text("select 1 / (length(:secret) - 9)"), {"secret": "hush-hush"})
    assert "division by zero" in str(refusal.value)
    assert "hush-hush" not in str(refusal.value)


async def test_what_is_sealed_opens_for_its_tenant_purpose_and_owner_only(house):
    given = {"tenant_id": new_id(), "purpose": "test", "owner": new_id()}
    sealed = house.sealing.seal("secret", **given)
    assert house.sealing.open(sealed, **given) == "secret"
    for change in ({"tenant_id": new_id()}, {"purpose": "another"}, {"owner": new_id()}):
        with pytest.raises(CannotOpen):
            house.sealing.open(sealed, **{**given, **change})


# --- sessions --------------------------------------------------------------------------------------------------------

READ, WRITE = "{ viewer { id } }", 'mutation { createProgram(code: "x1", name: "X") { problems { code } } }'


async def codes(client, token):
    """What a read and a verb answer."""
    found = []
    for query in (READ, WRITE):
        answer = await client.post("/graphql", json={"query": query}, headers={"Authorization": f"Bearer {token}"})
        found.append([error["extensions"]["code"] for error in answer.json().get("errors", ())])
    return found


@pytest.fixture
async def session_id(tenant):
    """A session of the administrator's."""
    made = await tenant.house.sign_in(
        tenant=tenant.code, email=f"{ADMINISTRATOR}@agency.example", password="correct horse battery staple"
    )
    return tenant.house.keys.verify(made.text, tenant.house.clock()).identity.proof.session_id


def token_of(tenant, role, session_id):
    identity = tenant.identities[role]
    now = tenant.house.clock()
    proved = Identity(tenant.id, identity.subject_id, "account", Proof(now, frozenset(), session_id))
    return tenant.house.keys.issue(proved, now).text


async def test_a_session_that_is_over_is_refused_before_its_token_ends(client, tenant, session_id, superuser_url):
    token = token_of(tenant, ADMINISTRATOR, session_id)
    assert await codes(client, token) == [[], []]
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        past = tenant.house.clock() - timedelta(seconds=1)
        connection.execute("update almoner.sign_in_session set expires_at = %s where id = %s", (past, session_id))
    assert await codes(client, token) == [["UNAUTHENTICATED"]] * 2


async def test_a_session_is_good_for_its_own_subject_only(client, tenant, session_id):
    assert await codes(client, token_of(tenant, "auditor", session_id)) == [["UNAUTHENTICATED"]] * 2


async def test_a_disabled_account_is_refused_by_itself_and_not_for_its_sessions(client, tenant):
    token = tenant.token("auditor")  # the operator's: it belongs to no session that could have ended
    assert await codes(client, token) == [[], []]
    await tenant.do(ADMINISTRATOR, disable_account, tenant.identities["auditor"].subject_id, reason="r")
    assert await codes(client, token) == [["UNAUTHENTICATED"]] * 2


@pytest.mark.parametrize(
    ("factors", "enough"), [((), False), (("pwd",), False), (("otp",), False), (("pwd", "otp"), True)]
)
async def test_a_step_up_takes_two_factors(tenant, factors, enough):
    async with tenant.house.scope(tenant.proved(ADMINISTRATOR, *factors), "test") as scope:
        if enough:
            assert require_step_up(scope).factors == frozenset(factors)
        else:
            with pytest.raises(StepUpRequired):
                require_step_up(scope)


@pytest.mark.parametrize("root", ["rateRules { changeLimit }", "programs { id }", "viewer { id }"])
async def test_somebody_unknown_is_refused_before_anything_is_run(client, root):
    for query in (
        f"{{ {root} }}",
        f"{{ __typename ...on Query {{ {root} }} }}",
        "mutation { signOut { problems { code } } }",
    ):
        answer = (await client.post("/graphql", json={"query": query})).json()
        assert [(error["extensions"]["code"], error.get("path")) for error in answer["errors"]] == [
            ("UNAUTHENTICATED", None)
        ]
        assert "data" not in answer


# --- what is said -----------------------------------------------------------------------------------------------------


async def test_a_statement_is_shown_to_who_may_see_it_and_to_nobody_else(client, tenant):
    answers = {}
    for role in (ADMINISTRATOR, "auditor"):
        headers = {"Authorization": f"Bearer {tenant.token(role)}", "Almoner-Explain": "sql"}
        answers[role] = (await client.post("/graphql", json={"query": READ}, headers=headers)).json()
    assert [error["extensions"]["code"] for error in answers["auditor"]["errors"]] == ["DENIED"]
    assert "explain" not in answers["auditor"].get("extensions", {})
    assert answers[ADMINISTRATOR]["extensions"]["explain"]["statement"].lstrip().lower().startswith(("select", "with"))


@pytest.mark.parametrize("executing", [False, True])
def test_what_nobody_expected_is_told_by_a_reference_only(executing):
    raised = GraphQLError("hush-hush", original_error=RuntimeError("hush-hush"))
    told = present(raised, executing=executing, suggestions=True)
    assert "hush" not in json.dumps(told.formatted)
    assert told.extensions is not None
    assert (told.extensions["code"], set(told.extensions)) == ("INTERNAL", {"code", "reference"})


# --- verbs that the API does not have yet ----------------------------------------------------------------------------


async def test_who_certifies_rates_cannot_audit_them(tenant):
    subject = tenant.identities["actuary"].subject_id
    with pytest.raises(Invalid) as refusal:
        await tenant.do(ADMINISTRATOR, assign_role, subject, "auditor", reason="r")
    assert [problem.code for problem in refusal.value.problems] == ["ROLES_SEPARATED"]


async def test_a_change_of_the_policy_is_applied_by_who_may_change_it(tenant):
    subject = tenant.identities["nobody"].subject_id
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        await assign_role(scope, subject, "policy_administrator", reason="r")
    preview = await tenant.do("nobody", preview_policy_change, [Change("add", Role("helper", "tenant", "helps"))])
    with pytest.raises(Denied):
        await tenant.do("auditor", apply_policy_change, preview.id, reason="r")
    assert (await tenant.do("nobody", apply_policy_change, preview.id, reason="r")).number == 1


async def test_an_id_of_another_type_is_none(client, tenant, file):
    """With the very row of the wanted type behind it."""
    filed = await file(tenant)
    query = "mutation ($id: ID!) { publishRateDevelopment(id: $id) { problems { code } } }"
    headers = {"Authorization": f"Bearer {tenant.token(ADMINISTRATOR)}"}
    found = []
    for type_name in ("RateDevelopment", "Job"):
        body = {"query": query, "variables": {"id": global_id(type_name, filed.row_id)}}
        answer = (await client.post("/graphql", json=body, headers=headers)).json()
        found.append([problem["code"] for problem in answer["data"]["publishRateDevelopment"]["problems"]])
    assert found == [["WRONG_STATUS"], ["NOT_FOUND"]]
