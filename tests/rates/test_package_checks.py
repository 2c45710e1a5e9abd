from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from almoner.core.errors import Invalid
from almoner.rates.package import Package
from almoner.rates.parse import parse_package
from almoner.rates.synthetic import synthetic

Raw = dict[str, Any]
DELETE = object()


def changed(raw: Raw, path: str, value: object) -> Raw:
    """`raw` with another value at a path such as `inputs.7.baseCostPmpm`."""
    *parents, last = path.split(".")
    at: Any = raw
    for step in parents:
        at = at[int(step)] if isinstance(at, list) else at[step]
    where: Any = int(last) if isinstance(at, list) else last
    if value is DELETE:
        del at[where]
    else:
        at[where] = value
    return raw


def problems(raw: Raw) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        parse_package(raw)
    return [(problem.code, ".".join(problem.path)) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("name", DELETE, "REQUIRED"),
        ("name", None, "REQUIRED"),
        ("name", 7, "NOT_TEXT"),
        ("name", " ", "TEXT_BLANK"),
        ("name", "x" * 201, "TEXT_TOO_LONG"),
        ("name", "a\0b", "TEXT_HAS_NUL"),
        ("name", "a\ud800", "TEXT_NOT_UNICODE"),
        ("colour", "red", "UNKNOWN_FIELD"),
        ("currency", "usd", "CURRENCY_MALFORMED"),
        ("currency", "DOLLARS", "CURRENCY_MALFORMED"),
        ("ratingPeriod", None, "REQUIRED"),
        ("ratingPeriod", "2010", "NOT_AN_OBJECT"),
        ("ratingPeriod.begin", 20090701, "DATE_MALFORMED"),
        ("ratingPeriod.begin", "2009-7-1", "DATE_MALFORMED"),
        ("ratingPeriod.begin", "2009-07-01T00:00:00", "DATE_MALFORMED"),
        ("ratingPeriod.begin", "2009-02-29", "DATE_NOT_REAL"),
        ("ratingPeriod.begin", "0000-01-01", "DATE_NOT_REAL"),
        ("ratingPeriod.begin", "2009-06-30", "PERIODS_OVERLAP"),
        ("ratingPeriod.begin", DELETE, "REQUIRED"),
        ("ratingPeriod.label", "", "TEXT_BLANK"),
        ("ratingPeriod.end", "2009-06-30", "PERIOD_ENDS_BEFORE_IT_BEGINS"),
        ("ratingPeriod.end", "9999-12-31", "DATE_NOT_REAL"),
        ("priorPeriod.begin", "2008-06-30", "PERIODS_OVERLAP"),
        ("parameters", DELETE, "REQUIRED"),
        ("parameters", [], "NOT_AN_OBJECT"),
        ("parameters.load", "1", "LOAD_OUT_OF_RANGE"),
        ("parameters.load", "-0.01", "LOAD_OUT_OF_RANGE"),
        ("parameters.load", 0.09, "NUMBER_NOT_TEXT"),
        ("parameters.statewideLoad", "1.0", "STATEWIDE_LOAD_OUT_OF_RANGE"),
        ("parameters.statedStatewideLoad", "3.5", "STATED_STATEWIDE_LOAD_OUT_OF_RANGE"),
        ("parameters.rangeHalfWidth", "1", "RANGE_HALF_WIDTH_OUT_OF_RANGE"),
        ("parameters.roundExtendedDollars", "true", "NOT_A_BOOLEAN"),
        ("parameters.roundExtendedDollars", 1, "NOT_A_BOOLEAN"),
        ("parameters.roundExtendedDollars", None, "REQUIRED"),
        ("contractors", {}, "NOT_A_LIST"),
        ("contractors", "CPSA3", "NOT_A_LIST"),
        ("contractors.0", None, "NOT_AN_OBJECT"),
        ("contractors.1.code", "CPSA3", "CONTRACTOR_REPEATED"),
        ("contractors.0.counties", "Pima", "NOT_A_LIST"),
        ("contractors.0.counties.1", "", "TEXT_BLANK"),
        ("rateCells.0.code", DELETE, "REQUIRED"),
        ("rateCells.0.overallAcuity", "0", "OVERALL_ACUITY_NOT_POSITIVE"),
        ("rateCells.0.tribalClaims", "-1", "TRIBAL_CLAIMS_NEGATIVE"),
        ("rateCells.0.priorStatewideRate", "0.00", "PRIOR_STATEWIDE_RATE_NOT_POSITIVE"),
        ("rateCells.0.priorMemberMonths", "0", "PRIOR_MEMBER_MONTHS_NOT_POSITIVE"),
        ("inputs", DELETE, "REQUIRED"),
        ("inputs.7.rateCell", "TXXI", "UNKNOWN_RATE_CELL"),
        ("inputs.7.contractor", "CPSA", "UNKNOWN_CONTRACTOR"),
        ("inputs.7.baseMemberMonths", "-1", "BASE_MEMBER_MONTHS_NEGATIVE"),
        ("inputs.7.projectedMemberMonths", "-1", "PROJECTED_MEMBER_MONTHS_NEGATIVE"),
        ("inputs.7.bandMultiplier", "0", "BAND_MULTIPLIER_NOT_POSITIVE"),
        ("inputs.7.currentRate", "-5", "CURRENT_RATE_NOT_POSITIVE"),
        ("inputs.7.baseCostPmpm", "0", "BASE_COST_NOT_POSITIVE"),
        ("inputs.7.baseCostPmpm", None, "REQUIRED"),
        ("inputs.7.baseCostPmpm", 45, "NUMBER_NOT_TEXT"),
        ("inputs.7.baseCostPmpm", True, "NUMBER_NOT_TEXT"),
        ("inputs.7.baseCostPmpm", "abc", "NOT_A_NUMBER"),
        ("inputs.7.baseCostPmpm", "NaN", "NUMBER_IS_NAN"),
        ("inputs.7.baseCostPmpm", "-Infinity", "NUMBER_IS_INFINITE"),
        ("inputs.7.baseCostPmpm", "6e1", "NUMBER_HAS_EXPONENT"),
        ("inputs.7.baseCostPmpm", "60.17913500000000000", "NUMBER_TOO_LONG"),
        ("printed", "all", "NOT_A_LIST"),
        ("printed.3.exhibit", "D", "UNKNOWN_EXHIBIT"),
        ("printed.3.column", "MIDDLE", "UNKNOWN_COLUMN"),
        ("printed.3.rateCell", "TXXI", "UNKNOWN_RATE_CELL"),
        ("printed.3.rateCell", "Title XXI", "UNKNOWN_RATE_CELL"),
        ("printed.3.contractor", "NAR", "UNKNOWN_CONTRACTOR"),
        ("printed.3.text", "n/a", "PRINTED_NOT_A_NUMBER"),
        ("printed.3.text", "1e5", "PRINTED_NOT_A_NUMBER"),
        ("printed.3.text", "1" * 19, "PRINTED_NOT_A_NUMBER"),
        ("printed.3.text", None, "REQUIRED"),
        ("printed.3.line", "", "TEXT_BLANK"),
    ],
)
def test_a_broken_rule_is_named_where_it_is_broken(
    sfy10: Callable[[], Raw], path: str, value: object, code: str
) -> None:
    assert (code, f"input.{path}") in problems(changed(sfy10(), path, value))


