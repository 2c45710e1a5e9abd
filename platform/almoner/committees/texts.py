"""What texts of committees must be."""

from __future__ import annotations

from almoner.core.errors import Problem
from almoner.core.texts import text_problems


def line_problems(text: str, limit: int, path: tuple[str, ...]) -> list[Problem]:
    """What is wrong with a text that must say something, at that path."""
    if not text.strip():
        return [Problem("TEXT_BLANK", "Say something here.", path)]
    return text_problems(text, limit, path)


def reason_problems(reason: str, path: tuple[str, ...] = ("reason",)) -> list[Problem]:
    """What is wrong with a reason."""
    if not reason.strip():
        return [Problem("REASON_MISSING", "Say why.", path)]
    return text_problems(reason, 2_000, path)
