"""Comparing a printed letter with the recomputed figures, cell by cell and as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from almoner.rates.figures import Exhibit, FigureKey
from almoner.rates.findings import Finding, disagreeing_sums, statewide_load
from almoner.rates.lines import Kind, kind_of
from almoner.rates.package import Package
from almoner.rates.printed import PrintedNumber, read_printed
from almoner.rates.repair import repairs
from almoner.rates.sums import relations

__all__ = ["CellTie", "Finding", "TieOut", "TieOutResult", "tie_out"]


_COUNTED = frozenset({Kind.MEMBER_MONTHS, Kind.DOLLARS})


class TieOut(StrEnum):
    """How a printed cell compares with the recomputed figure, at the printed number of places.

    ONE_UNIT: off by one unit in the last printed place, which the rounding of unprinted inputs explains.
    """

    EXACT = "EXACT"
    ONE_UNIT = "ONE_UNIT"
    DIFFERS = "DIFFERS"


@dataclass(frozen=True, slots=True)
class CellTie:
    """The comparison of one cell.

    Attributes:
        printed: the text as printed.
        repair: for a cell that differs, the text that it probably should have; None when nothing supports one.
        support: which relations among printed cells the repair mends, as sentences.
    """

    tie: TieOut
    printed: str
    repair: str | None = None
    support: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TieOutResult:
    """The comparison of all printed cells, in the order of the package, and what no single cell shows."""

    cells: dict[FigureKey, CellTie]
    exact: int
    one_unit: int
    differs: int
    findings: tuple[Finding, ...]


def tie_out(package: Package, figures: Mapping[FigureKey, Fraction]) -> TieOutResult:
    """Compare every printed cell of `package` with its recomputed figure and look for repairs.

    Args:
        figures: exact values, at least of every printed cell; others may be left out.

    Raises:
        KeyError: a printed cell has no figure.
        ValueError: a printed text is no number; `parse_package` refuses such texts.
    """
    printed: dict[FigureKey, PrintedNumber] = {}
    for cell in package.printed:
        number = read_printed(cell.text)
        if number is None:
            raise ValueError(f"not a printed number: {cell.text!r}")
        printed[cell.key] = number
    ties = {key: _compare(number, figures[key]) for key, number in printed.items()}
    differing = {key: printed[key] for key, tie in ties.items() if tie is TieOut.DIFFERS}
    whole_lines = _whole_lines(printed, figures)

    def whole(key: FigureKey) -> bool:
        return (key.exhibit, key.line, key.contractor is None) in whole_lines

    related = relations(package, printed)
    mended = repairs(differing, printed, figures, related, whole)
    cells = {}
    for key, tie in ties.items():
        repair = mended.get(key)
        text, support = (None, ()) if repair is None else (repair.text, repair.support)
        cells[key] = CellTie(tie, printed[key].text, text, support)
    corrected = dict(printed)
    for key, repair in mended.items():
        number = read_printed(repair.text)
        if number is not None:
            corrected[key] = number
    unexplained = differing.keys() - mended.keys()
    findings = [*statewide_load(package, figures, corrected)]
    findings += disagreeing_sums(related, corrected, figures, unexplained=unexplained, whole=whole)
    counts = dict.fromkeys(TieOut, 0)
    for tie in ties.values():
        counts[tie] += 1
    return TieOutResult(cells, counts[TieOut.EXACT], counts[TieOut.ONE_UNIT], counts[TieOut.DIFFERS], tuple(findings))


def _compare(printed: PrintedNumber, value: Fraction) -> TieOut:
    apart = abs(printed.units - printed.nearest(value))
    if apart == 0:
        return TieOut.EXACT
    return TieOut.ONE_UNIT if apart == 1 else TieOut.DIFFERS


def _whole_lines(
    printed: Mapping[FigureKey, PrintedNumber], figures: Mapping[FigureKey, Fraction]
) -> set[tuple[Exhibit, str, bool]]:
    """Lines (totals apart) of counts and dollars whose figures all are whole units of the last printed place.

    Rates are left out: a filed rate of two places may be a rounded one itself.
    """
    lines: dict[tuple[Exhibit, str, bool], bool] = {}
    for key, number in printed.items():
        line = (key.exhibit, key.line, key.contractor is None)
        if kind_of(key.line) in _COUNTED and lines.get(line, True):
            lines[line] = (figures[key] / number.unit).denominator == 1
    return {line for line, whole in lines.items() if whole}
