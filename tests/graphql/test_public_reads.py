"""Somebody who names an agency and is not signed in reads what it makes public, and does nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from tests.authorization.listing import PUBLIC
from tests.graphql.test_rate_limits_of_streams import connected

from almoner.authorization.document import Change, Grant
from almoner.authorization.stored import write_version
from almoner.core.errors import Unavailable
from almoner.core.ids import global_id
from almoner.operations.rules import set_registered_only
from almoner.rates.tables import RateDevelopment
from almoner.tenancy import codes
from almoner.tenancy.codes import TenantCodes
from almoner_graphql.planner.connections import Connections
from almoner_graphql.rate_limits import OBJECTS_PER_POINT

pytestmark = pytest.mark.anyio

RATES = "{ rateDevelopments { totalCount nodes { id name } } }"
ONESELF = "account { id } serviceAccount { id } sessions { totalCount } assignments { totalCount }"
VIEWER = f"{{ viewer {{ kind roles permissions tenant {{ code }} {ONESELF} }} }}"


@pytest.fixture
def visit(client):
    """Asks as somebody who names an agency and has no token."""

    async def send(query, code, variables=None, *, token=None, **headers):
        sent = {"Almoner-Tenant": code, **({"Authorization": f"Bearer {token}"} if token else {})}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.post("/graphql", json={"query": query, "variables": variables}, headers=sent)

    return send


@pytest.fixture
async def rates(tenant, file):
    """A development that is public, and one that is not."""
    public, private = await file(tenant), await file(tenant)
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        change = update(RateDevelopment).where(RateDevelopment.id == public.row_id)
        await session.execute(change.values(published_at=tenant.house.clock(), name="published"))
    return public, private


def code_of(response):
    (error,) = response.json()["errors"]
    assert not any((response.json().get("data") or {}).values())
    return response.status_code, error["extensions"]["code"]


# --- what is seen --------------------------------------------------------------------------------------------------


async def test_the_public_sees_public_rows_and_no_others(visit, rates, tenant, other_tenant):
    public, private = rates
    answer = (await visit(RATES, tenant.code)).json()["data"]["rateDevelopments"]
    assert answer == {"totalCount": 1, "nodes": [{"id": public.id, "name": "published"}]}
    one = "query ($id: ID!) { rateDevelopment(id: $id) { id job { id } } }"
    assert (await visit(one, tenant.code, {"id": public.id})).json()["data"]["rateDevelopment"]["job"] is None
    for asked, code in ((private.id, tenant.code), (public.id, other_tenant.code)):
        (error,) = (await visit(one, code, {"id": asked})).json()["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
    assert (await visit(RATES, other_tenant.code)).json()["data"]["rateDevelopments"]["totalCount"] == 0


async def test_the_public_is_somebody_with_one_role_and_without_an_account(visit, tenant):
    assert (await visit(VIEWER, tenant.code)).json()["data"]["viewer"] == {
        "kind": "public",
        "roles": ["public"],
        "permissions": PUBLIC,
        "tenant": {"code": tenant.code},
        "account": None,
        "serviceAccount": None,
        "sessions": {"totalCount": 0},
        "assignments": {"totalCount": 0},
    }


async def test_nothing_is_explained_to_the_public(visit, tenant):
    why = 'query ($id: ID!) { explainAccess(subject: $id, permission: "job:view") { allowed } }'
    own = (await visit("{ viewer { id } }", tenant.code)).json()["data"]["viewer"]["id"]
    for subject in (own, global_id("Subject", tenant.identities["actuary"].subject_id)):
        assert code_of(await visit(why, tenant.code, {"id": subject})) == (200, "NOT_FOUND")


async def test_a_grant_that_the_public_loses_is_gone_for_the_next_request(visit, rates, tenant):
    assert (await visit(RATES, tenant.code)).json()["data"]["rateDevelopments"]["totalCount"] == 1
    await _refuse_public(tenant)
    after = await visit(RATES, tenant.code)
    assert after.headers["almoner-policy-version"] == "1"
    assert after.json()["data"]["rateDevelopments"]["totalCount"] == 0


async def _refuse_public(tenant):
    """A version of the agency's policy in which its public sees no rates."""
    gone = Change("add", Grant("public", "rate_development", "view", "any", "deny", "for a while"))
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        await write_version(scope, 1, [gone], reason="test")


