"""Who one is: login, tokens for machines, and tokens that are refused."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from sqlalchemy import text

from almoner.identity.tokens import TokenKeys, load_keys

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery staple"
LOGIN = """
    mutation ($tenant: String!, $email: String!, $password: String!) {
        login(tenant: $tenant, email: $email, password: $password) { accessToken expiresAt problems { code path } }
    }
"""
VIEWER = "{ viewer { id kind roles permissions tenant { code timeZone } } }"


def login_of(agency, **changes):
    return {"tenant": agency.code, "email": "actuary@agency.example", "password": PASSWORD, **changes}


async def test_a_person_signs_in_and_is_who_the_token_says(ask, tenant):
    payload = (await ask(LOGIN, login_of(tenant))).json()["data"]["login"]
    assert payload["problems"] == []
    assert payload["expiresAt"].endswith("+00:00")
    viewer = (await ask(VIEWER, token=payload["accessToken"])).json()["data"]["viewer"]
    assert (viewer["kind"], viewer["roles"]) == ("account", ["actuary"])
    assert viewer["tenant"] == {"code": tenant.code, "timeZone": "America/Phoenix"}
    assert "rate_development:certify" in viewer["permissions"]
    assert "rate_development:publish" not in viewer["permissions"]


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "wrong horse battery staple"},
        {"email": "unknown@agency.example"},
        {"tenant": "no-such-agency"},
        {"password": "\0"},
        {"tenant": "\0"},
        {"email": "\ud800"},
    ],
)
async def test_wrong_credentials_all_answer_alike(client, tenant, changes):
    body = json.dumps({"query": LOGIN, "variables": login_of(tenant, **changes)})
    response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    problems = [{"code": "WRONG_CREDENTIALS", "path": []}]
    assert response.status_code == 200
    assert response.json() == {"data": {"login": {"accessToken": None, "expiresAt": None, "problems": problems}}}


async def test_a_machine_gets_a_token_by_either_way_of_authentication(client, ask, tenant):
    form = {"grant_type": "client_credentials"}
    in_header = await client.post("/oauth/token", data=form, auth=(tenant.client_id, tenant.client_secret))
    in_body = await client.post(
        "/oauth/token", data={**form, "client_id": tenant.client_id, "client_secret": tenant.client_secret}
    )
    for response in (in_header, in_body):
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        body = response.json()
        assert (body["token_type"], set(body)) == ("Bearer", {"access_token", "token_type", "expires_in"})
        assert 3500 < body["expires_in"] <= 3600
        viewer = (await ask(VIEWER, token=body["access_token"])).json()["data"]["viewer"]
        assert (viewer["kind"], viewer["roles"]) == ("service_account", ["integrator"])


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "everything"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_secret": "\0"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "no-agency.x"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": ""}, 401, "invalid_client"),
    ],
)
async def test_a_wrong_token_request_says_what_is_wrong(client, tenant, form, status, error):
    credentials = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
    response = await client.post("/oauth/token", data={**credentials, **form})
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in response.headers) == (status == 401)


@pytest.mark.parametrize(
    ("headers", "content", "status", "error"),
    [
        ({"Content-Type": "application/json"}, b"{}", 400, "invalid_request"),
        ({}, b"grant_type=client_credentials&grant_type=client_credentials", 400, "invalid_request"),
        ({}, b"grant_type=client_credentials%ff", 400, "invalid_request"),
        ({}, b"grant_type=client_credentials", 401, "invalid_client"),
        ({"Authorization": "Basic ????"}, b"grant_type=client_credentials", 401, "invalid_client"),
        ({"Authorization": "Basic eA=="}, b"grant_type=client_credentials", 401, "invalid_client"),
        ({"Authorization": "Basic eDp5"}, b"client_secret=x&client_id=x", 400, "invalid_request"),
    ],
)
async def test_a_malformed_token_request_is_refused(client, headers, content, status, error):
    headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    response = await client.post("/oauth/token", content=content, headers=headers)
    assert (response.status_code, response.json()["error"]) == (status, error)


def without_signature(token):
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def with_other_claims(token):
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["kind"] = "worker"
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.{signature}"


def bad_tokens(tenant, settings):
    identity, now = tenant.identities["actuary"], tenant.house.clock()
    good = tenant.token("actuary")
    ours = load_keys(settings.keys_file)
    names = {"issuer": settings.issuer, "audience": settings.audience, "minutes": 60}
    stranger = OKPKey.generate_key("Ed25519", {"kid": str(ours.keys[0].kid)}, private=True)
    claims = jwt.decode(good, ours, algorithms=["Ed25519"]).claims
    return {
        "ended": tenant.house.keys.issue(identity, now - timedelta(hours=2)).text,
        "another audience": TokenKeys(ours, **{**names, "audience": "another-api"}).issue(identity, now).text,
        "another issuer": TokenKeys(ours, **{**names, "issuer": "another"}).issue(identity, now).text,
        "a stranger's key": jwt.encode({"alg": "Ed25519", "kid": stranger.kid}, claims, stranger, ["Ed25519"]),
        "no algorithm": without_signature(good),
        "other claims": with_other_claims(good),
        "cut off": good[:-4],
        "no token at all": "x",
        "empty": "",
        "not ASCII": "tökén",
    }


@pytest.mark.parametrize(
    "which",
    [
        "ended",
        "another audience",
        "another issuer",
        "a stranger's key",
        "no algorithm",
        "other claims",
        "cut off",
        "no token at all",
        "empty",
        "not ASCII",
    ],
)
async def test_a_bad_token_is_refused_with_401_even_where_none_is_needed(client, tenant, settings, which):
    header = f"Bearer {bad_tokens(tenant, settings)[which]}".encode()
    for query in (VIEWER, "{ __typename }"):
        response = await client.post("/graphql", json={"query": query}, headers={b"Authorization": header})
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}
        assert "data" not in response.json()


async def test_without_a_token_everything_but_login_is_refused(ask, tenant):
    response = await ask(VIEWER)
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert (await ask("{ __typename }")).json() == {"data": {"__typename": "Query"}}


async def test_login_does_not_open_the_door_for_what_stands_beside_it(ask, tenant):
    both = LOGIN.replace("login(", 'createProgram(code: "x1", name: "X") { problems { code } } login(', 1)
    response = await ask(both, login_of(tenant))
    assert (response.status_code, "data" in response.json()) == (401, False)


async def test_a_hidden_selection_does_not_open_the_door_either(ask):
    query = "query { ...A } fragment A on Query { ... on Query { ...B } } fragment B on Query { programs { id } }"
    assert (await ask(query)).status_code == 401


async def test_a_disabled_account_is_out_at_once(ask, tenant):
    token = tenant.token("actuary")
    assert (await ask(VIEWER, token=token)).status_code == 200
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(
            text("update almoner.account set disabled_at = now() where id = :id"),
            {"id": tenant.identities["actuary"].subject_id},
        )
    response = await ask(VIEWER, token=token)
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    refused = (await ask(LOGIN, login_of(tenant))).json()["data"]["login"]
    assert refused["problems"] == [{"code": "WRONG_CREDENTIALS", "path": []}]


async def test_a_role_that_ends_is_gone_at_once(ask, tenant):
    token = tenant.token("actuary")
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(text("update almoner.role_assignment set valid_until = now() - interval '1 second'"))
    viewer = (await ask(VIEWER, token=token)).json()["data"]["viewer"]
    assert (viewer["roles"], viewer["permissions"]) == ([], [])
