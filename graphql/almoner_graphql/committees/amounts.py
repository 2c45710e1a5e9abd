"""Amounts of money, as they are sent."""

from __future__ import annotations

from decimal import Decimal

from almoner.core.errors import Invalid, Problem
from almoner.core.numbers import NumberRefused, parse_decimal


def amount_of(value: object, *path: str) -> Decimal | None:
    """The amount that was sent, if one was.

    Raises:
        Invalid: it is no decimal number as text.
    """
    if value is None:
        return None
    try:
        return parse_decimal(value)
    except NumberRefused as refused:
        raise Invalid([Problem(refused.code, refused.message, path)]) from None
