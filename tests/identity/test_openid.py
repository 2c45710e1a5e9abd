"""ID tokens: what is accepted, and that everything else is refused with one answer."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from almoner.core.errors import SignInRefused
from almoner.identity.openid import Claims, OpenIdClient, Published, UnknownKey, check, is_safe
from almoner.identity.provider_sign_in import factors_of

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ISSUER, CLIENT, NONCE = "https://id.agency.example", "almoner", "a nonce"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"}, private=True)
PUBLISHED = Published(ISSUER, "", "", KeySet([RSA, EC, ED]), False, NOW)
GOOD = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "ada",
    "nonce": NONCE,
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 300,
    "email": "ada@agency.example",
    "email_verified": True,
}


def signed(claims=None, key=RSA, alg="RS256", **head):
    return jwt.encode({"alg": alg, "kid": key.kid, **head}, GOOD | (claims or {}), key, algorithms=[alg])


def read(token, now=NOW):
    return check(token, PUBLISHED, client_id=CLIENT, nonce=NONCE, now=now)


def without(name):
    claims = {key: value for key, value in GOOD.items() if key != name}
    return jwt.encode({"alg": "RS256", "kid": "rsa"}, claims, RSA, algorithms=["RS256"])


def encoded(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256"), (ED, "Ed25519")])
def test_a_token_with_a_named_algorithm_is_read(key, alg):
    assert read(signed(key=key, alg=alg)) == Claims("ada", "ada@agency.example", "", None, None, frozenset())


def test_what_it_says_of_the_proof_is_read():
    asked = NOW - timedelta(minutes=3)
    said = read(signed({"auth_time": asked.timestamp(), "acr": "urn:strong", "amr": ["pwd", 5], "name": "Ada"}))
    assert said == Claims("ada", "ada@agency.example", "Ada", asked, "urn:strong", frozenset({"pwd"}))
    assert read(signed({"auth_time": NOW.timestamp() + 50})).proved_at == NOW


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_is_none(verified):
    assert read(signed({"email_verified": verified})).email is None


def test_every_bad_token_gets_the_same_answer():
    later = NOW + timedelta(minutes=7)
    stranger = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
    public = OctKey.import_key(json.dumps(RSA.as_dict(private=False)))
    head, body, signature = signed().split(".")
    bad = {
        "no token": ("", NOW),
        "no JWT": ("a.b.c", NOW),
        "not ASCII": ("é.é.é", NOW),
        "ended": (signed(), later),
        "a stranger's key": (signed(key=stranger), NOW),
        "a key of another kind under this id": (signed(key=EC, alg="ES256", kid="rsa"), NOW),
        "none": (f"{encoded({'alg': 'none', 'kid': 'rsa'})}.{body}.", NOW),
        "public key as secret": (jwt.encode({"alg": "HS256", "kid": "rsa"}, GOOD, public), NOW),
        "an algorithm that is not named": (signed(alg="RS512"), NOW),
        "changed": (f"{head}.{encoded(GOOD | {'sub': 'eve'})}.{signature}", NOW),
        "another issuer": (signed({"iss": "https://evil.example"}), NOW),
        "another client": (signed({"aud": "another"}), NOW),
        "several clients, not for us": (signed({"aud": [CLIENT, "another"]}), NOW),
        "for another party": (signed({"azp": "another"}), NOW),
        "another nonce": (signed({"nonce": "another"}), NOW),
        "no subject": (without("sub"), NOW),
        "no nonce": (without("nonce"), NOW),
        "no end": (without("exp"), NOW),
        "a long subject": (signed({"sub": "x" * 256}), NOW),
        "a subject that is none": (signed({"sub": 5}), NOW),
        "a time that is none": (signed({"auth_time": "x"}), NOW),
    }
    answers = set()
    for name, (token, now) in bad.items():
        with pytest.raises(SignInRefused) as refused:
            read(token, now)
        answers.add((refused.value.problems[0].code, str(refused.value)))
        assert len(answers) == 1, name


def test_a_key_that_was_not_published_yet_is_told_apart():
    with pytest.raises(UnknownKey):
        read(signed(key=RSAKey.generate_key(2048, {"kid": "new"}, private=True)))


def test_several_clients_are_fine_if_it_is_for_us():
    assert read(signed({"aud": [CLIENT, "another"], "azp": CLIENT})).subject == "ada"


@pytest.mark.parametrize(
    ("acr", "amr", "said_when", "strong"),
    [
        ("urn:strong", (), True, True),
        ("urn:strong", (), False, False),
        ("urn:weak", (), True, False),
        (None, ("mfa",), True, True),
        (None, ("pwd", "otp"), True, False),
    ],
)
def test_two_factors_count_if_the_provider_says_so_and_when(acr, amr, said_when, strong):
    claims = Claims("ada", None, "", NOW if said_when else None, acr, frozenset(amr))
    assert factors_of(claims, ["urn:strong"]) == ({"fed", "mfa"} if strong else {"fed"})


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://id.agency.example", True),
        ("https://id.agency.example/tenant?x=1", True),
        ("http://127.0.0.1:9400", True),
        ("http://localhost", True),
        ("http://id.agency.example", False),
        ("http://169.254.169.254/", False),
        ("https://user:pass@id.agency.example", False),
        ("https://id.agency.example#x", False),
        ("https://", False),
        ("https://[x", False),
        ("https://x:99999999", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_which_addresses_are_safe(address, safe):
    assert is_safe(address) is safe


def test_only_issuers_that_the_operator_named_are_used():
    client = OpenIdClient(frozenset({ISSUER, "http://plain.example"}))
    assert client.may_use(ISSUER)
    assert not client.may_use(f"{ISSUER}/")
    assert not client.may_use("http://plain.example")
