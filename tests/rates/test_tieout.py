from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from almoner.rates.engine import Exhibit, FigureKey, RateColumn, calculate
from almoner.rates.lines import display
from almoner.rates.package import Package
from almoner.rates.parse import parse_package
from almoner.rates.printed import read_printed
from almoner.rates.synthetic import synthetic
from almoner.rates.tieout import TieOut, TieOutResult, tie_out

Raw = dict[str, Any]
A, B, C1, C2 = Exhibit
BEST, LOW, HIGH = RateColumn

# What the scan of the SFY10 letter misread: exhibit, rate cell, contractor, line, column, as scanned, as meant.
MISREAD = [
    (A, "TXXI_CHILDREN", "NARBHA", "currentRate", None, "$ 16.03", "$ 18.03"),
    (B, "HIFA2_SMI", "CPSA5", "dollars", LOW, "$ 100,261", "$ 100,264"),
    (C1, "TXXI_CHILDREN", None, "memberMonths", None, "590,371", "580,371"),
    (C1, "TXXI_SMI", None, "rate", BEST, "$ 25.09", "$ 29.09"),
    (C1, "TXXI_SMI", None, "dollars", BEST, "$ 455,869", "$ 455,969"),
    (C1, "TXXI_SMI", None, "dollars", LOW, "$ 451,692", "$ 451,652"),
    (C1, "TXXI_SMI", None, "dollars", HIGH, "$ 480,287", "$ 460,287"),
    (C1, "TXXI_SMI", None, "change", BEST, "7.8%", "7.6%"),
    (C1, "Title XXI", None, "dollars", HIGH, "$ 13,851,033", "$ 13,951,033"),
    (C1, "HIFA2_GMHSA", None, "rate", BEST, "$ 16.04", "$ 15.04"),
    (C1, "HIFA II", None, "dollars", LOW, "$ 2,285,718", "$ 2,265,718"),
    (C1, None, None, "dollars", LOW, "$ 15,985,692", "$ 15,955,592"),
    (C2, "TXXI_CHILDREN", None, "priorDollars", None, "$ 14,938,698", "$ 14,939,695"),
    (C2, "HIFA2_GMHSA", None, "priorDollars", None, "$ 1,512,480", "$ 1,512,460"),
    (C2, "HIFA2_GMHSA", None, "change", HIGH, "-8.3%", "-6.3%"),
    (C2, "HIFA II", None, "priorDollars", None, "$ 2,688,784", "$ 2,688,754"),
    (C2, "HIFA II", None, "dollars", LOW, "$ 2,285,718", "$ 2,265,718"),
    (C2, "HIFA II", None, "change", BEST, "-15.7%", "-15.0%"),
    (C2, None, None, "dollars", LOW, "$ 16,985,692", "$ 15,955,592"),
    (C2, None, None, "change", HIGH, "-10.8%", "-10.6%"),
]


def compare(package: Package) -> TieOutResult:
    return tie_out(package, {figure.key: figure.value for batch in calculate(package) for figure in batch})


def faithful(cells: int = 2, contractors: int = 4) -> Raw:
    """A made-up package with all of its figures printed as they are."""
    raw: Raw = synthetic(cells, contractors)
    raw["printed"] = [
        {
            "exhibit": figure.key.exhibit.value,
            "rateCell": figure.key.rate_cell,
            "contractor": figure.key.contractor,
            "line": figure.key.line,
            "column": None if figure.key.column is None else figure.key.column.value,
            "text": display(figure.key.line, figure.value),
        }
        for batch in calculate(parse_package(raw))
        for figure in batch
    ]
    return raw


def reprint(raw: Raw, where: FigureKey, text: str) -> str:
    """Print one cell otherwise; returns what it said before."""
    for cell in raw["printed"]:
        if (cell["exhibit"], cell["rateCell"], cell["contractor"], cell["line"], cell["column"]) == tuple(where):
            before: str = cell["text"]
            cell["text"] = text
            return before
    raise LookupError(where)


@pytest.fixture(scope="module")
def result(letter: Package) -> TieOutResult:
    return compare(letter)


def test_the_letter_has_556_exact_cells_18_off_by_one_unit_and_20_that_differ(result: TieOutResult) -> None:
    assert (result.exact, result.one_unit, result.differs) == (556, 18, 20)
    assert len(result.cells) == 594


def test_every_misread_cell_of_the_letter_is_repaired_with_support(result: TieOutResult) -> None:
    repaired = [(*key, cell.printed, cell.repair) for key, cell in result.cells.items() if cell.tie is TieOut.DIFFERS]
    assert sorted(repaired, key=str) == sorted(MISREAD, key=str)
    assert all(cell.support for cell in result.cells.values() if cell.repair)


def test_cells_that_tie_have_no_repair(result: TieOutResult) -> None:
    assert all(cell.repair is None and cell.support == () for cell in result.cells.values() if cell.tie != "DIFFERS")


def test_support_names_the_sums_in_numbers(result: TieOutResult) -> None:
    support = result.cells[FigureKey(C1, "Title XXI", None, "dollars", HIGH)].support
    assert "C1 dollars HIGH of Title XXI: 13,490,746 + 460,287 = 13,951,033" in support


