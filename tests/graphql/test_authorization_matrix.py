"""Everything at the root of the schema, for somebody unknown, another tenant, a wrong role and a right one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import text

from almoner.core.ids import global_id
from almoner.identity.disable import disable_account, disable_service_account
from almoner.identity.enrol import confirm_authenticator, enrol_authenticator
from almoner.identity.openid import OpenIdClient
from almoner.identity.prove import Credentials
from almoner.identity.providers import set_identity_provider
from almoner.jobs.verbs import cancel_job
from almoner.operations.documents import NewOperation
from almoner.operations.register import register_operations
from almoner.operations.rules import set_registered_only
from almoner.rates.certify import certify_rate_development
from almoner.rates.synthetic import synthetic
from almoner.rates.unlock import unlock_rate_development
from almoner.tenancy.programs import create_program
from almoner_graphql.extension import PUBLIC_FIELDS
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery staple"
ISSUER = "https://id.agency.example"
ADMINISTRATOR, ACTUARY, AUDITOR, NOBODY = "program_administrator", "actuary", "auditor", "nobody"
INTEGRATOR = "integrator"
JUSTIFIED = {"rateCell": "CELL001", "text": "The bands are new."}
PACKAGE = synthetic(1, 2)

#: What a response comes down to: `ok`, `null`, `empty`, or the code of an error or a problem.
OK, EMPTY, DENIED, NOT_FOUND = "ok", "empty", "DENIED", "NOT_FOUND"
WRONG, NOT_VALID = "WRONG_CREDENTIALS", "TOKEN_NOT_VALID"
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


async def register(world: World) -> None:
    client = world.tenant.identities[INTEGRATOR].subject_id
    (row,) = await world.tenant.do(ADMINISTRATOR, register_operations, client, [NewOperation("{ __typename }")])
    world.ids["operation"] = global_id("RegisteredOperation", row.id)


async def hold(world: World) -> None:
    client = world.tenant.identities[INTEGRATOR].subject_id
    await world.tenant.do(ADMINISTRATOR, set_registered_only, client, True)


async def keep_out(world: World) -> None:
    await world.tenant.do(ADMINISTRATOR, disable_account, world.tenant.identities[NOBODY].subject_id, reason="r")


async def stop_machine(world: World) -> None:
    machine = world.tenant.identities["integrator"].subject_id
    await world.tenant.do(ADMINISTRATOR, disable_service_account, machine, reason="r")


async def with_authenticator(world: World) -> None:
    house, identity = world.tenant.house, world.tenant.identities[NOBODY]
    made = await enrol_authenticator(house, identity, Credentials(PASSWORD), request_id="test")
    given = Credentials(PASSWORD, pyotp.TOTP(made.secret).at(house.clock()))
    await confirm_authenticator(house, identity, given, request_id="test")


async def with_provider(world: World) -> None:
    given = {"code": "agency", "issuer": ISSUER, "client_id": "x", "client_secret": "x", "redirect_uri": ISSUER}
    await world.tenant.do(ADMINISTRATOR, set_identity_provider, world.tenant.house, **given)


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
    right_gets: str = OK

    @property
    def document(self) -> str:
        variables = "($id: ID, $program: ID, $client: ID, $package: SubmitRateDevelopmentInput)"
        used = [part for part in variables.strip("()").split(", ") if part.split(":")[0] in self.arguments]
        # A variable that is used where nothing may be missing must say so.
        declared = f"({', '.join(f'{part}!' for part in used)})" if used else ""
        return f"{self.kind} {declared} {{ {self.name}{self.arguments} {self.selection} }}"


PROBLEMS = "{ problems { code } }"


def alike(name: str, arguments: str, gets: str, *, public: bool = False) -> Row:
    """What answers everybody in the same way, with these arguments; `public` is also for somebody unknown."""
    anonymous = gets if public else "UNAUTHENTICATED"
    return Row(
        "mutation",
        name,
        arguments,
        PROBLEMS,
        NOBODY,
        NOBODY,
        gets,
        gets,
        anonymous_gets=anonymous,
        right_gets=gets,
    )


def administrators(name: str, arguments: str, stranger_gets: str = NOT_FOUND, prepare: Prepare = nothing) -> Row:
    """What administrators may do, and auditors may not, who know of it."""
    return Row("mutation", name, arguments, PROBLEMS, ADMINISTRATOR, AUDITOR, DENIED, stranger_gets, prepare)


PASSWORD_AND_CODE = '(password: "x", code: "x")'
MACHINE_AND_REASON = '(serviceAccount: $id, reason: "r")'
PROVIDER = (
    '(input: {code: "agency", issuer: "https://id.agency.example", clientId: "x", clientSecret: "x",'
    ' redirectUri: "https://front.agency.example"})'
)
ACCOUNT_AND_REASON = '(account: $id, reason: "r")'
TABLE = [
    Row("query", "rateDevelopment", "(id: $id)", "{ id }", AUDITOR, NOBODY, NOT_FOUND, NOT_FOUND),
    Row("query", "rateDevelopments", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, EMPTY),
    Row(
        "query",
        "rateRevisionComparison",
        "(id: $id, beforeRevision: 1, afterRevision: 1, changedOnly: false)",
        "{ totalCount }",
        AUDITOR,
        NOBODY,
        NOT_FOUND,
        NOT_FOUND,
    ),
    Row("query", "rateRules", "", "{ changeLimit }", ACTUARY, NOBODY, DENIED, OWN),
    Row("query", "job", "(id: $id)", "{ id }", AUDITOR, NOBODY, NOT_FOUND, NOT_FOUND),
    Row("query", "jobs", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, EMPTY),
    Row("query", "journal", "(filter: {subject: {eq: $id}})", "{ totalCount }", AUDITOR, ACTUARY, DENIED, EMPTY),
    Row("query", "registeredOperations", "", "{ totalCount }", AUDITOR, ACTUARY, EMPTY, EMPTY, register),
    Row("query", "operationRules", "", "{ registeredOnly }", AUDITOR, ACTUARY, EMPTY, EMPTY, hold),
    Row(
        "mutation",
        "registerOperations",
        '(client: $client, operations: [{text: "{ viewer { id } }"}])',
        PROBLEMS,
        ADMINISTRATOR,
        AUDITOR,
        DENIED,
        NOT_FOUND,
    ),
    Row("mutation", "withdrawOperation", "(id: $id)", PROBLEMS, ADMINISTRATOR, AUDITOR, DENIED, NOT_FOUND, register),
    Row(
        "mutation",
        "setRegisteredOnly",
        "(client: $client, registeredOnly: true)",
        PROBLEMS,
        ADMINISTRATOR,
        AUDITOR,
        DENIED,
        NOT_FOUND,
    ),
    Row("query", "programs", "", "{ id periods { id } }", AUDITOR, NOBODY, EMPTY, EMPTY),
    Row("query", "viewer", "", "{ id roles }", NOBODY, NOBODY, OK, OWN),
    Row("query", "node", "(id: $id)", "{ id }", AUDITOR, NOBODY, NOT_FOUND, NOT_FOUND),
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
    alike("login", '(tenant: "no-such-agency", email: "x", password: "x")', WRONG, public=True),
    alike("setPassword", '(token: "x", password: "an entirely new one")', NOT_VALID, public=True),
    alike("beginProviderSignIn", '(tenant: "no-such-agency", provider: "x")', NOT_FOUND, public=True),
    alike("completeProviderSignIn", '(state: "x", code: "x", ticket: "x")', NOT_VALID, public=True),
    alike("stepUp", PASSWORD_AND_CODE, WRONG),
    # The tokens here belong to no session; those that do are in test_sessions.py.
    alike("signOut", "", "NO_SESSION"),
    alike("changePassword", '(password: "x", newPassword: "an entirely new one")', WRONG),
    alike("enrolAuthenticator", '(password: "x")', WRONG),
    alike("confirmAuthenticator", PASSWORD_AND_CODE, WRONG),
    alike("renewRecoveryCodes", PASSWORD_AND_CODE, WRONG),
    alike("removeAuthenticator", PASSWORD_AND_CODE, WRONG),
    Row("mutation", "revokeSession", '(id: $id, reason: "r")', PROBLEMS, ADMINISTRATOR, AUDITOR, NOT_FOUND, NOT_FOUND),
    administrators("revokeSessions", '(subject: $id, reason: "r")'),
    administrators("inviteAccount", '(email: "x@y.example", name: "X")', OWN),
    administrators("resetPassword", ACCOUNT_AND_REASON),
    administrators("disableAccount", ACCOUNT_AND_REASON),
    administrators("enableAccount", ACCOUNT_AND_REASON, prepare=keep_out),
    administrators("recertifyAccount", "(account: $id)"),
    administrators("resetAuthenticator", ACCOUNT_AND_REASON, prepare=with_authenticator),
    administrators("createServiceAccount", '(name: "x")', OWN),
    administrators("rotateServiceAccount", "(serviceAccount: $id)"),
    administrators("disableServiceAccount", MACHINE_AND_REASON),
    administrators("enableServiceAccount", MACHINE_AND_REASON, prepare=stop_machine),
    administrators("setIdentityProvider", PROVIDER, OWN),
    administrators("disableIdentityProvider", '(code: "agency", reason: "r")', prepare=with_provider),
    Row("subscription", "jobChanged", "(id: $id)", "{ id }", AUDITOR, NOBODY, NOT_FOUND, NOT_FOUND, cancel),
]


def test_every_root_field_has_a_row():
    schema = build_schema(open_schema=True)._schema
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    fields = {(kind, name) for kind, root in roots.items() if root for name in root.fields}
    assert {(row.kind, row.name) for row in TABLE} == fields


def test_signing_in_is_all_that_somebody_unknown_may_do():
    assert {row.name for row in TABLE if row.anonymous_gets != "UNAUTHENTICATED"} == {
        name for name in PUBLIC_FIELDS if not name.startswith("__")
    }


@pytest.fixture
async def world(tenant, file) -> World:
    world = World(tenant)
    tenant.house.openid = OpenIdClient(frozenset({ISSUER}))
    filed = await file(tenant, role="actuary")
    program = await tenant.do(ADMINISTRATOR, create_program, code="title-xxi", name="Title XXI")
    world.ids = {
        "row": filed.row_id,
        "job_row": filed.job_row_id,
        "development": filed.id,
        "job": filed.job,
        "program": global_id("Program", program.id),
        "subject": global_id("Subject", tenant.identities[NOBODY].subject_id),
        "account": global_id("Account", tenant.identities[NOBODY].subject_id),
        "machine": global_id("ServiceAccount", tenant.identities["integrator"].subject_id),
        "session": global_id("Session", await begin_session(tenant)),
    }
    return world


async def begin_session(tenant: Any) -> UUID:
    """The id of a session of the account without a role."""
    made = await tenant.house.sign_in(tenant=tenant.code, email="nobody@agency.example", password=PASSWORD)
    session_id: UUID = tenant.house.keys.verify(made.text, tenant.house.clock()).identity.proof.session_id
    return session_id


#: What `$id` stands for; where nothing is said, a development's id.
SUBJECTS = {
    **dict.fromkeys(("job", "cancelJob", "retryJob", "jobChanged"), "job"),
    **dict.fromkeys(
        ("resetPassword", "disableAccount", "enableAccount", "recertifyAccount", "resetAuthenticator"), "account"
    ),
    **dict.fromkeys(("rotateServiceAccount", "disableServiceAccount", "enableServiceAccount"), "machine"),
    "revokeSession": "session",
    "withdrawOperation": "operation",
    "revokeSessions": "subject",
}


def variables_of(row: Row, world: World) -> dict[str, Any]:
    given = {
        "id": world.ids.get(SUBJECTS.get(row.name, "development")),
        "program": world.ids["program"],
        "package": PACKAGE,
        "client": global_id("Subject", world.tenant.identities[INTEGRATOR].subject_id),
    }
    return {name: value for name, value in given.items() if f"${name}" in row.arguments}


def outcome(response: dict[str, Any], name: str) -> str:
    if response.get("errors"):
        (error,) = response["errors"]
        return error["extensions"]["code"]
    value = response["data"][name]
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
    "account_token",
    "authenticator",
    "recovery_code",
    "sign_in_session",
    "refresh_token",
    "identity_provider",
    "external_identity",
    "provider_sign_in",
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
    "registered_operation",
    "operation_rule",
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
    # The guard counts what is refused; that is all that a refusal may leave behind.
    assert found == {*TABLES, "sign_in_guard"}


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
    assert gets == row.right_gets
    changed = row.kind == "mutation" and row.right_gets == OK
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
    assert "redacted" not in shown["extensions"]


async def test_a_machine_sees_what_it_filed_and_nothing_else(ask, world, file):
    own = await file(world.tenant, role="integrator")
    query = "query ($id: ID!) { rateDevelopment(id: $id) { id job { id } } rateDevelopments { nodes { id } } }"
    token = world.tenant.token("integrator")
    seen = (await ask(query, {"id": world.ids["development"]}, token=token)).json()["data"]
    assert seen == {"rateDevelopment": None, "rateDevelopments": {"nodes": [{"id": own.id}]}}
    seen = (await ask(query, {"id": own.id}, token=token)).json()["data"]
    assert seen["rateDevelopment"] == {"id": own.id, "job": {"id": own.job}}
