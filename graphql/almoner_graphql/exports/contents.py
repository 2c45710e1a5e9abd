"""What a document is made of, whatever it becomes: a title, facts, and blocks. HTML and PDF are made from the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from almoner.core.ids import split_global_id
from almoner.core.texts import is_blank
from almoner_graphql.exports.texts import instant

Block = dict[str, Any]
Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Document:
    """A document.

    Attributes:
        kind: what it is called in file names: `agenda`, `minutes`.
        title: its one heading of the first level.
        by: whose it is: the committee, and the agency.
        changed_at: when anything in it was last changed, as far as it tells.
        blocks: JSON; see the functions below.
    """

    kind: str
    title: str
    committee: str
    agency: str
    changed_at: datetime
    held_on: str
    changed: str
    blocks: list[Block] = field(default_factory=list)


def heading(level: int, text: str) -> Block:
    """A heading of level 2 to 4."""
    return {"kind": "heading", "level": level, "text": text}


def paragraphs(text: str | None) -> list[Block]:
    """A text in paragraphs: its lines."""
    return [{"kind": "paragraph", "text": line.strip()} for line in (text or "").split("\n") if not is_blank(line)]


def note(text: str) -> Block:
    """What nobody must overlook."""
    return {"kind": "note", "text": text}


def facts(*rows: Fact) -> list[Block]:
    """Names and what they stand for; without those that stand for nothing."""
    kept = [{"name": name, "text": text} for name, text in rows if text]
    return [{"kind": "facts", "rows": kept}] if kept else []


def numbered(texts: Sequence[str]) -> list[Block]:
    """A numbered list; nothing without an item."""
    return [{"kind": "numbered", "items": list(texts)}] if texts else []


def table(caption: str, columns: Sequence[tuple[str, int]], rows: Sequence[Sequence[str]]) -> list[Block]:
    """A table, whose first column names its rows; nothing without a row.

    Args:
        columns: what heads them, and how wide they are, in shares.
    """
    heads, widths = [head for head, _ in columns], [width for _, width in columns]
    found = {"kind": "table", "caption": caption, "heads": heads, "widths": widths, "rows": [list(row) for row in rows]}
    return [found] if rows else []


def link(before: str, text: str, href: str) -> Block:
    """A paragraph with a link at its end."""
    return {"kind": "link", "before": before, "text": text, "href": href}


def last_change(row: Mapping[str, Any]) -> datetime:
    """The last instant of something that has happened to a meeting, and all that was read of it; else it was planned.

    Args:
        row: as the API gives it; instants of what has happened have names that end in `At`, but for the beginning.
    """
    made = datetime.fromtimestamp((split_global_id(row["id"])[1].int >> 80) / 1000, UTC)
    return max([made, *_instants({key: value for key, value in row.items() if key != "startsAt"})])


def _instants(value: Any, key: str = "") -> list[datetime]:
    if isinstance(value, dict):
        return [found for name, item in value.items() for found in _instants(item, name)]
    if isinstance(value, list):
        return [found for item in value for found in _instants(item)]
    return [instant(value)] if isinstance(value, str) and (key.endswith("At") or key == "at") else []
