"""Random tokens that mean nothing to who holds them: refresh tokens, invitations, resets.

They name the tenant, because its rows can be looked at only from inside it. Their 256 random bits cannot be guessed,
so a plain SHA-256 is enough to store them by, and it can be looked up.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from uuid import UUID

#: Also a part of one: who mistypes an address tells most of it.
_LIKE_OPAQUE = re.compile(r"[0-9A-Fa-f]{32}\.[\w-]+")
_OPAQUE = re.compile(r"([0-9a-f]{32})\.[A-Za-z0-9_-]{43}")


def new_opaque(tenant_id: UUID) -> str:
    """A new token of that tenant."""
    return f"{tenant_id.hex}.{secrets.token_urlsafe(32)}"


def tenant_of(text: str) -> UUID | None:
    """The tenant that a token names; None if it is no such token."""
    match = _OPAQUE.fullmatch(text)
    return UUID(match[1]) if match else None


def digest(text: str) -> str:
    """What is stored of it: SHA-256, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def hidden(text: str) -> str:
    """The text with an ellipsis for each such token in it, and for what may be a part of one: fit for logs."""
    return _LIKE_OPAQUE.sub("…", text)
