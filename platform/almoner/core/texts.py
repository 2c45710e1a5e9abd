"""What a text must be to be stored and read by people."""

from __future__ import annotations

import re

from almoner.core.errors import Invalid, Problem

_SURROGATE = re.compile("[\ud800-\udfff]")


def text_problems(text: str, limit: int, path: tuple[str, ...]) -> list[Problem]:
    """What is wrong with a text, at that path: longer than the limit, or with what the database cannot hold."""
    found = []
    if len(text) > limit:
        found.append(Problem("TEXT_TOO_LONG", f"Give at most {limit:,} characters.", path))
    if "\0" in text:
        found.append(Problem("TEXT_HAS_NUL", "Leave out the character U+0000; it cannot be stored.", path))
    if _SURROGATE.search(text):
        message = "Leave out unpaired surrogates (U+D800 to U+DFFF); they are no characters."
        found.append(Problem("TEXT_NOT_UNICODE", message, path))
    return found


def reason_problems(reason: str, message: str = "Say why.") -> list[Problem]:
    """A reason that is missing, for verbs that tell all problems at once."""
    return [] if reason.strip() else [Problem("REASON_MISSING", message, ("reason",))]


def require_reason(reason: str, message: str = "Say why.") -> None:
    """Insist on a reason, which is kept.

    Raises:
        Invalid: there is none.
    """
    if problems := reason_problems(reason, message):
        raise Invalid(problems)
