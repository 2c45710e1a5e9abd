"""Everything at the root of the schema, for somebody unknown, another tenant, a wrong role and a right one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text

from almoner.core.ids import global_id
from almoner.jobs.verbs import cancel_job
from almoner.rates.certify import certify_rate_development
from almoner.rates.synthetic import synthetic
from almoner.rates.unlock import unlock_rate_development
from almoner.tenancy.programs import create_program
from almoner_graphql.operation import PUBLIC_FIELDS
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

ADMINISTRATOR, ACTUARY, AUDITOR, NOBODY = "program_administrator", "actuary", "auditor", "nobody"
JUSTIFIED = {"rateCell": "CELL001", "text": "The bands are new."}
PACKAGE = synthetic(1, 2)

#: What a response comes down to: `ok`, `null`, `empty`, or the code of an error or a problem.
OK, NULL, EMPTY, DENIED, NOT_FOUND = "ok", "null", "empty", "DENIED", "NOT_FOUND"
#: What somebody of another tenant does there is that tenant's business.
OWN = "ok"


@dataclass
class World:
    """A tenant with one of each, ids as the API has them."""

    tenant: Any
    ids: dict[str, Any] = field(default_factory=dict)


Prepare = Callable[[World], Awaitable[None]]


async def certify(world: World) -> None:
    await world.tenant.do(
        ACTUARY,
        certify_rate_development,
        world.ids["row"],
        reliance="r",
        limits_of_use="l",
        qualification="q",
        justifications={"CELL001": "new"},
    )


async def unlock(world: World) -> None:
    await world.tenant.do(ACTUARY, unlock_rate_development, world.ids["row"], reason="r")


async def cancel(world: World) -> None:
    await world.tenant.do(ADMINISTRATOR, cancel_job, world.ids["job_row"])


async def nothing(world: World) -> None:
    """The world is as it is needed."""


@dataclass(frozen=True)
class Row:
    """One root field: what to send, who may, and what the others get."""

    kind: str
    name: str
    arguments: str
    selection: str
    right: str
    wrong: str
    wrong_gets: str
    stranger_gets: str
    prepare: Prepare = nothing
    anonymous_gets: str = "UNAUTHENTICATED"

    @property
    def document(self) -> str:
        variables = "($id: ID, $program: ID, $figure: ID, $package: SubmitRateDevelopmentInput)"
        used = [part for part in variables.strip("()").split(", ") if part.split(":")[0] in self.arguments]
        # A variable that is used where nothing may be missing must say so.
        declared = f"({', '.join(f'{part}!' for part in used)})" if used else ""
        return f"{self.kind} {declared} {{ {self.name}{self.arguments} {self.selection} }}"


PROBLEMS = "{ problems { code } }"
TABLE = [
    Row("query", "rateDevelopment", "(id: $id)", "{ id }", AUDITOR, NOBODY, NULL, NULL),
    Row("query", "rateDevelopments", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, EMPTY),
    Row(
        "query",
        "rateRevisionComparison",
        "(id: $id, beforeRevision: 1, afterRevision: 1, changedOnly: false)",
        "{ totalCount }",
        AUDITOR,
        NOBODY,
        NULL,
        NULL,
    ),
    Row("query", "rateRules", "", "{ changeLimit }", ACTUARY, NOBODY, DENIED, OWN),
    Row("query", "job", "(id: $id)", "{ id }", AUDITOR, NOBODY, NULL, NULL),
    Row("query", "jobs", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, EMPTY),
    Row("query", "journal", "(subject: $id)", "{ totalCount }", AUDITOR, ACTUARY, DENIED, EMPTY),
    Row("query", "programs", "", "{ id periods { id } }", AUDITOR, NOBODY, EMPTY, EMPTY),
    Row("query", "viewer", "", "{ id roles }", NOBODY, NOBODY, OK, OWN),
    Row("query", "node", "(id: $id)", "{ id }", AUDITOR, NOBODY, NULL, NULL),
    Row("mutation", "submitRateDevelopment", "(input: $package)", PROBLEMS, ACTUARY, AUDITOR, DENIED, OWN),
    Row(
        "mutation",
        "resubmitRateDevelopment",
        "(id: $id, input: $package)",
        PROBLEMS,
        ACTUARY,
        AUDITOR,
        DENIED,
        NOT_FOUND,
        unlock,
    ),
    Row("mutation", "unlockRateDevelopment", '(id: $id, reason: "r")', PROBLEMS, ACTUARY, AUDITOR, DENIED, NOT_FOUND),
    Row(
        "mutation",
        "certifyRateDevelopment",
        '(id: $id, reliance: "r", limitsOfUse: "l", qualification: "q",'
        ' justifications: [{rateCell: "CELL001", text: "new"}])',
        PROBLEMS,
        ACTUARY,
        ADMINISTRATOR,
        DENIED,
        NOT_FOUND,
    ),
    Row(
        "mutation",
        "publishRateDevelopment",
        "(id: $id)",
        PROBLEMS,
        ADMINISTRATOR,
        ACTUARY,
        DENIED,
        NOT_FOUND,
        certify,
    ),
    Row(
        "mutation",
        "withdrawRateDevelopment",
        '(id: $id, reason: "r")',
        PROBLEMS,
        ADMINISTRATOR,
        ACTUARY,
        DENIED,
        NOT_FOUND,
    ),
    Row("mutation", "setRateRules", '(changeLimit: "0.1")', PROBLEMS, ADMINISTRATOR, ACTUARY, DENIED, OWN),
    Row("mutation", "cancelJob", "(id: $id)", PROBLEMS, ADMINISTRATOR, AUDITOR, DENIED, NOT_FOUND),
    Row("mutation", "retryJob", "(id: $id)", PROBLEMS, ADMINISTRATOR, AUDITOR, DENIED, NOT_FOUND, cancel),
    Row("mutation", "createProgram", '(code: "x1", name: "X")', PROBLEMS, ADMINISTRATOR, ACTUARY, DENIED, OWN),
    Row(
        "mutation",
        "createPeriod",
        '(program: $program, label: "SFY10", beginOn: "2009-07-01", untilOn: "2010-07-01")',
        PROBLEMS,
        ADMINISTRATOR,
        ACTUARY,
        DENIED,
        NOT_FOUND,
    ),
    Row(
        "mutation",
        "login",
        '(tenant: "no-such-agency", email: "x", password: "x")',
        PROBLEMS,
        NOBODY,
        NOBODY,
        "WRONG_CREDENTIALS",
        "WRONG_CREDENTIALS",
        anonymous_gets="WRONG_CREDENTIALS",
    ),
    Row("subscription", "jobChanged", "(id: $id)", "{ id }", AUDITOR, NOBODY, NOT_FOUND, NOT_FOUND, cancel),
]


def test_every_root_field_has_a_row():
    schema = build_schema(open_schema=True)._schema
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    fields = {(kind, name) for kind, root in roots.items() if root for name in root.fields}
    assert {(row.kind, row.name) for row in TABLE} == fields


def test_login_is_all_that_somebody_unknown_may_do():
    assert {row.name for row in TABLE if row.anonymous_gets != "UNAUTHENTICATED"} == {
        name for name in PUBLIC_FIELDS if not name.startswith("__")
    }


@pytest.fixture
async def world(tenant, file) -> World:
    world = World(tenant)
    filed = await file(tenant, role="actuary")
    program = await tenant.do(ADMINISTRATOR, create_program, code="title-xxi", name="Title XXI")
    world.ids = {
        "row": filed.row_id,
        "job_row": filed.job_row_id,
        "development": filed.id,
        "job": filed.job,
        "program": global_id("Program", program.id),
    }
    return world


def variables_of(row: Row, world: World) -> dict[str, Any]:
    id_of = world.ids["job" if row.name in ("job", "cancelJob", "retryJob", "jobChanged") else "development"]
    given = {"id": id_of, "program": world.ids["program"], "package": PACKAGE}
    return {name: value for name, value in given.items() if f"${name}" in row.arguments}


def outcome(response: dict[str, Any], name: str) -> str:
    if response.get("errors"):
        (error,) = response["errors"]
        return error["extensions"]["code"]
    value = response["data"][name]
    if value is None:
        return NULL
    if value == [] or (isinstance(value, dict) and value.get("totalCount") == 0):
        return EMPTY
    if isinstance(value, dict) and value.get("problems"):
        (problem,) = value["problems"]
        return problem["code"]
    return OK


@dataclass
class Sender:
    """Sends a row's operation, streams included."""

    client: Any
    read_events: Any

    async def __call__(self, row: Row, world: World, token: str | None) -> str:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": row.document, "variables": variables_of(row, world)}
        if row.kind != "subscription":
            response = await self.client.post("/graphql", json=body, headers=headers)
            assert (response.status_code == 401) == (outcome(response.json(), row.name) == "UNAUTHENTICATED")
            return outcome(response.json(), row.name)
        headers["Accept"] = "text/event-stream"
        events = self.read_events(await self.client.post("/graphql", json=body, headers=headers))
        assert [name for name, _ in events] == ["next", "complete"]
        return outcome(events[0][1], row.name)


