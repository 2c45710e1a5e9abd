"""What may be registered. A document is a text here: whether it fits the schema is for the API to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from almoner.core.errors import Problem
from almoner.core.texts import is_blank, text_problems

MAX_OPERATIONS = 200
MAX_TEXT = 50_000
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class NewOperation:
    """A document to register.

    Attributes:
        text: 1 to 50,000 characters; kept to the character, since the digest is of exactly these.
        name: for people in lists, at most 200 characters; empty if there is none.
        digest: what the caller takes the text's digest to be, or None not to say.
    """

    text: str
    name: str = ""
    digest: str | None = None


def digest_of(text: str) -> str:
    """SHA-256 of the text's UTF-8, as 64 lower-case hex characters.

    Raises:
        UnicodeEncodeError: an unpaired surrogate has no UTF-8.
    """
    return sha256(text.encode()).hexdigest()


def problems_of(operations: Sequence[NewOperation]) -> list[Problem]:
    """Everything that is wrong with documents to register, under `("operations", "<place>", …)`."""
    if not operations:
        return [Problem("LIST_EMPTY", "Give at least one operation.", ("operations",))]
    if len(operations) > MAX_OPERATIONS:
        message = f"Register at most {MAX_OPERATIONS} operations at once."
        return [Problem("TOO_MANY_OPERATIONS", message, ("operations",))]
    return [problem for place, one in enumerate(operations) for problem in _problems(one, ("operations", str(place)))]


def _problems(operation: NewOperation, path: tuple[str, ...]) -> list[Problem]:
    found = text_problems(operation.text, MAX_TEXT, (*path, "text"))
    if is_blank(operation.text):
        found.append(Problem("TEXT_BLANK", "Give the text of the document.", (*path, "text")))
    # A text that is refused already has no digest to speak of.
    if operation.digest is not None and not found and operation.digest != digest_of(operation.text):
        message = "The text has another SHA-256: check that it is sent to the character, line ends and all."
        found.append(Problem("DIGEST_DIFFERS", message, (*path, "digest")))
    return [*found, *text_problems(operation.name, MAX_NAME, (*path, "name"))]
