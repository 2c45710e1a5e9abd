"""Decimal numbers as they enter, as they are stored and as they are shown.

Money and rates never pass through binary floating point: they enter as text, are calculated as exact fractions and are
rounded only where a rule says so, half up (away from zero), as actuaries round by hand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

MAX_DIGITS = 18
STORED_DIGITS = 40

# Both patterns are linear in the length of the text; `[0-9]` rather than `\d`, which takes the digits of every script.
_PLAIN = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?")
_EXPONENT = re.compile(r"[+-]?[0-9]*\.?[0-9]*[eE][+-]?[0-9]+")
_NAN = frozenset({"nan", "snan"})
_INFINITE = frozenset({"inf", "infinity", "∞"})
_STORED = Context(prec=STORED_DIGITS, rounding=ROUND_HALF_UP)


class NumberRefused(ValueError):
    """A value that is no decimal number we take.

    Attributes:
        code: `NUMBER_NOT_TEXT`, `NOT_A_NUMBER`, `NUMBER_IS_NAN`, `NUMBER_IS_INFINITE`, `NUMBER_HAS_EXPONENT` or
            `NUMBER_TOO_LONG`.
        message: a sentence that says what to send instead.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def parse_decimal(value: object) -> Decimal:
    """Read a decimal number from text such as `"-12.50"`.

    Numbers that are not text are refused, for a JSON number may have been a binary fraction on its way. Digits count as
    written, without the zeros that lead the whole part.

    Raises:
        NumberRefused: with one code per kind of mistake.
    """
    if not isinstance(value, str):
        raise _not_text(value)
    match = _PLAIN.fullmatch(value)
    if match is None:
        raise _not_plain(value)
    whole, fraction = match.groups()
    if len(value) > MAX_DIGITS and len(whole.lstrip("0")) + len(fraction or "") > MAX_DIGITS:
        raise NumberRefused("NUMBER_TOO_LONG", f"Write the number with at most {MAX_DIGITS} digits.")
    return Decimal(value)


def _not_text(value: object) -> NumberRefused:
    if isinstance(value, float) and math.isnan(value):
        return NumberRefused("NUMBER_IS_NAN", "Write a number; NaN is none.")
    if isinstance(value, float) and math.isinf(value):
        return NumberRefused("NUMBER_IS_INFINITE", "Write a finite number.")
    return NumberRefused("NUMBER_NOT_TEXT", 'Write the number as text, for example "12.50".')


def _not_plain(text: str) -> NumberRefused:
    bare = text.strip().lstrip("+-").lower()
    if bare in _NAN:
        return NumberRefused("NUMBER_IS_NAN", "Write a number; NaN is none.")
    if bare in _INFINITE:
        return NumberRefused("NUMBER_IS_INFINITE", "Write a finite number.")
    if any(digit in "0123456789" for digit in bare[:2]) and _EXPONENT.fullmatch(text.strip()):
        return NumberRefused("NUMBER_HAS_EXPONENT", "Write the number out, without an exponent.")
    return NumberRefused("NOT_A_NUMBER", 'Write a plain decimal number, for example "1234.5": digits and one point.')


def half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to numerator / denominator (> 0); a half goes away from zero."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def exact_sum(values: Sequence[Fraction]) -> Fraction:
    """Σ values, reduced once: adding fractions one by one would reduce at every step."""
    common = math.lcm(*{value.denominator for value in values})
    return Fraction(sum(value.numerator * (common // value.denominator) for value in values), common)


def round_half_up(value: Fraction, places: int) -> Decimal:
    """`value` at that many decimal places (>= 0), a half going away from zero; zero has no sign."""
    units = half_up(value.numerator * 10**places, value.denominator)
    return Decimal(f"{units}E-{places}")


def stored(value: Fraction) -> Decimal:
    """`value` at 40 significant digits, half up, without trailing zeros; `plain` writes it without an exponent."""
    quotient = _STORED.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(_STORED)
    exponent = quotient.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        return Decimal(int(quotient))
    return quotient


def plain(value: Decimal) -> str:
    """`value` (finite) in plain notation: no exponent, no trailing zeros, `0` rather than `-0`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
