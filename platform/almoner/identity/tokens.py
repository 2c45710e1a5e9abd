"""Access tokens: JWT signed with Ed25519 (EdDSA), good for a short time, with tenant, session and proof inside.

Keys are a JWK set in a file of the operator's. The first key signs; all of them verify, each by its id, so a new key is
put first and the old one taken out when its last token has ended.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from almoner.core.errors import Unauthenticated
from almoner.core.ids import new_id, uuid_of
from almoner.core.recent import Recent
from almoner.core.viewer import Proof

# EdDSA with its curve in its name: RFC 9864 deprecates the name that leaves the curve open.
ALGORITHMS = ["Ed25519"]
KINDS = frozenset({"account", "service_account"})
PUBLIC = "public"
# RFC 9068: what else these keys may ever sign is not taken for an access token.
_TYPE = "at+jwt"
_MAX_VERIFIED = 4096
_REFUSED = "The token is not valid; sign in again."


@dataclass(frozen=True, slots=True)
class Identity:
    """Who acts. `kind` is `account` or `service_account`, or what no token is issued for: see `core.viewer.Viewer`.

    The same subject is the same identity, however it was proved.
    """

    tenant_id: UUID
    subject_id: UUID
    kind: str
    proof: Proof | None = field(default=None, compare=False)

    @property
    def session_id(self) -> UUID | None:
        """The session that its token belongs to, if it has a token and that a session."""
        return self.proof.session_id if self.proof is not None else None

    @property
    def is_public(self) -> bool:
        """Whether it is the public of a tenant: everybody who names the tenant and is not signed in."""
        return self.kind == PUBLIC


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token and when it ends."""

    text: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Who a verified token speaks for, and until when."""

    identity: Identity
    expires_at: datetime


class TokenKeys:
    """Signs and verifies access tokens.

    A token that was verified is remembered until it ends: checking a signature takes longer than a small read.
    """

    def __init__(self, keys: KeySet, *, issuer: str, audience: str, minutes: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self.lifetime = timedelta(minutes=minutes)
        self._verified: Recent[str, VerifiedToken] = Recent(_MAX_VERIFIED)

    def issue(self, identity: Identity, now: datetime, *, until: datetime | None = None) -> AccessToken:
        """A token for that identity, from now on.

        Args:
            identity: without a proof, the token says that nothing was proved and belongs to no session.
            until: when it ends at the latest, as the session does.
        """
        expires_at = now + self.lifetime
        if until is not None:
            expires_at = min(expires_at, until)
        proof = identity.proof or Proof(now, frozenset())
        session = {} if proof.session_id is None else {"sid": str(proof.session_id)}
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(identity.subject_id),
            "tenant": str(identity.tenant_id),
            "kind": identity.kind,
            "iat": int(now.timestamp()),
            "auth_time": int(proof.at.timestamp()),
            "amr": sorted(proof.factors),
            "exp": int(expires_at.timestamp()),
            "jti": str(new_id()),
            **session,
        }
        key = self._keys.keys[0]
        head = {"alg": ALGORITHMS[0], "kid": key.kid, "typ": _TYPE}
        return AccessToken(jwt.encode(head, claims, key, ALGORITHMS), expires_at)

    def verify(self, text: str, now: datetime) -> VerifiedToken:
        """Who a token speaks for, and until when.

        Raises:
            Unauthenticated: forged, expired, of another issuer or audience, or no token at all; never says which.
        """
        known = self._verified.get(text)
        if known is not None and now < known.expires_at:
            return known
        return self._verified.put(text, self._check(text, now))

    def _check(self, text: str, now: datetime) -> VerifiedToken:
        try:
            token = jwt.decode(text, self._keys, algorithms=ALGORITHMS)
            registry = jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._audience},
                exp={"essential": True},
            )
            registry.validate(token.claims)
            if token.header.get("typ") != _TYPE:
                raise ValueError("typ")
            return VerifiedToken(_identity(token.claims), datetime.fromtimestamp(token.claims["exp"], UTC))
        except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise Unauthenticated(_REFUSED) from None


def _identity(claims: dict[str, Any]) -> Identity:
    if claims["kind"] not in KINDS:
        raise ValueError("kind")
    return Identity(uuid_of(claims["tenant"]), uuid_of(claims["sub"]), claims["kind"], _proof(claims))


def _proof(claims: dict[str, Any]) -> Proof:
    session_id = uuid_of(claims["sid"]) if "sid" in claims else None
    return Proof(datetime.fromtimestamp(claims["auth_time"], UTC), frozenset(claims["amr"]), session_id)


def load_keys(path: Path) -> KeySet:
    """The keys in the file; made there, readable by the owner only, if there is none.

    Several processes may start at once: the first one's keys win.

    Raises:
        ValueError: the file holds something else than Ed25519 private keys with ids.
    """
    if not path.exists():
        _make_keys(path)
    keys = [OKPKey.import_key(key) for key in json.loads(path.read_text(encoding="utf-8"))["keys"]]
    if not keys or any(not key.is_private or key.curve_name != "Ed25519" or not key.kid for key in keys):
        raise ValueError(f"{path} must hold Ed25519 private keys with ids, and nothing else.")
    return KeySet([*keys])


def _make_keys(path: Path) -> None:
    key = OKPKey.generate_key("Ed25519", {"kid": str(new_id()), "use": "sig"}, private=True)
    write_keys(path, {"keys": [key.as_dict(private=True)]})


def write_keys(path: Path, content: Mapping[str, Any]) -> None:
    """Make a file of keys, for its owner's eyes only, unless another process has made it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file)
    try:
        os.link(beside, path)
    except FileExistsError:
        pass  # another process was first, and its keys are the ones
    finally:
        beside.unlink()
