"""docs/checks.md: what was taken away, and which test noticed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.mutants.place import ROOT, Place
from tests.mutants.places import PLACES

PAGE = ROOT / "docs" / "checks.md"
_BEGIN = "<!-- written by `make mutants` -->"
_ROW = re.compile(r"^\| (?P<name>[^|]+) \| `(?P<file>[^|]+)` \| (?P<noticed>[^|]+) \| (?P<seconds>[0-9]+) \|$", re.M)
_NOTHING = "nothing"


@dataclass(frozen=True)
class Row:
    """What came of breaking a place.

    Attributes:
        noticed: the test that failed, as `file::name`; None if all stayed green.
    """

    noticed: str | None
    seconds: int


def rows_of(page: str) -> dict[str, Row]:
    """The page's rows, by the name of the place."""
    found = {}
    for row in _ROW.finditer(page):
        noticed = row["noticed"].strip("`")
        found[row["name"]] = Row(None if noticed == _NOTHING else noticed, int(row["seconds"]))
    return found


def written(page: str, rows: Mapping[str, Row]) -> str:
    """The page with these rows; those of places that are no more are left out."""
    kept = {**rows_of(page), **rows}
    head, _, _ = page.partition(_BEGIN)
    table = ["| taken away | in | noticed by | seconds |", "| --- | --- | --- | --- |", *_lines(PLACES, kept)]
    return f"{head}{_BEGIN}\n\n" + "\n".join(table) + "\n"


def _lines(places: Iterable[Place], rows: Mapping[str, Row]) -> Iterable[str]:
    for place in places:
        if place.name in rows:
            row = rows[place.name]
            noticed = f"`{row.noticed}`" if row.noticed else _NOTHING
            yield f"| {place.name} | `{place.file}` | {noticed} | {row.seconds} |"
