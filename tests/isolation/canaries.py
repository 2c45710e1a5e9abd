"""A text for each tenant that stands nowhere else, and the search for it in whatever leaves the house."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable, Iterator

_LENGTH = 16
#: Letters that no hex digit is: no id, digest or signature in hex can hold a canary by chance.
_MARK = "zqxv"


def new_canary() -> str:
    """16 lower-case letters and digits, a letter first: good in names, codes, addresses and names of roles."""
    return _MARK + secrets.token_hex((_LENGTH - len(_MARK)) // 2)


def disguises(canary: str) -> Iterator[bytes]:
    """How a canary looks in bytes: as it is, in capitals, in hex, and inside of base64 at each of its three places."""
    plain = canary.encode()
    yield plain
    yield plain.upper()
    yield plain.hex().encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        # Only the characters whose six bits are all the canary's.
        first, last = -(-shift * 8 // 6), (shift + len(plain)) * 8 // 6
        yield coded[first:last]
        yield coded[first:last].replace(b"+", b"-").replace(b"/", b"_")


def said_by(text: str) -> Iterator[str]:
    """What is said by sending a text: itself, and of a cursor the keys in it, which are there for who decodes it."""
    yield text
    try:
        keys = json.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        return
    if isinstance(keys, list):
        yield from (key for key in keys if isinstance(key, str) and key)


class Search:
    """Looks for the canaries of some tenants, which are known by their numbers."""

    def __init__(self, canaries: Iterable[str]) -> None:
        self._looks = [frozenset(disguises(canary)) for canary in canaries]

    def whose(self, data: bytes) -> set[int]:
        """The tenants whose canaries stand in there."""
        return {number for number, looks in enumerate(self._looks) if any(look in data for look in looks)}

    def foreign(self, data: bytes, own: int | None, sent: Iterable[str] = ()) -> set[int]:
        """The tenants, but for the one that asked, of whom it tells something.

        Args:
            own: the tenant that asked; None for somebody unknown, to whom nothing may be told of anybody.
            sent: what was sent along of other tenants' texts: an answer may quote exactly that, as an explanation
                quotes the keys of a cursor.
        """
        found = self.whose(data) - {own}
        if found:
            quoted = {part for text in sent for part in said_by(text)}
            for text in sorted(quoted, key=len, reverse=True):
                data = data.replace(text.encode(), b"")
            found = self.whose(data) - {own}
        return found
