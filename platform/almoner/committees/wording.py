"""What texts of a committee's records must be."""

from __future__ import annotations

from almoner.core.errors import Problem
from almoner.core.texts import text_problems

#: A paragraph of minutes, and anything shorter.
LONGEST_PARAGRAPH = 20_000
LONGEST_TEXT = 2_000
LONGEST_LINE = 200


def wording_problems(text: str, limit: int, *path: str) -> list[Problem]:
    """What is wrong with a text that must say something, at that path."""
    if not text.strip():
        return [Problem("TEXT_BLANK", "Say something here.", path)]
    return text_problems(text, limit, path)


def reason_problems(reason: str) -> list[Problem]:
    """What is wrong with a reason."""
    if not reason.strip():
        return [Problem("REASON_MISSING", "Say why.", ("reason",))]
    return text_problems(reason, LONGEST_TEXT, ("reason",))
