"""Access tokens: what is accepted, and that everything else is refused with one answer."""

from __future__ import annotations

import base64
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, OKPKey

from almoner.core.errors import Unauthenticated
from almoner.identity.tokens import Identity, TokenKeys, load_keys

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
WHO = Identity(uuid4(), uuid4(), "account")


def key(kid="one"):
    return OKPKey.generate_key("Ed25519", {"kid": kid}, private=True)


def keys(*members, issuer="almoner", audience="api"):
    return TokenKeys(KeySet(list(members)), issuer=issuer, audience=audience, minutes=10)


def encoded(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def refusal(verifier, text, now=NOW):
    with pytest.raises(Unauthenticated) as refused:
        verifier.verify(text, now)
    return str(refused.value)


@pytest.fixture
def signer():
    return key()


def test_a_token_says_who_it_speaks_for(signer):
    ours = keys(signer)
    verified = ours.verify(ours.issue(WHO, NOW).text, NOW + timedelta(minutes=9))
    assert (verified.identity, verified.expires_at) == (WHO, NOW + timedelta(minutes=10))


def test_a_token_that_was_verified_before_still_ends(signer):
    ours = keys(signer)
    text = ours.issue(WHO, NOW).text
    assert ours.verify(text, NOW).identity == WHO
    assert ours.verify(text, NOW + timedelta(minutes=9)).identity == WHO
    refusal(ours, text, NOW + timedelta(minutes=10))
    refusal(ours, text[:-2], NOW)


def test_verified_tokens_are_remembered_within_a_bound(signer, monkeypatch):
    monkeypatch.setattr("almoner.identity.tokens._MAX_VERIFIED", 3)
    ours = keys(signer)
    for _ in range(10):
        ours.verify(ours.issue(WHO, NOW).text, NOW)
    assert len(ours._verified) == 3


def test_a_rotated_key_still_verifies(signer):
    old = keys(signer)
    new = keys(key("two"), signer)
    assert new.verify(old.issue(WHO, NOW).text, NOW).identity == WHO
    assert old_kid(new.issue(WHO, NOW).text) == "two"


def old_kid(token):
    head = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


def test_every_bad_token_gets_the_same_answer(signer):
    ours = keys(signer, key("two"))
    good = ours.issue(WHO, NOW).text
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    public = json.dumps(signer.as_dict(private=False)).encode()
    with_public_key = OctKey.import_key(base64.b64encode(public).decode() + "0" * 32)
    bad = {
        "no token": "",
        "no JWT": "abc",
        "forged": keys(key("one")).issue(WHO, NOW).text,
        "unknown key": keys(key("three")).issue(WHO, NOW).text,
        "changed body": f"{head}.{encoded({**claims, 'tenant': str(uuid4())})}.{signature}",
        "none": f"{encoded({'alg': 'none'})}.{body}.",
        "public key as secret": jwt.encode({"alg": "HS256", "kid": "one"}, claims, with_public_key),
        "swapped key id": jwt.encode({"alg": "Ed25519", "kid": "two", "typ": "at+jwt"}, claims, signer, ["Ed25519"]),
        "another type": jwt.encode({"alg": "Ed25519", "kid": "one", "typ": "JWT"}, claims, signer, ["Ed25519"]),
        "wrong audience": keys(signer, audience="other").issue(WHO, NOW).text,
        "wrong issuer": keys(signer, issuer="other").issue(WHO, NOW).text,
        "no expiry": sign(signer, {name: value for name, value in claims.items() if name != "exp"}),
        "no audience": sign(signer, {name: value for name, value in claims.items() if name != "aud"}),
        "no tenant": sign(signer, {name: value for name, value in claims.items() if name != "tenant"}),
        "a tenant that is no id": sign(signer, {**claims, "tenant": "x"}),
        "a worker": sign(signer, {**claims, "kind": "worker"}),
        "an operator": sign(signer, {**claims, "kind": "operator"}),
    }
    answers = {name: refusal(ours, text) for name, text in bad.items()}
    answers["expired"] = refusal(ours, good, NOW + timedelta(minutes=11))
    assert len(set(answers.values())) == 1, answers


def sign(signer, claims):
    return jwt.encode({"alg": "Ed25519", "kid": "one"}, claims, signer, algorithms=["Ed25519"])


def test_made_keys_are_the_owners_alone(scratch):
    path = scratch / "deep" / "keys.json"
    made = load_keys(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert [key.kid for key in load_keys(path).keys] == [key.kid for key in made.keys]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [
        '{"keys": []}',
        '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
    ],
)
def test_a_file_without_ed25519_keys_is_refused(scratch, content):
    path = scratch / "keys.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="Ed25519"):
        load_keys(path)