@pytest.fixture
def send(client, read_events) -> Sender:
    return Sender(client, read_events)


TABLES = (
    "program",
    "period",
    "account",
    "service_account",
    "role_assignment",
    "invitation",
    "break_glass",
    "policy_version",
    "policy_item",
    "policy_preview",
    "organization",
    "rate_development",
    "rate_revision",
    "rate_package",
    "rate_figure",
    "rate_rules",
    "job",
    "journal_entry",
)


async def contents(tenant: Any) -> dict[str, str]:
    """A digest of each table of a tenant."""
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        found = {}
        for table in TABLES:
            query = f"select count(*) || md5(string_agg(t::text, '' order by t.id)) from almoner.{table} t"
            found[table] = str((await session.execute(text(query))).scalar_one())
        return found


async def test_the_contents_are_of_all_tenant_tables(tenant):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        query = "select table_name from information_schema.columns where table_schema = 'almoner'"
        found = set((await session.execute(text(f"{query} and column_name = 'tenant_id'"))).scalars())
    assert found == set(TABLES)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_those_who_may_not_get_nothing_and_change_nothing(row, world, other_tenant, send):
    await row.prepare(world)
    before = await contents(world.tenant)
    assert await send(row, world, None) == row.anonymous_gets
    assert await send(row, world, world.tenant.token(row.wrong)) == row.wrong_gets
    for role in (row.right, ADMINISTRATOR):
        gets = await send(row, world, other_tenant.token(role))
        # Somebody else's tenant may refuse its own people too: its administrator is no auditor.
        assert gets == row.stranger_gets or (role != row.right and gets == DENIED)
        if row.stranger_gets == OWN and row.kind == "mutation":
            break
    assert await contents(world.tenant) == before


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_those_who_may_get_it(row, world, send):
    await row.prepare(world)
    before = await contents(world.tenant)
    gets = await send(row, world, world.tenant.token(row.right))
    after = await contents(world.tenant)
    if row.name == "login":
        assert gets == "WRONG_CREDENTIALS"
    else:
        assert gets == OK
    changed = row.kind == "mutation" and row.name != "login"
    assert (before != after) is changed
    assert (before["journal_entry"] != after["journal_entry"]) is changed


