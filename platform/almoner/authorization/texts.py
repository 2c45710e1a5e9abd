"""Texts and lists that somebody writes into a policy: how much they may hold. Looked at before anything else is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from almoner.authorization.document import Change, item_to_json
from almoner.core.errors import Invalid, Problem
from almoner.core.texts import text_problems, wording_problems

MAX_TEXT = 1_000
#: How many roles one item may name.
MAX_NAMES = 100


def change_problems(changes: Sequence[Change]) -> list[Problem]:
    """Texts that are too long or cannot be stored, and lists that are too long: at `("changes", "<place>", "<field>")`.

    Everything else that may be wrong quotes what was written, so this is asked first.
    """
    return [
        problem
        for place, change in enumerate(changes)
        for name, value in item_to_json(change.item).items()
        for problem in _problems(value, ("changes", str(place), name))
    ]


def _problems(value: object, path: tuple[str, ...]) -> Iterator[Problem]:
    values = value if isinstance(value, list) else [value]
    if len(values) > MAX_NAMES:
        yield Problem("TOO_MANY_ROLES", f"Name at most {MAX_NAMES}.", path)
        return
    for each in values:
        if isinstance(each, str):
            yield from text_problems(each, MAX_TEXT, path)


def insist_on_a_reason(reason: str, message: str) -> None:
    """Insist that a reason is given, and can be kept.

    Raises:
        Invalid: it is missing, too long, or has what cannot be stored.
    """
    if problems := wording_problems(reason, MAX_TEXT, ("reason",), code="REASON_MISSING", message=message):
        raise Invalid(problems)
