from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from almoner.core.numbers import plain
from almoner.rates.engine import Exhibit, Figure, FigureKey, RateColumn, calculate
from almoner.rates.lines import LINES, display
from almoner.rates.package import Package
from almoner.rates.parse import parse_package
from almoner.rates.synthetic import synthetic

Values = dict[FigureKey, Fraction]
UNHURRIED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def values(package: Package) -> Values:
    return {figure.key: figure.value for batch in calculate(package) for figure in batch}


def figures(package: Package) -> list[Figure]:
    return [figure for batch in calculate(package) for figure in batch]


def key(
    exhibit: Exhibit, cell: str | None, line: str, contractor: str | None = None, column: RateColumn | None = None
) -> FigureKey:
    return FigureKey(exhibit, cell, contractor, line, column)


def units(low: int, high: int, places: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda number: plain(Decimal(number).scaleb(-places)))


@st.composite
def raw_packages(draw: st.DrawFn) -> dict[str, Any]:
    """Small packages with any lawful numbers, dollars rounded or not, programs of one to three rate cells."""
    raw: dict[str, Any] = synthetic(draw(st.integers(1, 3)), draw(st.integers(1, 4)))
    raw["parameters"] |= {
        "load": draw(units(0, 500, 3)),
        "rangeHalfWidth": draw(units(0, 200, 3)),
        "statewideLoad": draw(units(0, 90_000_000, 9)),
        "roundExtendedDollars": draw(st.booleans()),
    }
    for cell in raw["rateCells"]:
        cell["program"] = draw(st.sampled_from(["One", "Two"]))
        cell["overallAcuity"] = draw(units(1, 3000, 3))
        cell["tribalClaims"] = draw(units(0, 10**8, 2))
    for index, entry in enumerate(raw["inputs"]):
        # The first contractor of each rate cell has member months, so that no cell is without any.
        least = 1 if index % len(raw["contractors"]) == 0 else 0
        entry["baseMemberMonths"] = str(draw(st.integers(least, 10**6)))
        entry["projectedMemberMonths"] = str(draw(st.integers(least, 10**6)))
        entry["baseCostPmpm"] = draw(units(1, 10**9, 6))
        entry["bandMultiplier"] = draw(units(1, 3000, 3))
        entry["currentRate"] = draw(units(1, 10**5, 2))
    return raw


@UNHURRIED
@given(raw_packages())
def test_the_bands_move_money_between_contractors_and_add_none(raw: dict[str, Any]) -> None:
    package = parse_package(raw)
    found = values(package)
    for cell in package.rate_cells:
        before = banded = Fraction(0)
        for contractor in package.contractors:
            months, cost, factor = (
                found[key(Exhibit.A, cell.code, line, contractor.code)]
                for line in ("baseMemberMonths", "baseCost", "acuityFactor")
            )
            before += months * cost
            banded += months * cost * factor
        assert banded == Fraction(cell.overall_acuity) * before
        assert abs(banded / before - Fraction(cell.overall_acuity)) < Fraction(1, 10**20)


@UNHURRIED
@given(raw_packages())
def test_totals_are_the_sums_of_their_parts(raw: dict[str, Any]) -> None:
    package = parse_package(raw)
    found = values(package)
    programs: dict[str, list[str]] = {}
    for cell in package.rate_cells:
        programs.setdefault(cell.program, []).append(cell.code)
        months = [found[key(Exhibit.B, cell.code, "projectedMemberMonths", c.code)] for c in package.contractors]
        assert sum(months) == found[key(Exhibit.B, cell.code, "projectedMemberMonths")]
        for column in RateColumn:
            dollars = [found[key(Exhibit.B, cell.code, "dollars", c.code, column)] for c in package.contractors]
            tribal, subtotal, administration, total = (
                found[key(Exhibit.B, cell.code, line, None, column)]
                for line in ("tribalClaims", "subtotal", "administration", "total")
            )
            assert sum(dollars) + tribal == subtotal
            assert subtotal + administration == total
            assert total.denominator == 1
            if package.parameters.round_extended_dollars:
                assert all(amount.denominator == 1 for amount in dollars)
    for exhibit in (Exhibit.C1, Exhibit.C2):
        for line, end in (("priorDollars", None), *(("dollars", end) for end in RateColumn)):
            of_programs = []
            for program, cells in programs.items():
                of_programs.append(found[key(exhibit, program, line, None, end)])
                assert of_programs[-1] == sum(found[key(exhibit, cell, line, None, end)] for cell in cells)
            assert found[key(exhibit, None, line, None, end)] == sum(of_programs)


@UNHURRIED
@given(raw_packages())
def test_doubling_all_base_member_months_leaves_every_rate_alone(raw: dict[str, Any]) -> None:
    before = values(parse_package(raw))
    for entry in raw["inputs"]:
        entry["baseMemberMonths"] = str(2 * int(entry["baseMemberMonths"]))
    after = values(parse_package(raw))
    for where, value in before.items():
        factor = 2 if where.line == "baseMemberMonths" else 1
        assert after[where] == factor * value


@UNHURRIED
@given(raw_packages(), st.randoms(use_true_random=False))
def test_the_order_of_a_package_never_changes_a_value(raw: dict[str, Any], random: Any) -> None:
    before = values(parse_package(raw))
    for listed in ("contractors", "rateCells", "inputs"):
        random.shuffle(raw[listed])
    assert values(parse_package(raw)) == before


@UNHURRIED
@given(raw_packages())
def test_a_figure_comes_only_from_earlier_figures(raw: dict[str, Any]) -> None:
    made = figures(parse_package(raw))
    assert [figure.ordinal for figure in made] == list(range(len(made)))
    assert all(0 <= source < figure.ordinal for figure in made for source in figure.inputs)