def test_the_stated_statewide_load_reproduces_no_administration_amount(result: TieOutResult) -> None:
    (finding,) = [finding for finding in result.findings if finding.code == "STATEWIDE_LOAD"]
    detail = dict(finding.detail)
    low, high = Fraction(detail.pop("impliedLow")), Fraction(detail.pop("impliedHigh"))
    assert Fraction("0.034973328") < low < Fraction("0.0349733346") < high < Fraction("0.034973343")
    assert detail == {
        "stated": "0.035",
        "used": "0.0349733346",
        "reproducedWithStated": "0",
        "reproducedWithUsed": "11",
        "administrationAmounts": "12",
        "totalsImplied": "11",
        "totals": "12",
    }


def test_percentages_that_the_printed_dollars_cannot_give_are_found(result: TieOutResult) -> None:
    found = [finding for finding in result.findings if finding.code == "PRINTED_SUM_DISAGREES"]
    assert {(finding.detail["exhibit"], finding.detail["line"]) for finding in found} == {("C1", "change")}
    assert [finding.detail["wouldHold"] for finding in found] == ["10.6%", "11.6%", "6.6%", "8.6%", "-8.8%", "3.6%"]


def test_a_load_that_reproduces_the_letter_is_no_finding() -> None:
    raw = faithful()
    raw["parameters"]["statedStatewideLoad"] = raw["parameters"]["statewideLoad"]
    assert compare(parse_package(raw)).findings == ()


def test_a_faithful_print_is_exact_and_without_findings() -> None:
    raw = faithful()
    result = compare(parse_package(raw))
    assert result.exact == len(raw["printed"])
    assert result.findings == ()


def test_two_misread_cells_of_one_sum_are_both_repaired() -> None:
    raw = faithful(4, 5)
    places = [FigureKey(C1, "CELL001", None, "dollars", BEST), FigureKey(C1, "Program 1", None, "dollars", BEST)]
    meant = {}
    for where in places:
        text = next(cell["text"] for cell in raw["printed"] if FigureKey(*(cell[k] for k in _KEYS)) == where)
        meant[where] = reprint(raw, where, ("2" if text[0] == "1" else "1") + text[1:])
    result = compare(parse_package(raw))
    assert {where: result.cells[where].repair for where in places} == meant


_KEYS = ("exhibit", "rateCell", "contractor", "line", "column")


def test_the_sum_decides_among_numbers_that_are_equally_near() -> None:
    raw = faithful(1, 6)
    where = FigureKey(B, "CELL001", "RBHA003", "projectedMemberMonths", None)
    package = parse_package(raw)
    value = next(f.value for batch in calculate(package) for f in batch if f.key == where)
    text = display("projectedMemberMonths", value)
    wrong = text[:-1] + str((int(text[-1]) + 4) % 10)
    reprint(raw, where, wrong)
    cell = compare(parse_package(raw)).cells[where]
    assert cell.repair == text
    assert any(sentence.startswith("B projectedMemberMonths of CELL001: ") for sentence in cell.support)


def test_a_number_of_another_length_has_no_repair() -> None:
    raw = faithful()
    where = FigureKey(B, "CELL001", None, "total", BEST)
    reprint(raw, where, "1,234")
    cell = compare(parse_package(raw)).cells[where]
    assert (cell.tie, cell.repair, cell.support) == (TieOut.DIFFERS, None, ())


def test_a_repair_that_nothing_supports_is_not_proposed() -> None:
    raw = faithful(1, 2)
    where = FigureKey(A, "CELL001", "RBHA001", "baseCost", None)
    raw["printed"] = [cell for cell in raw["printed"] if FigureKey(*(cell[k] for k in _KEYS)) == where]
    before = raw["printed"][0]["text"]
    reprint(raw, where, ("3" if before[0] != "3" else "5") + before[1:])
    cell = compare(parse_package(raw)).cells[where]
    assert (cell.tie, cell.repair) == (TieOut.DIFFERS, None)


def test_a_cell_off_by_one_unit_is_told_apart() -> None:
    raw = faithful()
    where = FigureKey(C2, None, None, "dollars", HIGH)
    value = next(f.value for batch in calculate(parse_package(raw)) for f in batch if f.key == where)
    reprint(raw, where, display("dollars", value + 1))
    result = compare(parse_package(raw))
    assert result.cells[where].tie is TieOut.ONE_UNIT
    assert "PRINTED_SUM_DISAGREES" in {finding.code for finding in result.findings}


def test_a_letter_may_print_more_or_fewer_places() -> None:
    raw = faithful()
    where = FigureKey(A, "CELL001", "RBHA001", "rate", None)
    value = next(f.value for batch in calculate(parse_package(raw)) for f in batch if f.key == where)
    for text in (f"$ {float(value):.1f}", f"USD {float(value):.4f}"):
        reprint(raw, where, text)
        assert compare(parse_package(raw)).cells[where].tie is TieOut.EXACT


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("23,957", Fraction(23957)),
        ("$ 58.93", Fraction(5893, 100)),
        ("-$5.00", Fraction(-5)),
        ("$ (1,234)", None),
        ("($ 1,234)", Fraction(-1234)),
        ("−1.8%", Fraction(-18, 1000)),
        ("USD 7", Fraction(7)),
        ("(5", None),
        ("(-5)", None),
        ("--5", None),
        ("1,23", None),
        ("1.2.3", None),
        ("%", None),
        ("1e3", None),
        ("NaN", None),
    ],
)
def test_printed_numbers_are_read_as_letters_write_them(text: str, value: Fraction | None) -> None:
    number = read_printed(text)
    assert (None if number is None else number.value) == value
