"""Texts as documents have them: without what cannot be shown, words for codes, days and times in words."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from almoner.core.texts import is_blank

#: Controls other than tab and line feed, what turns the direction of text round (which hides what a text says), byte
#: order marks and noncharacters: none can be seen, and HTML, PDF/UA and iCalendar forbid most of them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff]")
#: Stands for a text of which nothing is left: a document has no title, and no link, without one.
NOTHING_SEEN = "[no visible text]"
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def clean(value: Any) -> Any:
    """The same JSON, whose texts have no character that cannot be shown, and say so if they had no others.

    All ends of lines are line feeds.
    """
    if isinstance(value, str):
        return NOTHING_SEEN if value and is_blank(value) else _UNSEEN.sub("", _LINE_ENDS.sub("\n", value))
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    return value


def words(code: str | None) -> str:
    """A code as words: `TO_NOTE` is "To note"."""
    return code.replace("_", " ").capitalize() if code else ""


def listed(texts: list[str]) -> str:
    """Texts in a row."""
    return ", ".join(texts)


def yes_or_no(value: bool | None) -> str:
    """Whether, in a word; nothing if nobody has said."""
    return "" if value is None else "Yes" if value else "No"


def day(text: str | None) -> str:
    """A day in words: `2017-07-06` is "Thursday 6 July 2017"."""
    return "" if text is None else _day(date.fromisoformat(text))


def _day(value: date) -> str:
    return f"{value:%A} {value.day} {value:%B} {value.year}"


def instant(text: str) -> datetime:
    """An instant as the API writes it."""
    return datetime.fromisoformat(text)


def day_of(text: str | None, zone: ZoneInfo) -> str:
    """The day of an instant in words, there."""
    return "" if text is None else _day(instant(text).astimezone(zone).date())


def time_of(text: str, zone: ZoneInfo) -> str:
    """The time of an instant, there: "13:00"."""
    return f"{instant(text).astimezone(zone):%H:%M}"


def moment(text: str | None, zone: ZoneInfo) -> str:
    """An instant in words, there."""
    return "" if text is None else f"{day_of(text, zone)}, {time_of(text, zone)}"


def length(minutes: int) -> str:
    """How long, in words: 120 is "2 hours", 75 is "1 hour 15 minutes"."""
    hours, left = divmod(minutes, 60)
    told = [f"{hours} hour{'' if hours == 1 else 's'}"] if hours else []
    if left or not hours:
        told.append(f"{left} minute{'' if left == 1 else 's'}")
    return " ".join(told)


def size(count: int) -> str:
    """How large a file is, in words."""
    return f"{count} bytes" if count < 1024 else f"{count / 1024:,.0f} KB"
