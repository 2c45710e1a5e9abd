"""What a whole letter shows and no single cell does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from almoner.core.numbers import half_up, plain
from almoner.rates.figures import Exhibit, FigureKey, RateColumn
from almoner.rates.package import Package
from almoner.rates.printed import PrintedNumber
from almoner.rates.sums import Interval, Relation

_MAX_SUMS = 100
_SHOWN_PLACES = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation.

    Attributes:
        code: `STATEWIDE_LOAD` or `PRINTED_SUM_DISAGREES`; stable.
        message: a sentence.
        detail: the numbers in it, by name, as decimal text.
    """

    code: str
    message: str
    detail: Mapping[str, str]


def statewide_load(
    package: Package, figures: Mapping[FigureKey, Fraction], printed: Mapping[FigureKey, PrintedNumber]
) -> list[Finding]:
    """Whether the printed totals were made with the statewide load that the letter states.

    Empty when no load is stated, when nothing is printed to compare, or when the stated load reproduces everything.
    """
    stated, used = package.parameters.stated_statewide_load, package.parameters.statewide_load
    if stated is None:
        return []
    totals: list[tuple[Fraction, int]] = []
    amounts: list[tuple[Fraction, int]] = []
    for cell in package.rate_cells:
        for column in RateColumn:
            place = FigureKey(Exhibit.B, cell.code, None, "subtotal", column)
            subtotal = printed[place].value if place in printed else figures.get(place, Fraction(0))
            for line, found in (("total", totals), ("administration", amounts)):
                number = printed.get(place._replace(line=line))
                if number is not None and number.unit == 1 and number.units > 0 and subtotal > 0:
                    found.append((subtotal, number.units))
    with_stated, with_used = (
        sum(_loaded(subtotal, load) - subtotal == amount for subtotal, amount in amounts) for load in (stated, used)
    )
    if with_stated == len(amounts) and all(_loaded(subtotal, stated) == total for subtotal, total in totals):
        return []
    detail = {
        "stated": plain(stated),
        "used": plain(used),
        "reproducedWithStated": str(with_stated),
        "reproducedWithUsed": str(with_used),
        "administrationAmounts": str(len(amounts)),
    }
    message = (
        f"The letter states a statewide load of {plain(stated)}, which reproduces {with_stated} of its {len(amounts)} "
        f"administration amounts; {plain(used)} is used here and reproduces {with_used}."
    )
    if totals:
        low, high, most = _implied(totals)
        detail |= {"impliedLow": low, "impliedHigh": high, "totalsImplied": str(most), "totals": str(len(totals))}
        which = f"The {most}" if most == len(totals) else f"No one load reproduces all {len(totals)}; {most} of the"
        message += f" {which} printed totals follow from a load from {low} to {high}."
    return [Finding("STATEWIDE_LOAD", message, detail)]


def _loaded(subtotal: Fraction, load: Decimal) -> int:
    total = subtotal / (1 - Fraction(load))
    return half_up(total.numerator, total.denominator)


def _implied(totals: Iterable[tuple[Fraction, int]]) -> tuple[str, str, int]:
    """The loads, from lowest to highest, that reproduce the most totals, and how many those are.

    total = round(subtotal / (1 − L)) leaves L an interval: half a dollar to either side of the total.
    """
    half = Fraction(1, 2)
    bounds = []
    for subtotal, total in totals:
        bounds.append((1 - subtotal / (total - half), 1))
        bounds.append((1 - subtotal / (total + half), -1))
    # An interval is open at its upper end, so it ends (-1) before another begins at the same load.
    bounds.sort()
    open_now = most = 0
    low = high = Fraction(0)
    for index, (bound, step) in enumerate(bounds):
        open_now += step
        if open_now > most:
            most, low, high = open_now, bound, bounds[index + 1][0]
    places = _SHOWN_PLACES
    while _up(low, places) > _down(high, places):
        places += _SHOWN_PLACES
    return plain(_up(low, places)), plain(_down(high, places)), most


def _up(value: Fraction, places: int) -> Decimal:
    """Rounded towards the inside of an interval that begins with `value`."""
    return Decimal(f"{-(-value * 10**places // 1)}E-{places}")


def _down(value: Fraction, places: int) -> Decimal:
    return Decimal(f"{value * 10**places // 1}E-{places}")


def disagreeing_sums(
    relations: Iterable[Relation],
    printed: Mapping[FigureKey, PrintedNumber],
    figures: Mapping[FigureKey, Fraction],
    *,
    unexplained: Set[FigureKey],
    whole: Callable[[FigureKey], bool],
) -> list[Finding]:
    """Relations that no rounding can save although each of their cells ties, or was repaired; the first hundred.

    Where the recomputed figure in place of the target would save it, the finding names it: `wouldHold`.
    """
    found: list[Finding] = []

    read = _reader(printed, whole)

    def text(key: FigureKey) -> str:
        return printed[key].bare

    for relation in relations:
        if len(found) == _MAX_SUMS:
            break
        if relation.holds(read) or not unexplained.isdisjoint(relation.cells):
            continue
        target = relation.target
        detail = {"exhibit": target.exhibit.value, "line": target.line}
        for name, part in (
            ("rateCell", target.rate_cell),
            ("contractor", target.contractor),
            ("column", target.column),
        ):
            if part is not None:
                detail[name] = str(part)
        message = f"Each cell ties, but together they do not: {relation.sentence(text, '≠')}."
        other = printed[target].respelled(printed[target].nearest(figures[target]))
        if other is not None and relation.holds(_reader({**_cells(relation, printed), target: other}, whole)):
            detail["wouldHold"] = other.bare
            message = f"{message[:-1]}; with {other.bare} they would."
        found.append(Finding("PRINTED_SUM_DISAGREES", message, detail))
    return found


def _cells(relation: Relation, printed: Mapping[FigureKey, PrintedNumber]) -> dict[FigureKey, PrintedNumber]:
    return {key: printed[key] for key in relation.cells}


def _reader(
    printed: Mapping[FigureKey, PrintedNumber], whole: Callable[[FigureKey], bool]
) -> Callable[[FigureKey], Interval]:
    return lambda key: Interval.of(printed[key], whole(key))