def test_the_figures_are_exactly_those_of_the_table_of_lines(letter: Package) -> None:
    cells = [cell.code for cell in letter.rate_cells]
    groups = [*dict.fromkeys(cell.program for cell in letter.rate_cells), None]
    expected = set()
    for exhibit, lines in LINES.items():
        for name, line in lines.items():
            subjects: list[tuple[str | None, str | None]] = []
            if line.contractors:
                subjects += [(cell, contractor.code) for cell in cells for contractor in letter.contractors]
            if line.total:
                subjects += [(cell, None) for cell in cells]
            if line.groups:
                subjects += [(group, None) for group in groups]
            columns: tuple[RateColumn | None, ...] = tuple(RateColumn) if line.columns else (None,)
            for end in columns:
                expected |= {FigureKey(exhibit, cell, contractor, name, end) for cell, contractor in subjects}
    made = [figure.key for figure in figures(letter)]
    assert set(made) == expected
    assert len(made) == len(expected)


def test_there_is_one_batch_per_rate_cell_and_one_for_the_totals(letter: Package) -> None:
    batches = [{figure.key.rate_cell for figure in batch} for batch in calculate(letter)]
    assert batches == [*({cell.code} for cell in letter.rate_cells), {"Title XXI", "HIFA II", None}]


def test_a_statewide_rate_can_be_walked_back_to_what_was_filed(letter: Package) -> None:
    made = figures(letter)
    at = {figure.key: figure for figure in made}
    seen: set[int] = set()
    open_now = [at[key(Exhibit.B, "TXXI_SMI", "statewideRate", None, RateColumn.LOW)].ordinal]
    while open_now:
        ordinal = open_now.pop()
        if ordinal not in seen:
            seen.add(ordinal)
            open_now.extend(made[ordinal].inputs)
    filed = {made[ordinal].key.line for ordinal in seen if not made[ordinal].inputs}
    assert filed == {
        "baseMemberMonths",
        "baseCost",
        "bandMultiplier",
        "acuityFactor",
        "load",
        "projectedMemberMonths",
        "tribalClaims",
    }
    assert all(made[ordinal].formula.endswith("as filed") for ordinal in seen if not made[ordinal].inputs)


@pytest.mark.parametrize(
    ("where", "formula"),
    [
        (key(Exhibit.A, "TXXI_SMI", "adjustedBaseCost", "NARBHA"), "baseCost × acuityFactor"),
        (key(Exhibit.A, "TXXI_SMI", "rate", "NARBHA"), "adjustedBaseCost / (1 − 0.09)"),
        (
            key(Exhibit.B, "TXXI_SMI", "dollars", "NARBHA", RateColumn.LOW),
            "round(projectedMemberMonths × rate × (1 − 0.01))",
        ),
        (key(Exhibit.B, "TXXI_SMI", "total", None, RateColumn.HIGH), "round(subtotal / (1 − 0.0349733346))"),
        (key(Exhibit.A, "TXXI_SMI", "acuityFactor"), "overall acuity, as filed"),
    ],
)
def test_a_formula_says_the_parameters_that_it_used(letter: Package, where: FigureKey, formula: str) -> None:
    assert {figure.key: figure.formula for figure in figures(letter)}[where] == formula


def test_dollars_stay_unrounded_when_the_package_says_so(sfy10: Callable[[], dict[str, Any]]) -> None:
    raw = sfy10()
    raw["parameters"]["roundExtendedDollars"] = False
    found = values(parse_package(raw))
    where = key(Exhibit.B, "TXXI_SMI", "dollars", "NARBHA", RateColumn.BEST)
    months = found[key(Exhibit.B, "TXXI_SMI", "projectedMemberMonths", "NARBHA")]
    assert found[where] == months * found[key(Exhibit.A, "TXXI_SMI", "rate", "NARBHA")]
    assert found[where].denominator > 1
    assert found[key(Exhibit.B, "TXXI_SMI", "total", None, RateColumn.BEST)].denominator == 1


@pytest.mark.parametrize(
    ("line", "value", "shown"),
    [
        ("memberMonths", Fraction(580371), "580,371"),
        ("dollars", Fraction(25, 2), "13"),
        ("rate", Fraction(22475, 1000), "22.48"),
        ("acuityFactor", Fraction(36, 100), "0.360"),
        ("load", Fraction(9, 100), "9.0%"),
        ("change", Fraction(-1, 10_000), "0.0%"),
        ("rateChange", Fraction(-10_005, 1000), "-1,000.5%"),
        ("priorDollars", Fraction(-1234567), "-1,234,567"),
    ],
)
def test_a_value_is_shown_as_the_exhibits_show_it(line: str, value: Fraction, shown: str) -> None:
    assert display(line, value) == shown


def test_a_package_of_extreme_numbers_is_still_exact() -> None:
    raw: dict[str, Any] = synthetic(1, 2)
    raw["parameters"]["load"] = "0.999999999999999999"
    raw["rateCells"][0]["overallAcuity"] = "999999999999999999"
    for entry, band in zip(raw["inputs"], ("0.000000000000000001", "999999999999999999"), strict=True):
        entry["bandMultiplier"] = band
    package = parse_package(raw)
    found = values(package)
    months, costs, factors = (
        [found[key(Exhibit.A, "CELL001", line, contractor.code)] for contractor in package.contractors]
        for line in ("baseMemberMonths", "baseCost", "acuityFactor")
    )
    claims = [month * cost for month, cost in zip(months, costs, strict=True)]
    assert sum(claim * factor for claim, factor in zip(claims, factors, strict=True)) == 999999999999999999 * sum(
        claims
    )
