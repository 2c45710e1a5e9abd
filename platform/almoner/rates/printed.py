"""Numbers as letters print them: `$ 1,234`, `-1.8%`, `(56.70)`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from almoner.core.numbers import MAX_DIGITS, half_up

_NUMBER = re.compile(
    r"\s*(?P<open>\()?\s*(?P<sign>[-+−]?)\s*(?:[$€£¥]|[A-Z]{3})?\s*(?P<late_sign>[-+−]?)\s*"
    r"(?P<digits>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<fraction>[0-9]+))?)\s*(?P<percent>%)?\s*(?P<close>\))?\s*"
)


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A printed number, exactly as precise as it is printed.

    Attributes:
        text: as printed.
        units: how many units of its last place it is, with its sign.
        unit: what one unit in its last place is worth; `1/1000` for the last digit of `9.0%`.
    """

    text: str
    units: int
    unit: Fraction

    @property
    def value(self) -> Fraction:
        return self.units * self.unit

    @property
    def bare(self) -> str:
        """The number without the currency and without spaces: `13,490,746`, `-1.8%`."""
        return re.sub(r"[^0-9.,%()+−-]", "", self.text)

    @property
    def _is_negative(self) -> bool:
        return any(character in "-−(" for character in self.text)

    def nearest(self, value: Fraction) -> int:
        """The units that `value` would be printed as."""
        ratio = value / self.unit
        return half_up(ratio.numerator, ratio.denominator)

    def respelled(self, units: int) -> PrintedNumber | None:
        """The same text with other digits; None when `units` does not fit into them or has another sign."""
        digits = sum(character in "0123456789" for character in self.text)
        other = str(abs(units)).rjust(digits, "0")
        if (
            len(other) != digits
            or (units != 0 and (units < 0) is not self._is_negative)
            or _leads_with_zero(other, self)
        ):
            return None
        fresh = iter(other)
        text = "".join(next(fresh) if character in "0123456789" else character for character in self.text)
        return PrintedNumber(text, units, self.unit)


def _leads_with_zero(other: str, printed: PrintedNumber) -> bool:
    """Whether `other` begins with a zero where nobody would print one, as in 0,912 for 1,912."""
    whole = re.sub(r"[^0-9.]", "", printed.text).split(".")[0]
    return len(whole) > 1 and other.startswith("0") and not whole.startswith("0")


def read_printed(text: str) -> PrintedNumber | None:
    """Read a printed number; None when it is none, or has more than 18 digits."""
    match = _NUMBER.fullmatch(text)
    if match is None or (match["open"] is None) != (match["close"] is None):
        return None
    signs = (match["sign"] + match["late_sign"]).replace("−", "-")
    if len(signs) > 1 or (match["open"] is not None and signs):
        return None
    digits = match["digits"].replace(",", "").replace(".", "")
    if len(digits) > MAX_DIGITS:
        return None
    places = len(match["fraction"] or "") + (2 if match["percent"] else 0)
    units = int(digits)
    if signs == "-" or match["open"] is not None:
        units = -units
    return PrintedNumber(text, units, Fraction(1, 10**places))
