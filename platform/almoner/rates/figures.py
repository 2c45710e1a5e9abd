"""A figure of a rate development: where it stands, what it is worth and what it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple


class Exhibit(StrEnum):
    """The attachments of a certification letter.

    A: development of the contractors' rates. B: statewide rates. C1 and C2: projected expenditure, with the projected
    member months (C1) or the prior period's own (C2) for the prior period.
    """

    A = "A"
    B = "B"
    C1 = "C1"
    C2 = "C2"


class RateColumn(StrEnum):
    """The best estimate and the two ends of the rate range."""

    BEST = "BEST"
    LOW = "LOW"
    HIGH = "HIGH"


class FigureKey(NamedTuple):
    """Where a figure stands. A tuple and not a dataclass, because tables of 10⁵ figures are looked up by it.

    Attributes:
        rate_cell: the code of a rate cell; in C1 and C2 also a program's name, or None for the grand total.
        contractor: None for a total.
        column: None where a line has no range.
    """

    exhibit: Exhibit
    rate_cell: str | None
    contractor: str | None
    line: str
    column: RateColumn | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One calculated number that explains itself.

    Attributes:
        ordinal: its place in the calculation, from 0.
        value: exact and unrounded; dollars, dollars per member month, member months, or a share.
        formula: short, in line names, with the values of the parameters filled in.
        inputs: ordinals of the figures that it was made from, all smaller than its own.
    """

    ordinal: int
    key: FigureKey
    value: Fraction
    formula: str
    inputs: tuple[int, ...]
