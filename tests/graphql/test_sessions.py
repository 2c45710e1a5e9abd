"""Sessions over HTTP: refreshing, revoking, and that a revoked token is refused by the very next request."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery staple"
LOGIN = """
    mutation ($tenant: String!, $email: String!, $password: String!, $code: String) {
        login(tenant: $tenant, email: $email, password: $password, code: $code) {
            accessToken expiresAt refreshToken sessionUntil problems { code path } } }
"""
OF_ROWS = "{ programs { id } }"
OF_ONESELF = "{ viewer { id } }"


@pytest.fixture
def login(ask, tenant):
    async def do(**changes):
        given = {"tenant": tenant.code, "email": "actuary@agency.example", "password": PASSWORD, **changes}
        return (await ask(LOGIN, given)).json()["data"]["login"]

    return do


async def refreshed(client, token):
    return await client.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token})


async def is_refused(ask, token):
    """By every query alike."""
    answers = [(await ask(query, token=token)) for query in (OF_ROWS, OF_ONESELF)]
    codes = {answer.json()["errors"][0]["extensions"]["code"] for answer in answers if answer.status_code == 401}
    assert len({answer.status_code for answer in answers}) == 1
    return codes == {"UNAUTHENTICATED"}


async def test_a_person_refreshes_and_the_used_token_ends_everything(ask, client, login):
    first = await login()
    response = await refreshed(client, first["refreshToken"])
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    second = response.json()
    assert set(second) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert not await is_refused(ask, second["access_token"])
    for token in (first["refreshToken"], second["refresh_token"], "x", "\0"):
        response = await refreshed(client, token)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert await is_refused(ask, second["access_token"])
    assert await is_refused(ask, first["accessToken"])


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": ""}, "invalid_request"),
        ({"grant_type": "password", "refresh_token": "x"}, "unsupported_grant_type"),
    ],
)
async def test_a_malformed_refresh_is_refused(client, form, error):
    response = await client.post("/oauth/token", data=form)
    assert (response.status_code, response.json()["error"]) == (400, error)


@pytest.mark.parametrize("which", ["accessToken", "refreshToken"])
async def test_a_revoked_token_is_refused_at_once(ask, client, login, which):
    mine, other = await login(), await login()
    assert not await is_refused(ask, mine["accessToken"])
    for _again in range(2):
        response = await client.post("/oauth/revoke", data={"token": mine[which], "token_type_hint": "access_token"})
        assert (response.status_code, response.content) == (200, b"")
    assert await is_refused(ask, mine["accessToken"])
    assert not await is_refused(ask, other["accessToken"])


async def test_revoking_nonsense_is_no_error_and_revoking_nothing_is_one(client):
    assert (await client.post("/oauth/revoke", data={"token": "nonsense"})).status_code == 200
    response = await client.post("/oauth/revoke", data={"token_type_hint": "refresh_token"})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert (await client.post("/oauth/revoke", json={"token": "x"})).status_code == 400


async def test_signing_out_is_for_good(ask, client, login):
    mine = await login()
    query = "mutation { signOut { ended problems { code } } }"
    payload = (await ask(query, token=mine["accessToken"])).json()["data"]["signOut"]
    assert payload == {"ended": 1, "problems": []}
    assert await is_refused(ask, mine["accessToken"])
    assert (await refreshed(client, mine["refreshToken"])).status_code == 400
    assert (await ask(query, token=mine["accessToken"])).status_code == 401
