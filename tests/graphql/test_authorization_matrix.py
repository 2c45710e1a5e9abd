"""Everything at the root of the schema, for somebody unknown, another tenant, a wrong role and a right one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.graphql.matrix import (
    committee_bodies,
    committee_decisions,
    committee_exports,
    committee_meetings,
    committee_reads,
    committee_records,
    committee_session,
    identity,
    jobs,
    operations,
    policy,
    rates,
    roles,
)
from tests.graphql.matrix.world import (
    ADMINISTRATOR,
    AUDITOR,
    EMPTY,
    INTEGRATOR,
    ISSUER,
    NOBODY,
    OK,
    OWN,
    PASSWORD,
    Row,
    World,
)

from almoner.core.ids import global_id
from almoner.identity.openid import OpenIdClient
from almoner.rates.synthetic import synthetic
from almoner.tenancy.programs import create_program
from almoner_graphql.extension import PUBLIC_FIELDS
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

COMMITTEES = (
    *(committee_bodies, committee_meetings, committee_session, committee_decisions, committee_records),
    committee_exports,
    committee_reads,
)
TABLE = [row for part in (rates, jobs, operations, identity, policy, roles, *COMMITTEES) for row in part.ROWS]

STEPPED_UP = ("pwd", "otp")


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
    filed = await file(tenant)
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
        "client": global_id("Subject", tenant.identities[INTEGRATOR].subject_id),
        "package": synthetic(1, 2),
    }
    return world


async def begin_session(tenant: Any) -> UUID:
    """The id of a session of the account without a role."""
    made = await tenant.house.sign_in(tenant=tenant.code, email="nobody@agency.example", password=PASSWORD)
    session_id: UUID = tenant.house.keys.verify(made.text, tenant.house.clock()).identity.proof.session_id
    return session_id


def variables_of(row: Row, world: World) -> dict[str, Any]:
    return {name: world.ids.get(row.about if name == "id" else name) for name in row.variables}


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

    async def __call__(self, row: Row, world: World, token: str | None, public_of: str | None = None) -> str:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if public_of is not None:
            headers["Almoner-Tenant"] = public_of
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
    "action",
    "action_update",
    "agenda_item",
    "appointment",
    "attendance",
    "attendance_span",
    "ballot",
    "calendar_feed",
    "committee",
    "committee_body",
    "committee_delegation",
    "committee_relation",
    "conflict_declaration",
    "decision",
    "decision_body",
    "delegation_adoption",
    "delegation_refusal",
    "delegation_item",
    "exclusion",
    "interest",
    "meeting",
    "minutes",
    "minutes_amendment",
    "minutes_entry",
    "paper",
    "paper_document",
    "public_question",
    "quorum_change",
    "recommendation",
    "referral",
    "reminder",
    "seat",
    "terms_approval",
    "terms_of_reference",
    "vote",
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
    for some in (world.tenant, other_tenant):
        assert await send(row, world, None, public_of=some.code) in row.public_gets
    assert await send(row, world, world.tenant.token(row.wrong, *STEPPED_UP)) == row.wrong_gets
    if row.right not in other_tenant.identities:
        await row.prepare(World(other_tenant))  # somebody who is there what the right one is here
    for role in (row.right, ADMINISTRATOR):
        gets = await send(row, world, other_tenant.token(role, *STEPPED_UP))
        # Somebody else's tenant may refuse its own people too: its administrator is no auditor.
        assert gets == row.stranger_gets or (role != row.right and gets == row.others_get)
        if row.stranger_gets == OWN and row.kind == "mutation":
            break
    assert await contents(world.tenant) == before


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_those_who_may_get_it(row, world, send):
    await row.prepare(world)
    before = await contents(world.tenant)
    gets = await send(row, world, world.tenant.token(row.right, *STEPPED_UP))
    after = await contents(world.tenant)
    assert gets == row.right_gets
    changed = row.kind == "mutation" and row.right_gets == OK
    assert (before != after) is changed
    assert (before["journal_entry"] != after["journal_entry"]) is (changed and row.journaled)


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
    theirs = await file(world.tenant, role="actuary")
    query = "query ($id: ID!) { rateDevelopment(id: $id) { id job { id } } rateDevelopments { nodes { id } } }"
    token = world.tenant.token("integrator")
    own = world.ids["development"]
    seen = (await ask(query, {"id": theirs.id}, token=token)).json()["data"]
    assert seen == {"rateDevelopment": None, "rateDevelopments": {"nodes": [{"id": own}]}}
    seen = (await ask(query, {"id": own}, token=token)).json()["data"]
    assert seen["rateDevelopment"] == {"id": own, "job": {"id": world.ids["job"]}}
