"""From unparsed input to a checked `Package`: all problems of a package come back in one answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from almoner.rates import fields
from almoner.rates.fields import Path, Problems, Rule
from almoner.rates.package import Contractor, Package, Parameters, Period, RateCell, RateInput
from almoner.rates.parse_printed import PRINTED_FIELDS, parse_printed

ROOT: Path = ("input",)

_CURRENCY = re.compile(r"[A-Z]{3}")
_PERIOD_FIELDS = frozenset({"label", "begin", "end"})
_PARAMETER_FIELDS = frozenset(
    {"load", "rangeHalfWidth", "statewideLoad", "statedStatewideLoad", "roundExtendedDollars"}
)
_CONTRACTOR_FIELDS = frozenset({"code", "rbha", "area", "counties"})
_CELL_FIELDS = frozenset(
    {
        "code",
        "program",
        "population",
        "overallAcuity",
        "tribalClaims",
        "priorStatewideRate",
        "priorMemberMonths",
    }
)
_INPUT_FIELDS = frozenset(
    {
        "rateCell",
        "contractor",
        "baseMemberMonths",
        "baseCostPmpm",
        "bandMultiplier",
        "currentRate",
        "projectedMemberMonths",
    }
)
_PACKAGE_FIELDS = frozenset(
    {
        "name",
        "currency",
        "ratingPeriod",
        "basePeriod",
        "priorPeriod",
        "parameters",
        "contractors",
        "rateCells",
        "inputs",
        "printed",
    }
)


def _share(code: str, what: str) -> Rule:
    return Rule(code, f"Give {what} as a share: at least 0 and less than 1.", lambda value: 0 <= value < 1)


def _positive(code: str, what: str) -> Rule:
    return Rule(code, f"Give {what} greater than 0.", lambda value: value > 0)


def _not_negative(code: str, what: str) -> Rule:
    return Rule(code, f"Give {what} of at least 0.", lambda value: value >= 0)


_LOAD = _share("LOAD_OUT_OF_RANGE", "the load")
_HALF_WIDTH = _share("RANGE_HALF_WIDTH_OUT_OF_RANGE", "half the width of the range")
_STATEWIDE_LOAD = _share("STATEWIDE_LOAD_OUT_OF_RANGE", "the statewide load")
_STATED_LOAD = _share("STATED_STATEWIDE_LOAD_OUT_OF_RANGE", "the stated statewide load")
_ACUITY = _positive("OVERALL_ACUITY_NOT_POSITIVE", "an overall acuity")
_TRIBAL = _not_negative("TRIBAL_CLAIMS_NEGATIVE", "tribal claims")
_PRIOR_RATE = _positive("PRIOR_STATEWIDE_RATE_NOT_POSITIVE", "a prior statewide rate")
# The change of expenditure is a share of the prior dollars: with none there is no change to speak of.
_PRIOR_MONTHS = _positive("PRIOR_MEMBER_MONTHS_NOT_POSITIVE", "prior member months")
_BASE_MONTHS = _not_negative("BASE_MEMBER_MONTHS_NEGATIVE", "base member months")
_PROJECTED_MONTHS = _not_negative("PROJECTED_MEMBER_MONTHS_NEGATIVE", "projected member months")
_COST = _positive("BASE_COST_NOT_POSITIVE", "a base cost")
_BAND = _positive("BAND_MULTIPLIER_NOT_POSITIVE", "a band multiplier")
_CURRENT_RATE = _positive("CURRENT_RATE_NOT_POSITIVE", "a current rate")


def parse_package(raw: Mapping[str, object]) -> Package:
    """Check a rate development package, whose keys are those of the GraphQL input, and type it.

    Numbers and days are expected as text. Paths of problems begin with `"input"`. At most 1,000 problems are listed;
    one more then says how many were left out.

    Raises:
        Invalid: with every problem found.
    """
    problems = Problems()
    if fields.record(problems, raw, ROOT, _PACKAGE_FIELDS) is None:
        problems.raise_if_any()
    name = fields.text(problems, raw, "name", ROOT)
    currency = fields.text(problems, raw, "currency", ROOT)
    if currency and _CURRENCY.fullmatch(currency) is None:
        problems.add(
            "CURRENCY_MALFORMED", 'Give the currency as three capital letters, for example "USD".', (*ROOT, "currency")
        )
    rating, base, prior = _periods(problems, raw)
    parameters = _parameters(problems, raw)
    contractors, contractors_sound = _contractors(problems, raw)
    cells, cells_sound = _rate_cells(problems, raw)
    # A code that could not be read may be the one that others refer to: then nobody's reference is called unknown.
    known_contractors = {contractor.code for contractor in contractors} if contractors_sound else None
    known_cells = {cell.code for cell in cells} if cells_sound else None
    entries, entries_sound = _inputs(problems, raw, known_cells, known_contractors)
    if known_cells is not None and known_contractors is not None and entries_sound:
        _check_pairs(problems, cells, contractors, entries)
        _check_not_all_zero(problems, cells, entries)
    printed_raw, _ = fields.records(problems, raw, "printed", ROOT, PRINTED_FIELDS, required=False)
    programs = {cell.program for cell in cells}
    printed = parse_printed(problems, printed_raw, known_cells, programs, known_contractors)
    problems.raise_if_any()
    return Package(
        name=name,
        currency=currency,
        rating_period=rating,
        base_period=base,
        prior_period=prior,
        parameters=parameters,
        contractors=tuple(contractors),
        rate_cells=tuple(cells),
        inputs=tuple(entries),
        printed=tuple(printed),
    )


_NO_PERIOD = Period("", date.min, date.min)


def _periods(problems: Problems, raw: Mapping[str, object]) -> tuple[Period, Period, Period]:
    """The rating, base and prior period; the base period comes first, then the prior one, then the rating period."""
    rating, base, prior = (_period(problems, raw, key) for key in ("ratingPeriod", "basePeriod", "priorPeriod"))
    for earlier, later, names in (
        (base, prior, ("basePeriod", "priorPeriod")),
        (prior, rating, ("priorPeriod", "ratingPeriod")),
        (base, rating, ("basePeriod", "ratingPeriod")),
    ):
        if _NO_PERIOD in (earlier, later):
            continue
        path = (*ROOT, names[1], "begin")
        if later.begin < earlier.until and earlier.begin < later.until:
            problems.add("PERIODS_OVERLAP", f"Let {names[1]} begin after the last day of {names[0]}.", path)
        elif later.begin < earlier.begin:
            problems.add("PERIODS_OUT_OF_ORDER", f"Put {names[0]} before {names[1]}.", path)
    return rating, base, prior


def _period(problems: Problems, raw: Mapping[str, object], key: str) -> Period:
    entry = fields.required_record(problems, raw, key, ROOT, _PERIOD_FIELDS)
    if entry is None:
        return _NO_PERIOD
    path = (*ROOT, key)
    label = fields.text(problems, entry, "label", path)
    begin = fields.day(problems, entry, "begin", path)
    end = fields.day(problems, entry, "end", path)
    if begin is None or end is None:
        return _NO_PERIOD
    if end < begin:
        problems.add("PERIOD_ENDS_BEFORE_IT_BEGINS", "Let the period end on or after its first day.", (*path, "end"))
        return _NO_PERIOD
    return Period(label, begin, end + timedelta(days=1))


def _parameters(problems: Problems, raw: Mapping[str, object]) -> Parameters:
    entry = fields.required_record(problems, raw, "parameters", ROOT, _PARAMETER_FIELDS)
    if entry is None:
        return Parameters(Decimal(0), Decimal(0), Decimal(0), None, False)
    path = (*ROOT, "parameters")
    stated = None
    if entry.get("statedStatewideLoad") is not None:
        stated = fields.number(problems, entry, "statedStatewideLoad", path, _STATED_LOAD)
    return Parameters(
        load=fields.number(problems, entry, "load", path, _LOAD),
        range_half_width=fields.number(problems, entry, "rangeHalfWidth", path, _HALF_WIDTH),
        statewide_load=fields.number(problems, entry, "statewideLoad", path, _STATEWIDE_LOAD),
        stated_statewide_load=stated,
        round_extended_dollars=fields.boolean(problems, entry, "roundExtendedDollars", path),
    )


def _contractors(problems: Problems, raw: Mapping[str, object]) -> tuple[list[Contractor], bool]:
    """The contractors, and whether every code could be read."""
    entries, sound = fields.records(problems, raw, "contractors", ROOT, _CONTRACTOR_FIELDS)
    found = []
    seen: set[str] = set()
    for path, entry in entries:
        code = fields.text(problems, entry, "code", path)
        rbha, area = (fields.text(problems, entry, key, path) for key in ("rbha", "area"))
        listed = fields.items(problems, entry, "counties", path, required=False) or ()
        counties = tuple(
            fields.checked_text(problems, county, (*path, "counties", str(index)))
            for index, county in enumerate(listed)
        )
        if code in seen:
            problems.add("CONTRACTOR_REPEATED", "Give each contractor a code of its own.", (*path, "code"))
        if code:
            seen.add(code)
        else:
            sound = False
        found.append(Contractor(code, rbha, area, counties))
    return found, sound


def _rate_cells(problems: Problems, raw: Mapping[str, object]) -> tuple[list[RateCell], bool]:
    """The rate cells, and whether every code could be read."""
    entries, sound = fields.records(problems, raw, "rateCells", ROOT, _CELL_FIELDS)
    found = []
    paths: dict[str, Path] = {}
    for path, entry in entries:
        code = fields.text(problems, entry, "code", path)
        if code in paths:
            problems.add("RATE_CELL_REPEATED", "Give each rate cell a code of its own.", (*path, "code"))
        if code:
            paths.setdefault(code, path)
        else:
            sound = False
        cell = RateCell(
            code=code,
            program=fields.text(problems, entry, "program", path),
            population=fields.text(problems, entry, "population", path),
            overall_acuity=fields.number(problems, entry, "overallAcuity", path, _ACUITY),
            tribal_claims=fields.number(problems, entry, "tribalClaims", path, _TRIBAL),
            prior_statewide_rate=fields.number(problems, entry, "priorStatewideRate", path, _PRIOR_RATE),
            prior_member_months=fields.number(problems, entry, "priorMemberMonths", path, _PRIOR_MONTHS),
        )
        found.append(cell)
    for program in {cell.program: None for cell in found}:
        if program in paths:
            message = "Give the rate cell another code: a program has this name, and exhibit C lists both."
            problems.add("RATE_CELL_IS_A_PROGRAM", message, (*paths[program], "code"))
    return found, sound


def _inputs(
    problems: Problems, raw: Mapping[str, object], cells: set[str] | None, contractors: set[str] | None
) -> tuple[list[RateInput], bool]:
    """The inputs, and whether every rate cell and contractor of them could be read. None: codes are not known."""
    entries, sound = fields.records(problems, raw, "inputs", ROOT, _INPUT_FIELDS)
    found = []
    seen: set[tuple[str, str]] = set()
    for path, entry in entries:
        cell = fields.text(problems, entry, "rateCell", path)
        contractor = fields.text(problems, entry, "contractor", path)
        if cell and cells is not None and cell not in cells:
            problems.add("UNKNOWN_RATE_CELL", "Name a rate cell of this package by its code.", (*path, "rateCell"))
        if contractor and contractors is not None and contractor not in contractors:
            problems.add("UNKNOWN_CONTRACTOR", "Name a contractor of this package by its code.", (*path, "contractor"))
        if not cell or not contractor:
            sound = False
        elif (cell, contractor) in seen:
            problems.add("INPUT_REPEATED", "Give each rate cell and contractor one input only.", path)
        seen.add((cell, contractor))
        found.append(
            RateInput(
                rate_cell=cell,
                contractor=contractor,
                base_member_months=fields.number(problems, entry, "baseMemberMonths", path, _BASE_MONTHS),
                base_cost_pmpm=fields.number(problems, entry, "baseCostPmpm", path, _COST),
                band_multiplier=fields.number(problems, entry, "bandMultiplier", path, _BAND),
                current_rate=fields.number(problems, entry, "currentRate", path, _CURRENT_RATE),
                projected_member_months=fields.number(
                    problems, entry, "projectedMemberMonths", path, _PROJECTED_MONTHS
                ),
            )
        )
    return found, sound


def _check_pairs(
    problems: Problems, cells: Iterable[RateCell], contractors: Iterable[Contractor], entries: Iterable[RateInput]
) -> None:
    """Each rate cell needs an input for each contractor. Takes no longer than the input is long, however many miss."""
    cell_codes = list(dict.fromkeys(cell.code for cell in cells))
    contractor_codes = list(dict.fromkeys(contractor.code for contractor in contractors))
    known_cells, known_contractors = set(cell_codes), set(contractor_codes)
    given = {
        (entry.rate_cell, entry.contractor)
        for entry in entries
        if entry.rate_cell in known_cells and entry.contractor in known_contractors
    }
    missing = len(cell_codes) * len(contractor_codes) - len(given)
    for cell in cell_codes:
        for contractor in contractor_codes:
            if not missing or problems.full:
                problems.left_out += missing
                return
            if (cell, contractor) not in given:
                missing -= 1
                message = f"Give an input for rate cell {cell} and contractor {contractor}."
                problems.add("INPUT_MISSING", message, (*ROOT, "inputs"))


def _check_not_all_zero(problems: Problems, cells: Iterable[RateCell], entries: Iterable[RateInput]) -> None:
    """A rate cell without any member months has no mean and no statewide rate."""
    base: set[str] = set()
    projected: set[str] = set()
    present: set[str] = set()
    for entry in entries:
        present.add(entry.rate_cell)
        if entry.base_member_months:
            base.add(entry.rate_cell)
        if entry.projected_member_months:
            projected.add(entry.rate_cell)
    for index, cell in enumerate(cells):
        path = (*ROOT, "rateCells", str(index))
        for code, name, some in (
            ("BASE_MEMBER_MONTHS_ALL_ZERO", "base", base),
            ("PROJECTED_MEMBER_MONTHS_ALL_ZERO", "projected", projected),
        ):
            if cell.code in present and cell.code not in some:
                problems.add(code, f"Give {name} member months for at least one contractor of this rate cell.", path)