async def test_a_public_read_is_one_statement_and_no_look_up(visit, rates, tenant, monkeypatch):
    await visit(RATES, tenant.code)
    sent, real = [], Connections.lent

    def note(connections, tenant_id, **options):
        sent.append((tenant_id, options["public"]))
        return real(connections, tenant_id, **options)

    async def no_look_up(_codes, code):
        raise AssertionError(code)

    monkeypatch.setattr(Connections, "lent", note)
    monkeypatch.setattr(TenantCodes, "_ask", no_look_up)
    assert (await visit(RATES, tenant.code)).json()["data"]["rateDevelopments"]["totalCount"] == 1
    assert sent == [(tenant.id, True)]


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        'mutation { createProgram(code: "x", name: "X") { problems { code } } }',
        "mutation { signOut { problems { code } } }",
    ],
)
async def test_the_public_changes_nothing(visit, tenant, document):
    answer = await visit(document, tenant.code)
    assert code_of(answer) == (401, "UNAUTHENTICATED")
    assert "data" not in answer.json()  # refused before it is run


async def test_signing_in_is_possible_whatever_agency_is_named(visit, tenant):
    document = 'mutation { login(tenant: "nowhere", email: "x", password: "x") { problems { code } } }'
    answer = (await visit(document, tenant.code)).json()["data"]["login"]
    assert answer == {"problems": [{"code": "WRONG_CREDENTIALS"}]}


@pytest.mark.parametrize("code", ["no-such-agency", "", "A", "a" * 41, "x'; --", "az bhs"])
async def test_an_agency_that_does_not_exist_is_a_plain_refusal(visit, code):
    assert code_of(await visit("{ viewer { id } }", code)) == (400, "TENANT_NOT_FOUND")


async def test_a_token_is_of_the_agency_that_is_named(visit, tenant, other_tenant):
    token = tenant.token("actuary")
    seen = await visit("{ viewer { kind } }", tenant.code, token=token)
    assert seen.json()["data"]["viewer"] == {"kind": "account"}
    for other in (other_tenant.code, "no-such-agency"):
        assert code_of(await visit(RATES, other, token=token)) == (400, "TENANT_DIFFERS")


async def test_a_token_that_is_not_valid_does_not_read_as_the_public(visit, rates, tenant):
    assert code_of(await visit(RATES, tenant.code, token="forged")) == (401, "UNAUTHENTICATED")


async def test_an_agency_that_takes_registered_operations_only_takes_no_others_of_the_public(visit, tenant):
    await tenant.do("program_administrator", set_registered_only, None, True)
    assert code_of(await visit(RATES, tenant.code)) == (400, "REGISTERED_DOCUMENTS_ONLY")


async def test_the_public_sees_no_statements(visit, tenant):
    assert code_of(await visit(RATES, tenant.code, Almoner_Explain="sql")) == (400, "DENIED")


# --- over WebSocket ------------------------------------------------------------------------------------------------


