"""The arithmetic of a rate development, exact: nothing is rounded except where the method says so.

Per rate cell, with base-period member months MM, base cost T, band multiplier m, overall acuity A and projected member
months PMM:

    k = A · Σ(MM·T) / Σ(MM·T·m)            neutrality: the bands move money between contractors, they add none
    f = k · m                              acuity factor
    rate = T · f / (1 − load)              the load is a share of the rate
    low, high = rate · (1 ∓ half-width)    of the unrounded rate
    dollars = round(PMM · rate)            whole dollars before they are added, if the package says so
    subtotal = Σ dollars + tribal claims
    total = round(subtotal / (1 − L))      L is the statewide load
    statewide rate = total / ΣPMM

Programs and the grand total are sums. Source: a certification letter of capitation rates and its attachments A to C.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from almoner.core.numbers import exact_sum, half_up, plain
from almoner.rates.figures import Exhibit, Figure, FigureKey, RateColumn
from almoner.rates.package import Package, Parameters, RateCell, RateInput

__all__ = ["Exhibit", "Figure", "FigureKey", "RateColumn", "calculate"]

_FILED = {
    "baseMemberMonths": "base member months, as filed",
    "baseCost": "base claim cost PMPM, as filed",
    "bandMultiplier": "band multiplier, as filed",
    "acuityFactor": "overall acuity, as filed",
    "load": "load, as filed",
    "currentRate": "current rate, as filed",
    "projectedMemberMonths": "projected member months, as filed",
    "tribalClaims": "tribal claims, as filed",
    "priorRate": "prior statewide rate, as filed",
    "memberMonths": "prior member months, as filed",
}
_EXPENDITURE = (Exhibit.C1, Exhibit.C2)


def calculate(package: Package) -> Iterator[list[Figure]]:
    """Calculate every figure of a package.

    Yields one batch per rate cell (A, B and its lines of C1 and C2), in package order, then one for the programs and
    the grand total. Ordinals run from 0 through all batches; a batch may refer to figures of earlier ones. Time and
    memory are linear in the number of inputs; only the batch in hand and a few sums per rate cell are held.
    """
    rows = {(entry.rate_cell, entry.contractor): entry for entry in package.inputs}
    terms = _Terms.of(package.parameters)
    begin = 0
    programs: dict[str, list[dict[Exhibit, _Expenditure]]] = {}
    for cell in package.rate_cells:
        sheet = _Sheet(begin)
        entries = [rows[cell.code, contractor.code] for contractor in package.contractors]
        rates = _exhibit_a(sheet, terms, cell, entries)
        statewide = _exhibit_b(sheet, terms, cell, entries, rates)
        programs.setdefault(cell.program, []).append(_expenditure(sheet, cell, statewide))
        yield sheet.figures
        begin += len(sheet.figures)
    sheet = _Sheet(begin)
    for exhibit in _EXPENDITURE:
        of_programs = [
            _sum_expenditure(sheet, exhibit, program, [cell[exhibit] for cell in cells], "the program's rate cells")
            for program, cells in programs.items()
        ]
        _sum_expenditure(sheet, exhibit, None, of_programs, "all programs")
    yield sheet.figures


class _Sheet:
    """Figures in the order in which they are made."""

    __slots__ = ("begin", "figures")

    def __init__(self, begin: int) -> None:
        self.begin = begin
        self.figures: list[Figure] = []

    def add(self, key: FigureKey, value: Fraction, formula: str, inputs: tuple[int, ...] = ()) -> Figure:
        figure = Figure(self.begin + len(self.figures), key, value, formula, inputs)
        self.figures.append(figure)
        return figure

    def filed(self, key: FigureKey, value: Decimal) -> Figure:
        return self.add(key, Fraction(value), _FILED[key.line])


@dataclass(frozen=True, slots=True)
class _Terms:
    """The parameters as the formulas need them: exact, and as text."""

    load: Decimal
    keep: Fraction
    keep_text: str
    ends: tuple[tuple[RateColumn, Fraction, str], ...]
    statewide_keep: Fraction
    statewide_keep_text: str
    whole_dollars: bool

    @classmethod
    def of(cls, parameters: Parameters) -> _Terms:
        width, width_text = Fraction(parameters.range_half_width), plain(parameters.range_half_width)
        return cls(
            load=parameters.load,
            keep=1 - Fraction(parameters.load),
            keep_text=f"(1 − {plain(parameters.load)})",
            ends=(
                (RateColumn.BEST, Fraction(1), ""),
                (RateColumn.LOW, 1 - width, f" × (1 − {width_text})"),
                (RateColumn.HIGH, 1 + width, f" × (1 + {width_text})"),
            ),
            statewide_keep=1 - Fraction(parameters.statewide_load),
            statewide_keep_text=f"(1 − {plain(parameters.statewide_load)})",
            whole_dollars=parameters.round_extended_dollars,
        )


def _ordinals(*groups: Sequence[Figure]) -> tuple[int, ...]:
    return tuple(figure.ordinal for group in groups for figure in group)


def _exhibit_a(sheet: _Sheet, terms: _Terms, cell: RateCell, entries: Sequence[RateInput]) -> list[Figure]:
    """Develop the rates of one rate cell; returns the rate of each contractor, in the order of `entries`."""

    def key(line: str, contractor: str | None = None) -> FigureKey:
        return FigureKey(Exhibit.A, cell.code, contractor, line, None)

    def column(line: str, read: Callable[[RateInput], Decimal]) -> list[Figure]:
        return [sheet.filed(key(line, entry.contractor), read(entry)) for entry in entries]

    months = column("baseMemberMonths", lambda entry: entry.base_member_months)
    all_months = sheet.add(
        key("baseMemberMonths"), exact_sum([month.value for month in months]), "Σ baseMemberMonths", _ordinals(months)
    )

    def mean(line: str, figures: Sequence[Figure]) -> Figure:
        weighted = exact_sum([month.value * figure.value for month, figure in zip(months, figures, strict=True)])
        formula = f"Σ (baseMemberMonths × {line}) / Σ baseMemberMonths"
        inputs = _ordinals(months, figures, (all_months,))
        return sheet.add(key(line), weighted / all_months.value, formula, inputs)

    costs = column("baseCost", lambda entry: entry.base_cost_pmpm)
    mean("baseCost", costs)
    bands = column("bandMultiplier", lambda entry: entry.band_multiplier)
    acuity = sheet.filed(key("acuityFactor"), cell.overall_acuity)
    neutrality = _neutrality(sheet, key("neutrality"), acuity, months=months, costs=costs, bands=bands)
    factors = [
        sheet.add(
            key("acuityFactor", entry.contractor),
            neutrality.value * band.value,
            "neutrality × bandMultiplier",
            (neutrality.ordinal, band.ordinal),
        )
        for entry, band in zip(entries, bands, strict=True)
    ]
    adjusted = [
        sheet.add(
            key("adjustedBaseCost", entry.contractor),
            cost.value * factor.value,
            "baseCost × acuityFactor",
            (cost.ordinal, factor.ordinal),
        )
        for entry, cost, factor in zip(entries, costs, factors, strict=True)
    ]
    mean("adjustedBaseCost", adjusted)
    return _rates(sheet, terms, key, entries=entries, adjusted=adjusted, mean=mean)


def _neutrality(
    sheet: _Sheet,
    key: FigureKey,
    acuity: Figure,
    *,
    months: Sequence[Figure],
    costs: Sequence[Figure],
    bands: Sequence[Figure],
) -> Figure:
    """The factor k that makes Σ MM·T·f equal to A · Σ MM·T, exactly."""
    claims = [month.value * cost.value for month, cost in zip(months, costs, strict=True)]
    banded = exact_sum([claim * band.value for claim, band in zip(claims, bands, strict=True)])
    return sheet.add(
        key,
        acuity.value * exact_sum(claims) / banded,
        "acuityFactor × Σ (baseMemberMonths × baseCost) / Σ (baseMemberMonths × baseCost × bandMultiplier)",
        _ordinals((acuity,), months, costs, bands),
    )


def _rates(
    sheet: _Sheet,
    terms: _Terms,
    key: Callable[..., FigureKey],
    *,
    entries: Sequence[RateInput],
    adjusted: Sequence[Figure],
    mean: Callable[[str, Sequence[Figure]], Figure],
) -> list[Figure]:
    """The last lines of exhibit A: load, rate, current rate and change."""
    loads = [sheet.filed(key("load", entry.contractor), terms.load) for entry in entries]
    sheet.filed(key("load"), terms.load)
    rates = [
        sheet.add(
            key("rate", entry.contractor),
            cost.value / terms.keep,
            f"adjustedBaseCost / {terms.keep_text}",
            (cost.ordinal, load.ordinal),
        )
        for entry, cost, load in zip(entries, adjusted, loads, strict=True)
    ]
    whole_rate = mean("rate", rates)
    current = [sheet.filed(key("currentRate", entry.contractor), entry.current_rate) for entry in entries]
    whole_current = mean("currentRate", current)
    for new, old in zip([*rates, whole_rate], [*current, whole_current], strict=True):
        change = new.value / old.value - 1
        sheet.add(key("rateChange", new.key.contractor), change, "rate / currentRate − 1", (new.ordinal, old.ordinal))
    return rates


@dataclass(frozen=True, slots=True)
class _Statewide:
    """What exhibit B hands on to exhibit C."""

    months: Figure
    totals: dict[RateColumn, Figure]
    rates: dict[RateColumn, Figure]


def _exhibit_b(
    sheet: _Sheet, terms: _Terms, cell: RateCell, entries: Sequence[RateInput], rates: Sequence[Figure]
) -> _Statewide:
    """Blend the contractors' rates of one rate cell into statewide rates."""

    def key(line: str, column: RateColumn | None = None, contractor: str | None = None) -> FigureKey:
        return FigureKey(Exhibit.B, cell.code, contractor, line, column)

    months = [
        sheet.filed(key("projectedMemberMonths", None, entry.contractor), entry.projected_member_months)
        for entry in entries
    ]
    all_months = sheet.add(
        key("projectedMemberMonths"),
        exact_sum([month.value for month in months]),
        "Σ projectedMemberMonths",
        _ordinals(months),
    )
    totals: dict[RateColumn, Figure] = {}
    statewide: dict[RateColumn, Figure] = {}
    for column, end, end_text in terms.ends:
        rate_formula = f"rate{end_text}" if end_text else "rate of exhibit A"
        dollars = []
        extended = f"projectedMemberMonths × rate{end_text}"
        for entry, month, rate in zip(entries, months, rates, strict=True):
            value = rate.value if column is RateColumn.BEST else rate.value * end
            sheet.add(key("rate", column, entry.contractor), value, rate_formula, (rate.ordinal,))
            inputs = (month.ordinal, rate.ordinal)
            if terms.whole_dollars:
                amount, formula = Fraction(_whole_product(month.value, value)), f"round({extended})"
            else:
                amount, formula = month.value * value, extended
            dollars.append(sheet.add(key("dollars", column, entry.contractor), amount, formula, inputs))
        tribal = sheet.filed(key("tribalClaims", column), cell.tribal_claims)
        subtotal = sheet.add(
            key("subtotal", column),
            exact_sum([figure.value for figure in dollars]) + tribal.value,
            "Σ dollars + tribalClaims",
            _ordinals(dollars, (tribal,)),
        )
        loaded = subtotal.value / terms.statewide_keep
        total = sheet.add(
            key("total", column),
            Fraction(half_up(loaded.numerator, loaded.denominator)),
            f"round(subtotal / {terms.statewide_keep_text})",
            (subtotal.ordinal,),
        )
        inputs = (total.ordinal, subtotal.ordinal)
        sheet.add(key("administration", column), total.value - subtotal.value, "total − subtotal", inputs)
        inputs = (total.ordinal, all_months.ordinal)
        value = total.value / all_months.value
        statewide[column] = sheet.add(key("statewideRate", column), value, "total / projectedMemberMonths", inputs)
        totals[column] = total
    return _Statewide(all_months, totals, statewide)