@pytest.mark.parametrize("path", ["inputs.7.baseCostPmpm", "parameters.load", "rateCells.0.tribalClaims", "name"])
def test_one_mistake_is_one_problem(sfy10: Callable[[], Raw], path: str) -> None:
    assert problems(changed(sfy10(), path, 5)) == [
        ("NOT_TEXT" if path == "name" else "NUMBER_NOT_TEXT", f"input.{path}")
    ]


@pytest.mark.parametrize("listed", ["contractors", "rateCells", "inputs"])
def test_a_package_has_at_least_one_of_everything(sfy10: Callable[[], Raw], listed: str) -> None:
    assert ("LIST_EMPTY", f"input.{listed}") in problems(changed(sfy10(), listed, []))


def test_a_repeated_rate_cell_is_refused(sfy10: Callable[[], Raw]) -> None:
    raw = changed(sfy10(), "rateCells.1.code", "TXXI_CHILDREN")
    assert ("RATE_CELL_REPEATED", "input.rateCells.1.code") in problems(raw)


def test_a_rate_cell_may_not_have_the_name_of_a_program(sfy10: Callable[[], Raw]) -> None:
    raw = changed(sfy10(), "rateCells.2.program", "TXXI_SMI")
    assert ("RATE_CELL_IS_A_PROGRAM", "input.rateCells.1.code") in problems(raw)