async def test_a_socket_that_names_an_agency_reads_and_does_not_follow(limit, tenant, rates):
    public, _private = rates
    async with limit() as api, connected(api.app, None, tenant=tenant.code) as socket:
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe("1", RATES)
        told = await socket.receive()
        assert [one["id"] for one in told["payload"]["data"]["rateDevelopments"]["nodes"]] == [public.id]
        assert (await socket.receive())["type"] == "complete"
        await socket.subscribe("2", 'subscription { jobChanged(id: "x") { id } }')
        (error,) = (await socket.receive())["payload"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("named", ["no-such-agency", 7])
async def test_a_socket_that_names_no_agency_is_closed(limit, named):
    async with limit() as api, connected(api.app, None, tenant=named) as socket:
        assert await socket.receive() == 4400


async def test_a_socket_with_a_token_of_another_agency_is_closed(limit, tenant, other_tenant):
    async with limit() as api, connected(api.app, tenant.token("actuary"), tenant=other_tenant.code) as socket:
        assert await socket.receive() == 4400


# --- limits --------------------------------------------------------------------------------------------------------


async def test_the_public_of_an_agency_has_a_bucket_beside_that_of_its_people(limit, tenant, other_tenant, refused_for):
    async with limit(public_points=2, tenant_points=60, address_points=60) as api:
        first = await api.send(peer="192.0.2.1", almoner_tenant=tenant.code)
        assert first.headers["ratelimit-policy"] == '"address";q=60;w=60, "public";q=2;w=60'
        assert first.headers["ratelimit"] == '"address";r=59;t=1, "public";r=1;t=30'
        await api.send(peer="192.0.2.2", almoner_tenant=tenant.code)
        refused_for(await api.send(peer="192.0.2.3", almoner_tenant=tenant.code), 30)
        assert (await api.send(peer="192.0.2.3", almoner_tenant=other_tenant.code)).status_code == 200
        theirs = await api.send(token=tenant.token("actuary"))
        assert theirs.headers["ratelimit"] == '"tenant";r=59;t=1'
        assert api.limits.under_way == 0


async def test_what_the_public_asks_for_is_paid_for_by_both_buckets(limit, tenant):
    async with limit(public_points=100, address_points=50) as api:
        response = await api.send("{ rateDevelopments(first: 100) { nodes { id } } }", almoner_tenant=tenant.code)
        assert response.json()["extensions"]["cost"]["requested"] // OBJECTS_PER_POINT == 1
        assert response.headers["ratelimit"].startswith('"address";r=48;')
        assert '"public";r=98;' in response.headers["ratelimit"]


async def test_an_address_is_limited_whichever_agencies_it_names_and_before_one_is_looked_up(
    limit, tenant, refused_for, monkeypatch
):
    async with limit(address_points=2, public_points=60) as api:
        assert (await api.send(almoner_tenant="no-such-agency")).status_code == 400
        assert (await api.send(almoner_tenant=tenant.code)).status_code == 200
        monkeypatch.setattr(TenantCodes, "find", None)
        refused_for(await api.send(almoner_tenant="one-more"), 30)


async def test_requests_of_the_public_at_the_same_time_are_bounded_and_leave_the_others_alone(limit, tenant):
    async with limit(public_requests=1, tenant_requests=2) as api:
        ticket = await api.limits.admit(_anybody(), None)
        await api.limits.admit_public(ticket, tenant.id)
        refused = await api.send(almoner_tenant=tenant.code)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert (await api.send(token=tenant.token("actuary"))).status_code == 200
        ticket.close()
        assert (await api.send(almoner_tenant=tenant.code)).status_code == 200
        assert api.limits.under_way == 0


def _anybody():
    return {"type": "http", "client": ("192.0.2.9", 1), "headers": [], "state": {}}


async def test_the_public_has_half_of_its_tenants_connections(settings, tenant):
    pool = Connections(settings.application_url, 4, seconds=0.2, tenant_connections=2)
    async with pool as connections, connections.lent(tenant.id, public=True) as first:
        assert await first.fetchval("select 1") == 1
        with pytest.raises(Unavailable):
            await connections.row(tenant.id, "select 'the public took a second connection'", public=True)
        async with connections.lent(tenant.id) as own:
            assert await own.fetchval("select 1") == 1


# --- codes ---------------------------------------------------------------------------------------------------------


async def test_codes_are_looked_up_once_and_unknown_ones_not_for_long_and_never_too_many(house, tenant, monkeypatch):
    monkeypatch.setattr(codes, "MAX_UNKNOWN", 5)
    now, asked = [100.0], []
    known = TenantCodes(house.database, lambda: now[0])
    real = TenantCodes._ask

    async def note(self, code):
        asked.append(code)
        await real(self, code)

    monkeypatch.setattr(TenantCodes, "_ask", note)
    for _ in range(3):
        assert await known.find(tenant.code) == tenant.id
        assert await known.find("nobody") is None
    assert asked == [tenant.code, "nobody"]
    now[0] += codes.UNKNOWN_SECONDS
    assert await known.find("nobody") is None
    assert asked == [tenant.code, "nobody", "nobody"]
    for number in range(20):
        assert await known.find(f"nobody-{number}") is None
    assert known.remembered == 6
    assert await known.find("no code at all") is None
    assert len(asked) == 23
