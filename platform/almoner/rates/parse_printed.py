"""Checking the printed cells of a package: each must be a number and stand where the calculation has a figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from enum import StrEnum
from typing import TypeVar

from almoner.rates import fields
from almoner.rates.fields import Path, Problems
from almoner.rates.figures import Exhibit, FigureKey, RateColumn
from almoner.rates.lines import LINES
from almoner.rates.package import PrintedCell
from almoner.rates.printed import read_printed

PRINTED_FIELDS = frozenset({"exhibit", "rateCell", "contractor", "line", "column", "text"})

_EXPENDITURE = frozenset({Exhibit.C1, Exhibit.C2})
_Name = TypeVar("_Name", bound=StrEnum)


def parse_printed(
    problems: Problems,
    entries: Iterable[tuple[Path, Mapping[str, object]]],
    cells: Set[str] | None,
    programs: Set[str],
    contractors: Set[str] | None,
) -> list[PrintedCell]:
    """Read printed cells. `cells` and `contractors` are None when not all of their codes could be read."""
    found = []
    seen: set[FigureKey] = set()
    for path, entry in entries:
        before = len(problems.found) + problems.left_out
        exhibit = _name(problems, entry, "exhibit", path, kind=Exhibit, code="UNKNOWN_EXHIBIT")
        line = fields.text(problems, entry, "line", path)
        column = None
        if entry.get("column") is not None:
            column = _name(problems, entry, "column", path, kind=RateColumn, code="UNKNOWN_COLUMN")
        rate_cell = _optional(problems, entry, "rateCell", path)
        contractor = _optional(problems, entry, "contractor", path)
        text = fields.text(problems, entry, "text", path)
        if text and read_printed(text) is None:
            message = 'Give the number as printed, for example "$ 22.48" or "-1.8%", with at most 18 digits.'
            problems.add("PRINTED_NOT_A_NUMBER", message, (*path, "text"))
        _check_rate_cell(problems, path, exhibit, rate_cell, cells=cells, programs=programs)
        if contractor and contractors is not None and contractor not in contractors:
            message = "Name a contractor of this package by its code."
            problems.add("UNKNOWN_CONTRACTOR", message, (*path, "contractor"))
        if exhibit is None or before != len(problems.found) + problems.left_out:
            continue
        cell = PrintedCell(exhibit, rate_cell, contractor, line, column, text)
        if not _has_figure(cell.key, cells):
            problems.add("PRINTED_HAS_NO_FIGURE", "Leave out this cell: the exhibit has no such figure.", path)
        elif cell.key in seen:
            problems.add("PRINTED_REPEATED", "Give each printed cell once.", path)
        seen.add(cell.key)
        found.append(cell)
    return found


def _name(
    problems: Problems, entry: Mapping[str, object], key: str, path: Path, *, kind: type[_Name], code: str
) -> _Name | None:
    value = fields.text(problems, entry, key, path)
    if not value:
        return None
    try:
        return kind(value)
    except ValueError:
        problems.add(code, f"Give {key} as one of {', '.join(kind)}.", (*path, key))
        return None


def _optional(problems: Problems, entry: Mapping[str, object], key: str, path: Path) -> str | None:
    value = entry.get(key)
    return None if value is None else fields.checked_text(problems, value, (*path, key))


def _check_rate_cell(
    problems: Problems,
    path: Path,
    exhibit: Exhibit | None,
    rate_cell: str | None,
    *,
    cells: Set[str] | None,
    programs: Set[str],
) -> None:
    if not rate_cell or cells is None or rate_cell in cells:
        return
    if exhibit not in _EXPENDITURE:
        message = "Name a rate cell of this package by its code."
        problems.add("UNKNOWN_RATE_CELL", message, (*path, "rateCell"))
    elif rate_cell not in programs:
        message = "Name a rate cell of this package by its code, or a program by its name."
        problems.add("UNKNOWN_RATE_CELL", message, (*path, "rateCell"))


def _has_figure(key: FigureKey, cells: Set[str] | None) -> bool:
    line = LINES[key.exhibit].get(key.line)
    if line is None or line.columns is (key.column is None):
        return False
    if key.contractor is not None:
        return line.contractors and key.rate_cell is not None
    if key.exhibit not in _EXPENDITURE:
        return line.total and key.rate_cell is not None
    if cells is None:
        return True
    return line.total if key.rate_cell in cells else line.groups
