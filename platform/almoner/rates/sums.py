"""How the printed cells of the exhibits hang together: sums, products, shares and equal figures across exhibits.

A printed number stands for every value that is printed so: an interval, half a unit to either side. Where the figures
of a line are whole units anyway (member months, rounded dollars), it stands for itself alone. A relation holds when
some choice of values within the intervals fulfils it, so that no tolerance has to be chosen by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from almoner.core.numbers import exact_sum
from almoner.rates.figures import Exhibit, FigureKey, RateColumn
from almoner.rates.package import Package
from almoner.rates.printed import PrintedNumber

_EXPENDITURE = (Exhibit.C1, Exhibit.C2)
_LISTED_TERMS = 8


@dataclass(frozen=True, slots=True)
class Interval:
    """All values from `low` to `high`; `half_unit` is half a unit of the last printed place."""

    low: Fraction
    high: Fraction
    half_unit: Fraction = Fraction(0)

    @classmethod
    def of(cls, printed: PrintedNumber, whole: bool) -> Interval:
        """What a printed number stands for; itself alone when `whole`."""
        half = printed.unit / 2
        if whole:
            return cls(printed.value, printed.value, half)
        return cls(printed.value - half, printed.value + half, half)

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Interval) -> Interval:
        if self.low >= 0 and other.low >= 0:
            return Interval(self.low * other.low, self.high * other.high)
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def __truediv__(self, other: Interval) -> Interval:
        if other.low <= 0 <= other.high:
            raise ZeroDivisionError("the divisor may be zero")
        return self * Interval(1 / other.high, 1 / other.low)

    def as_rounded(self) -> Interval:
        """Everything that is printed so, also of a number that was taken for itself alone."""
        middle = (self.low + self.high) / 2
        return Interval(middle - self.half_unit, middle + self.half_unit, self.half_unit)

    def shifted(self, by: int) -> Interval:
        return Interval(self.low + by, self.high + by)

    def meets(self, other: Interval) -> bool:
        """Whether both have a value in common; two that only touch have not, for a half belongs to one of them."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return low < high or (low == high and (self.low == self.high or other.low == other.high))


def _total(terms: Sequence[Interval]) -> Interval:
    return Interval(exact_sum([term.low for term in terms]), exact_sum([term.high for term in terms]))


def _mean(terms: Sequence[Interval]) -> Interval:
    """Mean of the first half of the terms, weighted by the second."""
    count = len(terms) // 2
    values, weights = terms[:count], terms[count:]
    return _total([value * weight for value, weight in zip(values, weights, strict=True)]) / _total(weights)


def _mean_of_claims(terms: Sequence[Interval]) -> Interval:
    """Mean of the first third, weighted by the product of the other two: factors by costs x member months."""
    count = len(terms) // 3
    weights = [cost * months for cost, months in zip(terms[count : 2 * count], terms[2 * count :], strict=True)]
    return _mean([*terms[:count], *weights])


@dataclass(frozen=True, slots=True)
class Rule:
    """What a cell is in terms of others: how to calculate it, and how to say so of printed texts."""

    calculate: Callable[[Sequence[Interval]], Interval]
    say: Callable[[Sequence[str]], str]


def _listed(texts: Sequence[str], between: str) -> str:
    if len(texts) <= _LISTED_TERMS:
        return between.join(texts)
    return between.join([*texts[: _LISTED_TERMS - 2], f"… ({len(texts) - _LISTED_TERMS + 1} more)", texts[-1]])


SUM = Rule(_total, lambda texts: _listed(texts, " + "))
SAME = Rule(lambda terms: terms[0], lambda texts: texts[0])
PRODUCT = Rule(lambda terms: terms[0] * terms[1], lambda texts: f"{texts[0]} × {texts[1]}")
QUOTIENT = Rule(lambda terms: terms[0] / terms[1], lambda texts: f"{texts[0]} / {texts[1]}")
CHANGE = Rule(lambda terms: (terms[0] / terms[1]).shifted(-1), lambda texts: f"{texts[0]} / {texts[1]} − 1")
LOADED = Rule(
    lambda terms: terms[0] / Interval(1 - terms[1].high, 1 - terms[1].low),
    lambda texts: f"{texts[0]} / (1 − {texts[1]})",
)
MEAN = Rule(_mean, lambda texts: f"mean of {_listed(texts[: len(texts) // 2], ', ')} weighted by member months")
MEAN_OF_CLAIMS = Rule(
    _mean_of_claims, lambda texts: f"mean of {_listed(texts[: len(texts) // 3], ', ')} weighted by base claims"
)