async def test_the_detail_of_a_failure_is_withheld_and_the_response_says_so(ask, world, hand):
    lease = await hand.take(world.ids["job_row"])
    await hand.fail(lease)
    query = (
        "query ($id: ID!) { mine: job(id: $id) { failureCode why: failureDetail } jobs { nodes { failureDetail } } }"
    )
    refused = (await ask(query, {"id": world.ids["job"]}, token=world.tenant.token(AUDITOR))).json()
    assert refused["data"]["mine"] == {"failureCode": "BROKEN", "why": None}
    assert refused["data"]["jobs"]["nodes"] == [{"failureDetail": None}]
    assert sorted(refused["extensions"]["redacted"]) == [["jobs", "nodes", "failureDetail"], ["mine", "why"]]
    shown = (await ask(query, {"id": world.ids["job"]}, token=world.tenant.token(ADMINISTRATOR))).json()
    assert shown["data"]["mine"]["why"] == "At line 1."
    assert "extensions" not in shown


async def test_a_machine_sees_what_it_filed_and_nothing_else(ask, world, file):
    own = await file(world.tenant, role="integrator")
    query = "query ($id: ID!) { rateDevelopment(id: $id) { id job { id } } rateDevelopments { nodes { id } } }"
    token = world.tenant.token("integrator")
    seen = (await ask(query, {"id": world.ids["development"]}, token=token)).json()["data"]
    assert seen == {"rateDevelopment": None, "rateDevelopments": {"nodes": [{"id": own.id}]}}
    seen = (await ask(query, {"id": own.id}, token=token)).json()["data"]
    assert seen["rateDevelopment"] == {"id": own.id, "job": {"id": own.job}}
