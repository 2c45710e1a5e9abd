"""Talking to an OpenID provider: what it publishes, the exchange of a code, and the check of its ID tokens.

OpenID Connect Core 1.0 and Discovery 1.0. Only issuers that the operator has named are ever asked, and only at
addresses that are safe: otherwise a tenant's administrator could have us call whatever we can reach.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from almoner.core.errors import SignInRefused, Unavailable
from almoner.core.recent import Recent

#: What ID tokens may be signed with: no secrets shared with us, no `none`, and never what the token itself asks for.
ALGORITHMS = ["RS256", "PS256", "ES256", "Ed25519"]
_KEY_TYPES = {"RSA", "EC", "OKP"}
_LEEWAY_SECONDS = 60
_TIMEOUT_SECONDS = 10
_MAX_BYTES = 1024 * 1024
_GOOD_FOR = timedelta(minutes=10)
_MAX_PROVIDERS = 256
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Published:
    """What a provider publishes about itself, and when we read it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    keys: KeySet
    in_form: bool
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified ID token says.

    Attributes:
        email: only if the provider says that it has verified it.
        proved_at: `auth_time`; None if the provider does not say when it asked the person.
        acr, amr: how it asked, in the provider's own words.
    """

    subject: str
    email: str | None
    name: str
    proved_at: datetime | None
    acr: str | None
    amr: frozenset[str]


class OpenIdClient:
    """Reads what providers publish, and remembers it for ten minutes.

    Args:
        issuers: those that the operator lets tenants use.
    """

    def __init__(self, issuers: frozenset[str]) -> None:
        self._issuers = issuers
        self._published: Recent[str, Published] = Recent(_MAX_PROVIDERS)

    def may_use(self, issuer: str) -> bool:
        """Whether the operator has named this issuer."""
        return issuer in self._issuers and is_safe(issuer)

    async def published(self, issuer: str, now: datetime, *, fresh: bool = False) -> Published:
        """What the issuer publishes.

        Args:
            fresh: ask again, for a key that was not known yet.

        Raises:
            SignInRefused: the operator has not named it (any more), or what it publishes cannot be used.
            Unavailable: it does not answer.
        """
        if not self.may_use(issuer):
            raise SignInRefused("This provider is not one that may be used here.", code="PROVIDER_REFUSED")
        known = self._published.get(issuer)
        if known is not None and not fresh and now < known.read_at + _GOOD_FOR:
            return known
        async with _client() as client:
            about = await _ask(client, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            places = [about.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
            if about.get("issuer") != issuer or not all(isinstance(place, str) and is_safe(place) for place in places):
                raise _unusable()
            keys = _usable_keys(await _ask(client, "GET", str(about["jwks_uri"])))
        methods = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        found = Published(
            issuer=issuer,
            authorization_endpoint=str(about["authorization_endpoint"]),
            token_endpoint=str(about["token_endpoint"]),
            keys=keys,
            in_form="client_secret_basic" not in methods,
            read_at=now,
        )
        return self._published.put(issuer, found)

    async def exchange(
        self, provider: Published, *, client_id: str, secret: str, code: str, verifier: str, redirect_uri: str
    ) -> str:
        """The ID token for a code (RFC 6749, section 4.1.3, with PKCE, RFC 7636).

        Raises:
            SignInRefused: the provider refuses, or answers without an ID token.
            Unavailable: it does not answer.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": client_id,
        }
        auth = None
        if provider.in_form:
            form["client_secret"] = secret
        else:
            # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
            auth = httpx.BasicAuth(quote(client_id, safe=""), quote(secret, safe=""))
        async with _client() as client:
            answer = await _ask(client, "POST", provider.token_endpoint, data=form, auth=auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _unusable()
        return token

    async def verify(self, provider: Published, token: str, now: datetime, *, client_id: str, nonce: str) -> Claims:
        """What an ID token says, if it is this provider's, for us, for this sign-in, and still good.

        Raises:
            SignInRefused: it is not; never says why.
            Unavailable: the provider does not answer when it is asked for a key that is new.
        """
        try:
            return check(token, provider, client_id=client_id, nonce=nonce, now=now)
        except UnknownKey:
            fresh = await self.published(provider.issuer, now, fresh=True)
        try:
            return check(token, fresh, client_id=client_id, nonce=nonce, now=now)
        except UnknownKey:
            raise _unusable() from None


class UnknownKey(Exception):
    """An ID token names a key that the provider did not publish when we read its keys."""


def check(token: str, provider: Published, *, client_id: str, nonce: str, now: datetime) -> Claims:
    """What an ID token says (OpenID Connect Core 1.0, section 3.1.3.7).

    Raises:
        UnknownKey: see there.
        SignInRefused: it is not valid.
    """
    try:
        _require_known_key(token, provider.keys)
        claims = jwt.decode(token, provider.keys, algorithms=ALGORITHMS).claims
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(claims)
        return _claims(claims, client_id, now)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise _unusable() from None


def _require_known_key(token: str, keys: KeySet) -> None:
    head = jwt_head(token)
    if "kid" in head and head["kid"] not in {key.kid for key in keys.keys}:
        raise UnknownKey


def jwt_head(token: str) -> dict[str, Any]:
    """The head of a signed token, which nobody has checked yet."""
    return dict(extract_compact(token.encode("ascii")).headers())


def _claims(claims: Mapping[str, Any], client_id: str, now: datetime) -> Claims:
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if ("azp" in claims or several) and claims.get("azp") != client_id:
        raise ValueError("azp")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or "\0" in subject:
        raise ValueError("sub")
    proved_at = None
    if claims.get("auth_time") is not None:
        proved_at = min(datetime.fromtimestamp(claims["auth_time"], UTC), now)
    email, acr, amr = claims.get("email"), claims.get("acr"), claims.get("amr")
    is_verified = claims.get("email_verified") is True and isinstance(email, str)
    return Claims(
        subject=subject,
        email=email if is_verified else None,
        name=str(claims.get("name") or ""),
        proved_at=proved_at,
        acr=acr if isinstance(acr, str) else None,
        amr=frozenset(each for each in amr if isinstance(each, str)) if isinstance(amr, list) else frozenset(),
    )


def is_safe(address: str) -> bool:
    """Whether it is an address that may be trusted to be whose it says: https, or this machine itself."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.username or parts.password or parts.fragment or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _usable_keys(published: Mapping[str, Any]) -> KeySet:
    listed = published.get("keys")
    usable = [
        key
        for key in (listed if isinstance(listed, list) else [])
        if isinstance(key, dict) and key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig"
    ]
    try:
        keys = KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, KeyError, TypeError):
        raise _unusable() from None
    if not keys.keys:
        raise _unusable()
    return keys


def _client() -> httpx.AsyncClient:
    # The environment could name a proxy, and a redirect another host; neither was allowed by the operator.
    return httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)


async def _ask(client: httpx.AsyncClient, method: str, address: str, **sent: Any) -> dict[str, Any]:
    """The JSON object that a provider answers with, as long as it is not too long."""
    body = bytearray()
    try:
        async with client.stream(method, address, headers={"Accept": "application/json"}, **sent) as response:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _MAX_BYTES:
                    raise _unusable()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable("The identity provider does not answer at the moment; try again.") from error
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unavailable("The identity provider does not answer at the moment; try again.")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise _unusable() from None
    if response.status_code != httpx.codes.OK or not isinstance(answer, dict):
        raise _unusable()
    return answer


def _unusable() -> SignInRefused:
    return SignInRefused("The identity provider did not confirm who you are.", code="PROVIDER_REFUSED")
