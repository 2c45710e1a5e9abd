"""What is asked of the texts that people give about committees."""

from __future__ import annotations

from collections.abc import Iterator

from almoner.core.errors import Invalid, Problem
from almoner.core.texts import text_problems

MAX_LINE, MAX_TEXT = 200, 20_000


def line_problems(name: str, text: str, *, at_most: int = MAX_LINE) -> Iterator[Problem]:
    """What is wrong with a text that must be there: it is blank, too long, or cannot be stored.

    Args:
        name: the argument of the API.
    """
    if not text.strip():
        yield Problem("TEXT_BLANK", f"Give {name}.", (name,))
    yield from text_problems(text, at_most, (name,))


def insist_on_none(problems: list[Problem]) -> None:
    """Refuse an input, with all that is wrong with it at once.

    Raises:
        Invalid: there are problems.
    """
    if problems:
        raise Invalid(problems)