def test_a_missing_pair_is_named(sfy10: Callable[[], Raw]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_package(changed(sfy10(), "inputs.7", DELETE))
    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == ("INPUT_MISSING", ("input", "inputs"))
    assert "TXXI_SMI" in problem.message
    assert "CPSA5" in problem.message


def test_a_pair_given_twice_is_refused(sfy10: Callable[[], Raw]) -> None:
    raw = sfy10()
    raw["inputs"].append(dict(raw["inputs"][0]))
    assert problems(raw) == [("INPUT_REPEATED", "input.inputs.24")]


@pytest.mark.parametrize("which", ["base", "projected"])
def test_a_rate_cell_needs_some_member_months(sfy10: Callable[[], Raw], which: str) -> None:
    raw = sfy10()
    for entry in raw["inputs"]:
        if entry["rateCell"] == "HIFA2_SMI":
            entry[f"{which}MemberMonths"] = "0"
    assert problems(raw) == [(f"{which.upper()}_MEMBER_MONTHS_ALL_ZERO", "input.rateCells.2")]


def test_periods_in_the_wrong_order_are_refused(sfy10: Callable[[], Raw]) -> None:
    raw = sfy10()
    raw["basePeriod"], raw["priorPeriod"] = raw["priorPeriod"], raw["basePeriod"]
    assert problems(raw) == [("PERIODS_OUT_OF_ORDER", "input.priorPeriod.begin")]


@pytest.mark.parametrize(
    "change",
    [
        {"contractor": None, "line": "bandMultiplier"},
        {"column": "BEST"},
        {"line": "statewideRate"},
        {"rateCell": None, "contractor": None},
        {"exhibit": "C1", "line": "dollars", "column": "BEST"},
        {"exhibit": "C1", "rateCell": "Title XXI", "contractor": None, "line": "memberMonths"},
        {"exhibit": "B", "line": "dollars"},
        {"exhibit": "B", "line": "total", "column": "LOW"},
    ],
)
def test_a_printed_cell_without_a_figure_is_refused(sfy10: Callable[[], Raw], change: Raw) -> None:
    raw = sfy10()
    raw["printed"][3] |= change
    assert ("PRINTED_HAS_NO_FIGURE", "input.printed.3") in problems(raw)


def test_a_printed_cell_given_twice_is_refused(sfy10: Callable[[], Raw]) -> None:
    raw = sfy10()
    raw["printed"].append(dict(raw["printed"][3]))
    assert problems(raw) == [("PRINTED_REPEATED", "input.printed.594")]


def test_all_problems_come_back_in_one_answer(sfy10: Callable[[], Raw]) -> None:
    raw = sfy10()
    for path in ("name", "parameters.load", "rateCells.0.tribalClaims", "inputs.7.currentRate", "printed.3.text"):
        changed(raw, path, "")
    assert len(problems(raw)) == 5


def test_a_thousand_problems_are_listed_and_the_rest_is_counted() -> None:
    raw = synthetic(30, 50)
    inputs: Any = raw["inputs"]
    for entry in inputs:
        entry["currentRate"] = "0"
    with pytest.raises(Invalid) as refused:
        parse_package(raw)
    assert len(refused.value.problems) == 1001
    assert refused.value.problems[-1].code == "TOO_MANY_PROBLEMS"
    assert refused.value.problems[-1].message.startswith("500 more")


def test_missing_pairs_are_counted_without_listing_them_all() -> None:
    raw: Raw = synthetic(1, 1)
    for listed in ("contractors", "rateCells"):
        first = raw[listed][0]
        raw[listed] = [first, *({**first, "code": f"X{number}"} for number in range(4_999))]
    begun = time.process_time()
    with pytest.raises(Invalid) as refused:
        parse_package(raw)
    assert time.process_time() - begun < 5
    assert refused.value.problems[-1].message.startswith(f"{5_000 * 5_000 - 1 - 1_000} more")


def test_what_may_be_missing_may_be_missing(sfy10: Callable[[], Raw]) -> None:
    raw = sfy10()
    del raw["printed"], raw["parameters"]["statedStatewideLoad"], raw["contractors"][0]["counties"]
    package = parse_package(raw)
    assert package.printed == ()
    assert package.parameters.stated_statewide_load is None
    assert package.contractors[0].counties == ()


def test_periods_are_half_open_inside_and_name_their_last_day_outside(letter: Package) -> None:
    assert letter.rating_period.until == date(2010, 7, 1)
    assert letter.rating_period.to_json()["end"] == "2010-06-30"


def test_a_package_survives_the_way_to_json_and_back(letter: Package) -> None:
    again = parse_package(letter.to_json())
    assert again == letter
    assert again.digest == letter.digest


def test_the_digest_sees_numbers_and_not_their_spelling(sfy10: Callable[[], Raw], letter: Package) -> None:
    assert parse_package(changed(sfy10(), "inputs.0.bandMultiplier", "0.9")).digest == letter.digest
    assert parse_package(changed(sfy10(), "inputs.0.bandMultiplier", "0.91")).digest != letter.digest


@pytest.mark.parametrize("raw", [[], "package", None, 7])
def test_what_is_no_object_at_all_is_refused(raw: Any) -> None:
    assert problems(raw) == [("NOT_AN_OBJECT", "input")]