@dataclass(frozen=True, slots=True)
class Relation:
    """`target` = `rule`(`terms`); all of them are printed."""

    title: str
    rule: Rule
    target: FigureKey
    terms: tuple[FigureKey, ...]

    @property
    def cells(self) -> tuple[FigureKey, ...]:
        return (self.target, *self.terms)

    def holds(self, read: Callable[[FigureKey], Interval]) -> bool:
        """Whether the printed numbers, as `read` understands them, can fulfil this. Division by nothing does not."""
        target = read(self.target)
        terms = [read(term) for term in self.terms]
        if self.rule is SAME:
            # The same value printed twice differs by no more than the coarser print leaves open.
            apart = abs(target.low + target.high - terms[0].low - terms[0].high) / 2
            return apart <= max(target.half_unit, terms[0].half_unit)
        if self.rule is not SUM:
            # Whole numbers add up to the unit; whatever else they go through ends in a rounding.
            target = target.as_rounded()
        try:
            return self.rule.calculate(terms).meets(target)
        except ZeroDivisionError:
            return False

    def sentence(self, text: Callable[[FigureKey], str], sign: str = "=") -> str:
        """For example `C1 dollars HIGH of Title XXI: 13,490,746 + 460,287 = 13,951,033`."""
        return f"{self.title}: {self.rule.say([text(term) for term in self.terms])} {sign} {text(self.target)}"


def place(key: FigureKey) -> str:
    """Where a figure stands, in words: `A rate of TXXI_SMI, NARBHA`."""
    column = "" if key.column is None else f" {key.column.value}"
    cell = "grand total" if key.rate_cell is None else key.rate_cell
    contractor = "" if key.contractor is None else f", {key.contractor}"
    return f"{key.exhibit.value} {key.line}{column} of {cell}{contractor}"


def relations(package: Package, printed: Mapping[FigureKey, PrintedNumber]) -> list[Relation]:
    """Every relation whose cells are all printed, in the order of the exhibits. Linear in the size of the exhibits."""
    found: list[Relation] = []

    def relate(rule: Rule, target: FigureKey, terms: Sequence[FigureKey], note: str = "") -> None:
        if target in printed and all(term in printed for term in terms):
            found.append(Relation(place(target) + note, rule, target, tuple(terms)))

    contractors = [contractor.code for contractor in package.contractors]
    for cell in package.rate_cells:
        _in_a(relate, cell.code, contractors)
        _in_b(relate, cell.code, contractors)
        _in_c(relate, cell.code)
    _in_groups(relate, package)
    return found


_Relate = Callable[..., None]


def _in_a(relate: _Relate, cell: str, contractors: Sequence[str]) -> None:
    def key(line: str, contractor: str | None = None) -> FigureKey:
        return FigureKey(Exhibit.A, cell, contractor, line, None)

    def row(line: str) -> list[FigureKey]:
        return [key(line, contractor) for contractor in contractors]

    months = row("baseMemberMonths")
    relate(SUM, key("baseMemberMonths"), months)
    for line in ("baseCost", "adjustedBaseCost", "rate", "currentRate"):
        relate(MEAN, key(line), [*row(line), *months])
    relate(MEAN_OF_CLAIMS, key("acuityFactor"), [*row("acuityFactor"), *row("baseCost"), *months])
    for contractor in (*contractors, None):
        rate = key("rate", contractor)
        if contractor is not None:
            terms = [key("baseCost", contractor), key("acuityFactor", contractor)]
            relate(PRODUCT, key("adjustedBaseCost", contractor), terms)
        relate(LOADED, rate, [key("adjustedBaseCost", contractor), key("load", contractor)])
        relate(CHANGE, key("rateChange", contractor), [rate, key("currentRate", contractor)])


