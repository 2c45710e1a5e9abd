"""Texts that must be given."""

from __future__ import annotations

from almoner.core.errors import Problem

LONGEST_TEXT = 10_000


def required_text(problems: list[Problem], text: str, code: str, message: str, *path: str) -> str:
    """The text without the space around it; notes as a problem that it is blank (with this code) or too long."""
    found = text.strip()
    if not found:
        problems.append(Problem(code, message, path))
    elif len(found) > LONGEST_TEXT:
        problems.append(Problem("TEXT_TOO_LONG", f"Keep this within {LONGEST_TEXT:,} characters.", path))
    return found
