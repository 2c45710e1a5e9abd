"""What a text must be to be stored and read by people."""

from __future__ import annotations

import re
import unicodedata

from almoner.core.errors import Invalid, Problem

#: A name or a title; a reason; a paragraph or a few of them.
LONGEST_LINE = 200
LONGEST_REASON = 2_000
LONGEST_TEXT = 20_000
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Categories of characters that show nothing by themselves, and letters and symbols that do not either: the fillers of
#: Hangul, and the Braille pattern without a dot. U+0000 is none: it cannot be stored, which has a refusal of its own.
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def is_blank(text: str) -> bool:
    """Whether a text has no character that can be seen."""
    return all(each in _FILLERS or (unicodedata.category(each) in _UNSEEN and each != "\0") for each in text)


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


def wording_problems(
    text: str, limit: int, path: tuple[str, ...], *, code: str = "TEXT_BLANK", message: str = "Say something here."
) -> list[Problem]:
    """The same for a text that must say something: if nothing of it can be seen, this code and message."""
    return [Problem(code, message, path)] if is_blank(text) else text_problems(text, limit, path)


def reason_problems(reason: str, message: str = "Say why.", path: tuple[str, ...] = ("reason",)) -> list[Problem]:
    """What is wrong with a reason, for verbs that tell all problems at once."""
    return wording_problems(reason, LONGEST_REASON, path, code="REASON_MISSING", message=message)


def require_reason(reason: str, message: str = "Say why.") -> None:
    """Insist on a reason, which is kept.

    Raises:
        Invalid: there is none, or it cannot be kept.
    """
    if problems := reason_problems(reason, message):
        raise Invalid(problems)