def _whole_product(left: Fraction, right: Fraction) -> int:
    """round(left × right) without reducing the product first."""
    return half_up(left.numerator * right.numerator, left.denominator * right.denominator)


@dataclass(frozen=True, slots=True)
class _Expenditure:
    """Dollars of a rate cell, a program or all of them."""

    prior: Figure
    dollars: dict[RateColumn, Figure]


def _expenditure(sheet: _Sheet, cell: RateCell, statewide: _Statewide) -> dict[Exhibit, _Expenditure]:
    """The lines of one rate cell in C1 and C2."""
    result = {}
    for exhibit in _EXPENDITURE:

        def key(line: str, column: RateColumn | None = None, exhibit: Exhibit = exhibit) -> FigureKey:
            return FigureKey(exhibit, cell.code, None, line, column)

        prior_rate = sheet.filed(key("priorRate"), cell.prior_statewide_rate)
        for column, rate in statewide.rates.items():
            sheet.add(key("rate", column), rate.value, "statewideRate of exhibit B", (rate.ordinal,))
        if exhibit is Exhibit.C1:
            ordinals = (statewide.months.ordinal,)
            formula = "projectedMemberMonths of exhibit B"
            months = sheet.add(key("memberMonths"), statewide.months.value, formula, ordinals)
        else:
            months = sheet.filed(key("memberMonths"), cell.prior_member_months)
        prior = sheet.add(
            key("priorDollars"),
            prior_rate.value * months.value,
            "priorRate × memberMonths",
            (prior_rate.ordinal, months.ordinal),
        )
        dollars = {
            column: sheet.add(key("dollars", column), total.value, "total of exhibit B", (total.ordinal,))
            for column, total in statewide.totals.items()
        }
        result[exhibit] = _Expenditure(prior, dollars)
        _changes(sheet, result[exhibit])
    return result


def _sum_expenditure(
    sheet: _Sheet, exhibit: Exhibit, group: str | None, parts: Sequence[_Expenditure], of: str
) -> _Expenditure:
    def total(line: str, column: RateColumn | None, figures: Sequence[Figure]) -> Figure:
        value = exact_sum([figure.value for figure in figures])
        return sheet.add(FigureKey(exhibit, group, None, line, column), value, f"Σ {line} of {of}", _ordinals(figures))

    prior = total("priorDollars", None, [part.prior for part in parts])
    dollars = {column: total("dollars", column, [part.dollars[column] for part in parts]) for column in RateColumn}
    whole = _Expenditure(prior, dollars)
    _changes(sheet, whole)
    return whole


def _changes(sheet: _Sheet, expenditure: _Expenditure) -> None:
    prior = expenditure.prior
    for column, dollars in expenditure.dollars.items():
        key = prior.key._replace(line="change", column=column)
        change = dollars.value / prior.value - 1
        sheet.add(key, change, "dollars / priorDollars − 1", (dollars.ordinal, prior.ordinal))
