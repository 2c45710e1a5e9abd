"""Tokens that are no good, over HTTP: all are refused with one answer, which tells nothing of why."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, OKPKey

from almoner.identity.opaque import new_opaque
from almoner.identity.sessions import revoke_sessions
from almoner.identity.tokens import TokenKeys

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery staple"
HEAD = {"alg": "Ed25519", "kid": "one", "typ": "at+jwt"}
ADMINISTRATOR = "program_administrator"
OPERATIONS = {
    "a query": ("{ viewer { id } }", {}),
    "a query by id": ('query { node(id: "x") { id } }', {}),
    "a mutation": ("mutation { signOut { ended } }", {}),
    "a public mutation": ('mutation { setPassword(token: "x", password: "x") { changed } }', {}),
    "the schema": ("{ __schema { queryType { name } } }", {}),
    "a stream": ('subscription { jobChanged(id: "x") { state } }', {"Accept": "text/event-stream"}),
}


def encoded(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def keys_of(*members, audience="almoner-api", issuer="almoner"):
    return TokenKeys(KeySet([*members]), issuer=issuer, audience=audience, minutes=10)


@pytest.fixture
def signers(tenant):
    """Two keys of the house, the first of which signs."""
    made = [OKPKey.generate_key("Ed25519", {"kid": kid}, private=True) for kid in ("one", "two")]
    tenant.house.keys = keys_of(*made)
    return made


@pytest.fixture
def bad(tenant, signers):
    """Bad tokens by what is wrong with them; each would be good but for that."""
    first, second = signers
    who, now = tenant.identities[ADMINISTRATOR], tenant.house.clock()
    good = tenant.house.keys.issue(who, now).text
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    stranger = OKPKey.generate_key("Ed25519", {"kid": "one"}, private=True)
    public = OctKey.import_key(base64.b64encode(json.dumps(first.as_dict(private=False)).encode()).decode())

    def signed(key, **changes):
        return jwt.encode({**HEAD, **changes}, claims, key, ["Ed25519"])

    return {
        "no JWT": "abc",
        "forged: another key under our id": keys_of(stranger).issue(who, now).text,
        "forged: a changed body": f"{head}.{encoded({**claims, 'sub': str(uuid4())})}.{signature}",
        "forged: another tenant": f"{head}.{encoded({**claims, 'tenant': str(uuid4())})}.{signature}",
        "forged: a cut signature": good[:-4],
        "forged: no signature": f"{head}.{body}.",
        "expired": tenant.house.keys.issue(who, now - timedelta(minutes=11)).text,
        "wrong audience": keys_of(first, audience="others").issue(who, now).text,
        "wrong issuer": keys_of(first, issuer="others").issue(who, now).text,
        "none": f"{encoded({**HEAD, 'alg': 'none'})}.{body}.",
        "None, with the signature": f"{encoded({**HEAD, 'alg': 'None'})}.{body}.{signature}",
        "wrong algorithm: our public key as a secret": jwt.encode({**HEAD, "alg": "HS256"}, claims, public, ["HS256"]),
        "swapped key id: signed by one, named two": signed(first, kid="two"),
        "swapped key id: signed by two, named one": signed(second, kid="one"),
        "an unknown key id": signed(first, kid="three"),
        "a key id that is a path": signed(first, kid="../../dev/null"),
        "another type": signed(first, typ="JWT"),
        "a refresh token": new_opaque(tenant.id),
    }


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_bad_tokens_get_the_same_answer_to_everything(client, tenant, bad, operation):
    query, headers = OPERATIONS[operation]

    async def answer(token):
        bearer = {"Authorization": f"Bearer {token}", **headers}
        response = await client.post("/graphql", json={"query": query}, headers=bearer)
        told = {name: value for name, value in response.headers.items() if name != "x-request-id"}
        return response.status_code, response.content, told

    answers = {why: await answer(token) for why, token in bad.items()}
    (one,) = {repr(each) for each in answers.values()}
    status, content, _headers = answers["none"]
    assert status == 401, one
    assert json.loads(content)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in json.loads(content)
    # And it is the token that is refused: a good one gets another answer.
    assert (await answer(tenant.token(ADMINISTRATOR)))[0] != 401


async def test_a_token_of_either_key_is_good(ask, tenant, signers):
    for key in signers:
        token = keys_of(key).issue(tenant.identities["actuary"], tenant.house.clock()).text
        assert (await ask("{ viewer { id } }", token=token)).status_code == 200


async def test_bad_tokens_are_revoked_without_a_word_and_without_effect(client, tenant, bad):
    made = await tenant.house.sign_in(tenant=tenant.code, email="actuary@agency.example", password=PASSWORD)
    head, body, _signature = made.text.split(".")
    stranger = OKPKey.generate_key("Ed25519", {"kid": "one"}, private=True)
    identity = tenant.house.keys.verify(made.text, tenant.house.clock()).identity
    # Of a session that is on: whoever could forge a token must not end it.
    bad["forged, of a session"] = keys_of(stranger).issue(identity, tenant.house.clock()).text
    bad["none, of a session"] = f"{encoded({**HEAD, 'alg': 'none'})}.{body}."
    bad["another's session"] = f"{head}.{body}."
    answers = {(await client.post("/oauth/revoke", data={"token": token})).content for token in bad.values()}
    assert answers == {b""}
    headers = {"Authorization": f"Bearer {made.text}"}
    response = await client.post("/graphql", json={"query": "{ viewer { id } }"}, headers=headers)
    assert response.status_code == 200


async def test_a_session_is_good_for_its_own_subject_only(ask, tenant, signers):
    made = await tenant.house.sign_in(tenant=tenant.code, email="actuary@agency.example", password=PASSWORD)
    identity = tenant.house.keys.verify(made.text, tenant.house.clock()).identity
    somebody = replace(identity, subject_id=tenant.identities[ADMINISTRATOR].subject_id)
    token = tenant.house.keys.issue(somebody, tenant.house.clock()).text
    assert (await ask("{ viewer { id } }", token=token)).status_code == 401
    assert (await ask("{ viewer { id } }", token=made.text)).status_code == 200


async def test_refresh_tokens_that_are_no_good_get_the_same_answer(client, tenant, other_tenant):
    async def signed_in(role):
        return await tenant.house.sign_in(tenant=tenant.code, email=f"{role}@agency.example", password=PASSWORD)

    async def answer(token):
        response = await client.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token})
        return response.status_code, response.content

    replayed, revoked, stolen = [await signed_in(role) for role in ("actuary", "auditor", "nobody")]
    assert (await answer(replayed.refresh_token))[0] == 200
    await tenant.do(ADMINISTRATOR, revoke_sessions, tenant.identities["auditor"].subject_id, reason="test")
    _mine, _, secret = stolen.refresh_token.partition(".")
    answers = {
        "replayed": await answer(replayed.refresh_token),
        "replayed again": await answer(replayed.refresh_token),
        "of a revoked session": await answer(revoked.refresh_token),
        "unknown": await answer(new_opaque(tenant.id)),
        "in another tenant": await answer(f"{other_tenant.id.hex}.{secret}"),
        "of no tenant": await answer(new_opaque(uuid4())),
        "cut": await answer(stolen.refresh_token[:-1]),
        "an access token": await answer(stolen.text),
        "nonsense": await answer("x"),
    }
    assert len({*answers.values()}) == 1, answers
    status, content = answers["replayed"]
    assert (status, json.loads(content)["error"]) == (400, "invalid_grant")
    assert (await answer(stolen.refresh_token))[0] == 200
