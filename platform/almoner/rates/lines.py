"""The lines of the exhibits: which figures they have, and how each is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from almoner.core.numbers import round_half_up
from almoner.rates.figures import Exhibit


class Kind(StrEnum):
    """What a line counts; decides how it is shown."""

    MEMBER_MONTHS = "MEMBER_MONTHS"
    DOLLARS = "DOLLARS"
    PMPM = "PMPM"
    FACTOR = "FACTOR"
    SHARE = "SHARE"


PLACES: Final[Mapping[Kind, int]] = MappingProxyType(
    {Kind.MEMBER_MONTHS: 0, Kind.DOLLARS: 0, Kind.PMPM: 2, Kind.FACTOR: 3, Kind.SHARE: 1}
)
"""Decimal places when shown; those of a share count after it became a percentage."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an exhibit.

    Attributes:
        contractors: has a figure for each (rate cell, contractor).
        total: has a figure for each rate cell.
        groups: has a figure for each program and for the grand total.
        columns: has three figures wherever it has one: BEST, LOW and HIGH.
    """

    kind: Kind
    contractors: bool = False
    total: bool = False
    groups: bool = False
    columns: bool = False


_C: Final = MappingProxyType(
    {
        "priorRate": Line(Kind.PMPM, total=True),
        "rate": Line(Kind.PMPM, total=True, columns=True),
        "memberMonths": Line(Kind.MEMBER_MONTHS, total=True),
        "priorDollars": Line(Kind.DOLLARS, total=True, groups=True),
        "dollars": Line(Kind.DOLLARS, total=True, groups=True, columns=True),
        "change": Line(Kind.SHARE, total=True, groups=True, columns=True),
    }
)

LINES: Final[Mapping[Exhibit, Mapping[str, Line]]] = MappingProxyType(
    {
        Exhibit.A: MappingProxyType(
            {
                "baseMemberMonths": Line(Kind.MEMBER_MONTHS, contractors=True, total=True),
                "baseCost": Line(Kind.PMPM, contractors=True, total=True),
                "bandMultiplier": Line(Kind.FACTOR, contractors=True),
                "neutrality": Line(Kind.FACTOR, total=True),
                "acuityFactor": Line(Kind.FACTOR, contractors=True, total=True),
                "adjustedBaseCost": Line(Kind.PMPM, contractors=True, total=True),
                "load": Line(Kind.SHARE, contractors=True, total=True),
                "rate": Line(Kind.PMPM, contractors=True, total=True),
                "currentRate": Line(Kind.PMPM, contractors=True, total=True),
                "rateChange": Line(Kind.SHARE, contractors=True, total=True),
            }
        ),
        Exhibit.B: MappingProxyType(
            {
                "projectedMemberMonths": Line(Kind.MEMBER_MONTHS, contractors=True, total=True),
                "rate": Line(Kind.PMPM, contractors=True, columns=True),
                "dollars": Line(Kind.DOLLARS, contractors=True, columns=True),
                "tribalClaims": Line(Kind.DOLLARS, total=True, columns=True),
                "subtotal": Line(Kind.DOLLARS, total=True, columns=True),
                "administration": Line(Kind.DOLLARS, total=True, columns=True),
                "total": Line(Kind.DOLLARS, total=True, columns=True),
                "statewideRate": Line(Kind.PMPM, total=True, columns=True),
            }
        ),
        Exhibit.C1: _C,
        Exhibit.C2: _C,
    }
)

_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {name: line.kind for lines in LINES.values() for name, line in lines.items()}
)


def kind_of(line: str) -> Kind:
    """What a line counts; the same name counts the same thing in every exhibit.

    Raises:
        KeyError: no exhibit has such a line.
    """
    return _KINDS[line]


def display(line: str, value: Fraction) -> str:
    """The value as the exhibits show it: `"580,371"`, `"22.48"`, `"0.360"`, `"9.0%"`; half up, no currency sign.

    Raises:
        KeyError: no exhibit has such a line.
    """
    kind = _KINDS[line]
    if kind is Kind.SHARE:
        return f"{round_half_up(value * 100, PLACES[kind]):,f}%"
    return f"{round_half_up(value, PLACES[kind]):,f}"