def _in_b(relate: _Relate, cell: str, contractors: Sequence[str]) -> None:
    def key(line: str, column: RateColumn | None = None, contractor: str | None = None) -> FigureKey:
        return FigureKey(Exhibit.B, cell, contractor, line, column)

    months = key("projectedMemberMonths")
    relate(SUM, months, [key("projectedMemberMonths", None, contractor) for contractor in contractors])
    for contractor in contractors:
        rate = FigureKey(Exhibit.A, cell, contractor, "rate", None)
        relate(SAME, key("rate", RateColumn.BEST, contractor), [rate], " as in A")
    for column in RateColumn:
        for contractor in contractors:
            terms = [key("projectedMemberMonths", None, contractor), key("rate", column, contractor)]
            relate(PRODUCT, key("dollars", column, contractor), terms)
        dollars = [key("dollars", column, contractor) for contractor in contractors]
        relate(SUM, key("subtotal", column), [*dollars, key("tribalClaims", column)])
        relate(SUM, key("total", column), [key("subtotal", column), key("administration", column)])
        relate(QUOTIENT, key("statewideRate", column), [key("total", column), months])
        if column is not RateColumn.BEST:
            best = [key("tribalClaims", RateColumn.BEST)]
            relate(SAME, key("tribalClaims", column), best, " as in BEST")


def _in_c(relate: _Relate, cell: str) -> None:
    def key(exhibit: Exhibit, line: str, column: RateColumn | None = None) -> FigureKey:
        return FigureKey(exhibit, cell, None, line, column)

    months = key(Exhibit.B, "projectedMemberMonths")
    relate(SAME, key(Exhibit.C1, "memberMonths"), [months], " as in B")
    relate(SAME, key(Exhibit.C2, "priorRate"), [key(Exhibit.C1, "priorRate")], " as in C1")
    for exhibit in _EXPENDITURE:
        terms = [key(exhibit, "priorRate"), key(exhibit, "memberMonths")]
        relate(PRODUCT, key(exhibit, "priorDollars"), terms)
        for column in RateColumn:
            statewide = key(Exhibit.B, "statewideRate", column)
            relate(SAME, key(exhibit, "rate", column), [statewide], " as in B")
            relate(SAME, key(exhibit, "dollars", column), [key(Exhibit.B, "total", column)], " as in B")
    for column in RateColumn:
        relate(SAME, key(Exhibit.C2, "rate", column), [key(Exhibit.C1, "rate", column)], " as in C1")
        terms = [key(Exhibit.C1, "dollars", column), key(Exhibit.C1, "memberMonths")]
        relate(QUOTIENT, key(Exhibit.C1, "rate", column), terms)


def _in_groups(relate: _Relate, package: Package) -> None:
    """Programs and the grand total, and what rate cells share with them: changes, and dollars alike in C1 and C2."""
    programs: dict[str, list[str]] = {}
    for cell in package.rate_cells:
        programs.setdefault(cell.program, []).append(cell.code)
    parts: dict[str | None, list[str]] = {cell.code: [] for cell in package.rate_cells}
    parts.update(programs)
    parts[None] = list(programs)
    for group, members in parts.items():
        for exhibit in _EXPENDITURE:
            for column in (None, *RateColumn):
                line = "priorDollars" if column is None else "dollars"
                if members:
                    terms = [FigureKey(exhibit, member, None, line, column) for member in members]
                    relate(SUM, FigureKey(exhibit, group, None, line, column), terms)
            prior = FigureKey(exhibit, group, None, "priorDollars", None)
            for column in RateColumn:
                dollars = FigureKey(exhibit, group, None, "dollars", column)
                relate(CHANGE, dollars._replace(line="change"), [dollars, prior])
        for column in RateColumn:
            first = FigureKey(Exhibit.C1, group, None, "dollars", column)
            relate(SAME, first._replace(exhibit=Exhibit.C2), [first], " as in C1")
