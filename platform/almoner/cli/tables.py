"""Tables for people: exhibits, rates as in a certification letter, and the tie-out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

EXHIBITS = {
    "A": "development of the rates",
    "B": "statewide rates",
    "C1": "expenditure at projected member months",
    "C2": "expenditure at actual and projected member months",
}
_ENDS = ("LOW", "BEST", "HIGH")
Figure = Mapping[str, Any]


def _numbers(first: str, *others: str, title: str) -> Table:
    """A table of numbers with names in its first column."""
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def developments(found: Iterable[Mapping[str, Any]]) -> Table:
    """A list of rate developments."""
    table = Table("name", "status", "revision", "submitted", "id")
    for item in found:
        table.add_row(item["name"], item["status"], str(item["revision"]), item["submittedAt"][:16], item["id"])
    return table


def exhibits(figures: Sequence[Figure]) -> Iterator[Table]:
    """A table for each exhibit and rate cell: a row for each line and column, a column for each contractor."""
    groups: dict[tuple[str, str | None], list[Figure]] = {}
    for figure in figures:
        groups.setdefault((figure["exhibit"], figure["rateCell"]), []).append(figure)
    for (exhibit, cell), members in sorted(groups.items(), key=lambda group: list(EXHIBITS).index(group[0][0])):
        title = f"Exhibit {exhibit}, {EXHIBITS[exhibit]}: {cell or 'grand total'}"
        contractors = list(dict.fromkeys(figure["contractor"] for figure in members if figure["contractor"]))
        total = "statewide" if exhibit == "B" else "total"
        table = _numbers("line", *contractors, total, title=title)
        rows: dict[tuple[str, str], dict[str | None, str]] = {}
        for figure in members:
            row = rows.setdefault((figure["line"], figure["column"] or ""), {})
            row[figure["contractor"]] = figure["display"]
        for (line, end), cells in rows.items():
            label = f"{line} {end.lower()}".strip()
            table.add_row(label, *(cells.get(name, "") for name in [*contractors, None]))
        yield table


def rates_as_in_the_letter(development: Mapping[str, Any], figures: Iterable[Figure]) -> Iterator[Table]:
    """For each program the final rates: a row for each population, a column for each contractor, then statewide."""
    contractors = [item["code"] for item in development["contractors"]]
    rates = {(figure["rateCell"], figure["contractor"]): figure["display"] for figure in figures}
    programs: dict[str, list[Mapping[str, Any]]] = {}
    for cell in development["rateCells"]:
        programs.setdefault(cell["program"], []).append(cell)
    for program, cells in programs.items():
        table = _numbers("population", *contractors, "statewide", title=program)
        for cell in cells:
            table.add_row(cell["population"], *(rates[cell["code"], name] for name in [*contractors, None]))
        yield table


def statewide_rates(development: Mapping[str, Any], rates: Mapping[str, Mapping[str, str]]) -> Table:
    """The statewide rate of each rate cell with the two ends of its range."""
    table = _numbers("rate cell", "low", "best", "high", title="Statewide rates with the ends of their range")
    for cell in development["rateCells"]:
        ends = rates[cell["code"]]
        table.add_row(f"{cell['program']}, {cell['population']}", *(ends[end] for end in _ENDS))
    return table


def tie_out_line(summary: Mapping[str, Any]) -> str:
    """The tie-out in one line."""
    counts = (summary["exact"], summary["oneUnit"], summary["differs"])
    exact, one_unit, differs = counts
    return f"Tie-out: {sum(counts)} printed cells: {exact} EXACT, {one_unit} ONE_UNIT, {differs} DIFFERS"


def repairs(cells: Iterable[Figure]) -> str:
    """The printed cells that differ, exhibit by exhibit, each with what it should say and the sums that say so."""
    lines = []
    for cell in sorted(cells, key=lambda cell: list(EXHIBITS).index(cell["exhibit"])):
        names = (cell["exhibit"], cell["rateCell"] or "grand total", cell["contractor"], cell["line"], cell["column"])
        where = " ".join(filter(None, names))
        lines.append(f"  {where:<44} {cell['printed']:>14}  →  {cell['repair'] or 'no sum supports a repair'}")
        lines += [f"      {reason}" for reason in cell["support"]]
    return "\n".join(lines)
