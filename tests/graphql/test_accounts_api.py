"""Accounts, machines, sessions and identity providers as administrators read them, and everybody their own."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import true

from almoner.authorization.change import apply_policy_change, preview_policy_change
from almoner.authorization.document import Change, Grant, Item, Role
from almoner.authorization.roles import assign_role
from almoner.core.ids import global_id
from almoner.core.tables import METADATA
from almoner.identity import tables
from almoner.identity.account_tokens import invite_account
from almoner.identity.enrol import confirm_authenticator, enrol_authenticator
from almoner.identity.guard import FREE_FAILURES
from almoner.identity.prove import Credentials
from almoner_graphql.planner.declare import Value
from almoner_graphql.planner.sources import TableRow
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery staple"
ADMINISTRATOR = "program_administrator"
ONE = """query ($id: ID!) { account(id: $id) {
    id subject email name createdAt recertifyBy disabledAt hasAuthenticator lockedUntil lastSignedInAt
    sponsor { email } sessions { nodes { active factors begunAt expiresAt revokedAt account { email } } } } }"""


@pytest.fixture
def read(ask, tenant):
    """The data that a role gets."""

    async def send(query, role=ADMINISTRATOR, **variables):
        answer = (await ask(query, variables, token=tenant.token(role))).json()
        assert "errors" not in answer, answer
        return answer["data"]

    return send


def id_of(tenant, role, type_="Account"):
    return global_id(type_, tenant.identities[role].subject_id)


def shown(instant):
    """An instant as the API shows it."""
    return instant.isoformat(timespec="microseconds")


async def sign_in(tenant, role="actuary", password=PASSWORD):
    return await tenant.house.sign_in(tenant=tenant.code, email=f"{role}@agency.example", password=password)


async def test_an_administrator_sees_how_an_account_stands(tenant, read):
    before = (await read(ONE, id=id_of(tenant, "actuary")))["account"]
    assert {name: before[name] for name in ("hasAuthenticator", "lockedUntil", "lastSignedInAt")} == {
        "hasAuthenticator": False,
        "lockedUntil": None,
        "lastSignedInAt": None,
    }
    await sign_in(tenant)
    identity = tenant.identities["actuary"]
    made = await enrol_authenticator(tenant.house, identity, Credentials(PASSWORD), request_id="test")
    assert not (await read(ONE, id=before["id"]))["account"]["hasAuthenticator"]
    given = Credentials(PASSWORD, pyotp.TOTP(made.secret).at(tenant.house.clock()))
    await confirm_authenticator(tenant.house, identity, given, request_id="test")
    after = (await read(ONE, id=before["id"]))["account"]
    (session,) = after["sessions"]["nodes"]
    assert after["hasAuthenticator"]
    assert after["lastSignedInAt"] == session["begunAt"]
    assert (session["active"], session["factors"], session["revokedAt"]) == (True, ["pwd"], None)
    assert session["account"] == {"email": "actuary@agency.example"}


async def test_a_lock_is_seen_while_it_lasts(tenant, read, refusal_of_sign_in):
    for _ in range(FREE_FAILURES):
        await refusal_of_sign_in("actuary")
    now = tenant.house.clock()
    tenant.house.clock = lambda: now + timedelta(seconds=1)
    until = (await read(ONE, id=id_of(tenant, "actuary")))["account"]["lockedUntil"]
    assert until is not None
    tenant.house.clock = lambda: now + timedelta(minutes=2)
    assert (await read(ONE, id=id_of(tenant, "actuary")))["account"]["lockedUntil"] is None


@pytest.fixture
def refusal_of_sign_in(ask, tenant):
    async def fail(role):
        query = f'mutation {{ login(tenant: "{tenant.code}", email: "{role}@agency.example", password: "wrong")'
        answer = (await ask(f"{query} {{ problems {{ code }} }} }}")).json()
        assert answer["data"]["login"]["problems"] == [{"code": "WRONG_CREDENTIALS"}]

    return fail


async def test_everybody_sees_themselves_and_nobody_else(tenant, read):
    for role in ("nobody", "actuary"):
        await sign_in(tenant, role)
    query = """{ viewer { id account { email subject sessions { totalCount } } serviceAccount { name }
        sessions { nodes { active subject } } }
        accounts { nodes { email } } serviceAccounts { totalCount } sessions { nodes { subject } } identityProviders
        { code } }"""
    found = await read(query, "nobody")
    mine = found["viewer"]["id"]
    assert found["viewer"] == {
        "id": mine,
        "account": {"email": "nobody@agency.example", "subject": mine, "sessions": {"totalCount": 1}},
        "serviceAccount": None,
        "sessions": {"nodes": [{"active": True, "subject": mine}]},
    }
    assert found["accounts"]["nodes"] == [{"email": "nobody@agency.example"}]
    assert found["sessions"]["nodes"] == [{"subject": mine}]
    assert (found["serviceAccounts"], found["identityProviders"]) == ({"totalCount": 0}, [])


async def test_a_machine_sees_itself(tenant, read):
    await tenant.house.sign_in_machine(client_id=tenant.client_id, secret=tenant.client_secret)
    query = "{ viewer { account { id } serviceAccount { clientId lastSignedInAt sessions { nodes { begunAt } } } } }"
    viewer = (await read(query, "integrator"))["viewer"]
    (session,) = viewer["serviceAccount"].pop("sessions")["nodes"]
    assert viewer["account"] is None
    assert viewer["serviceAccount"] == {"clientId": tenant.client_id, "lastSignedInAt": session["begunAt"]}


async def test_a_sponsor_sees_whom_they_answer_for(tenant, read):
    sponsor = tenant.identities["actuary"].subject_id
    invited, _token, _until = await tenant.do(
        ADMINISTRATOR, invite_account, email="new@agency.example", name="New", sponsor_id=sponsor
    )
    query = "query ($id: ID!) { accounts(filter: {sponsor: {eq: $id}}) { nodes { id createdAt sponsor { email } } } }"
    (node,) = (await read(query, "actuary", id=id_of(tenant, "actuary")))["accounts"]["nodes"]
    assert node["id"] == global_id("Account", invited.id)
    assert node["createdAt"] == shown(invited.created_at)
    assert node["sponsor"] == {"email": "actuary@agency.example"}
    everybody = await read("{ accounts { nodes { email } } }", "actuary")
    assert [one["email"] for one in everybody["accounts"]["nodes"]] == ["actuary@agency.example", "new@agency.example"]


async def test_accounts_are_found_by_what_administrators_look_for(tenant, read):
    await tenant.do(ADMINISTRATOR, invite_account, email="new@agency.example", name="New")
    reason = f'disableAccount(account: "{id_of(tenant, "auditor")}", reason: "left")'
    changed = (await read(f"mutation {{ {reason} {{ account {{ email disabledAt }} problems {{ code }} }} }}"))[
        "disableAccount"
    ]
    assert (changed["account"]["email"], changed["problems"]) == ("auditor@agency.example", [])
    assert changed["account"]["disabledAt"] is not None

    async def emails(arguments):
        found = await read(f"{{ accounts({arguments}) {{ nodes {{ email }} }} }}")
        return [node["email"].partition("@")[0] for node in found["accounts"]["nodes"]]

    assert await emails("filter: {disabledAt: {isNull: false}}") == ["auditor"]
    assert await emails('filter: {recertifyBy: {lt: "9999-12-31"}}') == ["new"]
    assert await emails('filter: {email: {in: ["nobody@agency.example"]}, disabledAt: {isNull: true}}') == ["nobody"]
    assert await emails("orderBy: RECERTIFY_BY_ASC, first: 1") == ["new"]
    assert await emails("orderBy: EMAIL_DESC, first: 2") == ["program_administrator", "policy_administrator"]


async def test_whoever_did_something_is_found_by_the_id_that_names_them(tenant, read):
    await tenant.do("nobody", nothing_but_record)
    query = "{ journal(first: 1) { nodes { actor subject { __typename ... on Account { name } } } } }"
    (entry,) = (await read(query, "auditor"))["journal"]["nodes"]
    assert entry["subject"] == {"__typename": "Account", "name": "nobody"}
    query = "query ($id: ID!) { account(id: $id) { name } node(id: $id) { id ... on Account { subject } } }"
    found = await read(query, id=entry["actor"])
    assert found == {
        "account": {"name": "nobody"},
        "node": {"id": id_of(tenant, "nobody"), "subject": entry["actor"]},
    }
    machine = id_of(tenant, "integrator", "Subject")
    query = "query ($id: ID!) { node(id: $id) { __typename ... on ServiceAccount { name subject } } }"
    node = (await read(query, id=machine))["node"]
    assert node == {"__typename": "ServiceAccount", "name": "integrator", "subject": machine}


async def nothing_but_record(scope):
    scope.record("test.done", await scope.find(tables.Account, scope.viewer.subject_id))


async def test_payloads_hold_the_things_and_what_is_shown_once(tenant, read):
    query = """mutation {
        inviteAccount(email: "x@agency.example", name: "X") { account { email sponsor { name } } token }
        createServiceAccount(name: "m") { serviceAccount { name clientId } clientId clientSecret }
    }"""
    found = await read(query)
    assert found["inviteAccount"]["account"] == {"email": "x@agency.example", "sponsor": {"name": ADMINISTRATOR}}
    assert found["inviteAccount"]["token"]
    made = found["createServiceAccount"]
    assert made["serviceAccount"] == {"name": "m", "clientId": made["clientId"]}
    assert made["clientSecret"]


async def test_a_payload_is_silent_about_what_its_viewer_may_not_see(tenant, read):
    administrator = tenant.identities[ADMINISTRATOR].subject_id
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        await assign_role(scope, administrator, "policy_administrator", reason="test")
    door: list[Item] = [
        Role("doorkeeper", "tenant", "test"),
        Grant("doorkeeper", "account", "create", "any", "allow", "test"),
    ]
    changes = [Change("add", item) for item in door]
    preview = await tenant.do(ADMINISTRATOR, preview_policy_change, changes)
    await tenant.do(ADMINISTRATOR, apply_policy_change, preview.id, reason="test")
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        await assign_role(scope, tenant.identities["integrator"].subject_id, "doorkeeper", reason="test")
    query = """mutation { inviteAccount(email: "x@agency.example", name: "X") { account { email } token
        problems { code } } }"""
    payload = (await read(query, "integrator"))["inviteAccount"]
    assert payload.pop("token")
    assert payload == {"account": None, "problems": []}


def test_no_field_reads_what_is_secret():
    secret = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name.endswith("_hash") or column.name.startswith("sealed_")
    }
    assert {"account.password_hash", "authenticator.sealed_secret", "service_account.secret_hash"} <= secret
    catalog = build_schema(open_schema=True).catalog

    def anybody(_permission, _row):
        return true()

    read = {}
    for type_ in catalog.objects():
        table = catalog.reads(type_).table
        for name in type_.fields if table is not None else ():
            declared = catalog.field(type_, name)
            if isinstance(declared, Value):
                read[f"{type_.name}.{name}"] = str(declared.expression(TableRow.of(table, "r"), anybody))
    assert len(read) > 100
    columns = {one.partition(".")[2] for one in secret}
    assert {name: sql for name, sql in read.items() if any(column in sql for column in columns)} == {}
