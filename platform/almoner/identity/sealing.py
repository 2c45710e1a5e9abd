"""What must be read again but not by who reads the database: sealed with keys that are kept outside of it.

AES-256-GCM; for each purpose and tenant the key is derived (HKDF, RFC 5869) from one in a file of the operator's. The
first key in the file seals, all of them open, each by its id; so a new key is put first, and the old one stays as long
as something that it sealed does. These are no token keys: those are taken out of use within hours, which would lose
what they sealed.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from almoner.core.ids import new_id
from almoner.identity.tokens import write_keys

_NONCE_BYTES = 12
_KEY_BYTES = 32


class CannotOpen(Exception):
    """Something was sealed with a key that is not in the file any more, or was changed, or belongs elsewhere."""


class SealingKeys:
    """Seals short texts and opens them again.

    Args:
        keys: id and 32 random bytes of each; the first one seals.
    """

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = keys
        self._first = next(iter(keys))

    def seal(self, text: str, *, tenant_id: UUID, purpose: str, owner: UUID) -> str:
        """The sealed text: `<key id>.<base64url>`. It opens for the same tenant, purpose and owner only."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher(self._first, tenant_id, purpose).encrypt(nonce, text.encode(), owner.bytes)
        return f"{self._first}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, tenant_id: UUID, purpose: str, owner: UUID) -> str:
        """The text that was sealed.

        Raises:
            CannotOpen: see there.
        """
        key_id, _, rest = sealed.partition(".")
        if key_id not in self._keys:
            raise CannotOpen(f"There is no sealing key {key_id}; put it back into the file.")
        try:
            raw = base64.urlsafe_b64decode(rest)
            opened = self._cipher(key_id, tenant_id, purpose).decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.bytes
            )
        except (binascii.Error, ValueError, InvalidTag):
            raise CannotOpen("What was sealed has been changed, or belongs elsewhere.") from None
        return opened.decode()

    def _cipher(self, key_id: str, tenant_id: UUID, purpose: str) -> AESGCM:
        info = b"almoner " + purpose.encode() + b" " + tenant_id.bytes
        derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(self._keys[key_id])
        return AESGCM(derived)


def load_sealing_keys(path: Path) -> SealingKeys:
    """The keys in the file; made there, readable by the owner only, if there is none.

    Raises:
        ValueError: the file holds something else than secret keys of 32 bytes with ids.
    """
    if not path.exists():
        made = base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).rstrip(b"=").decode()
        write_keys(path, {"keys": [{"kty": "oct", "kid": str(new_id()), "k": made}]})
    keys = json.loads(path.read_text(encoding="utf-8"))["keys"]
    found = {str(key.get("kid", "")): _material(key) for key in keys}
    usable = all(key_id and "." not in key_id and len(raw) == _KEY_BYTES for key_id, raw in found.items())
    if not keys or len(found) < len(keys) or not usable:
        raise ValueError(f"{path} must hold secret keys of {_KEY_BYTES} bytes with ids, and nothing else.")
    return SealingKeys(found)


def _material(key: dict[str, str]) -> bytes:
    """The bytes of a JWK (RFC 7518, section 6.4); none if it is of another kind."""
    if key.get("kty") != "oct":
        return b""
    text = key.get("k", "")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
