"""Scalars. Numbers and days enter as they were sent: the domain names every bad one as a problem, with its path."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from almoner.core.errors import Invalid, Problem
from almoner.core.numbers import plain


def _as_sent(value: object) -> object:
    if isinstance(value, str | int | float):
        return value
    raise GraphQLError("Give a text.")


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


DECIMAL = strawberry.scalar(
    name="Decimal",
    description=(
        'A decimal number as text, for example `"22.48"`: at most 18 digits going in, up to 40 coming out, without an '
        "exponent and without trailing zeros. A JSON number is refused with a problem, for it may have been a binary "
        "fraction on its way."
    ),
    serialize=plain,
    parse_value=_as_sent,
)
DATE = strawberry.scalar(
    name="Date",
    description="A day as text: `yyyy-mm-dd`.",
    serialize=date.isoformat,
    parse_value=_as_sent,
)
DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="An instant as text in UTC: `yyyy-mm-ddThh:mm:ss.ffffff+00:00`.",
    serialize=_instant,
    parse_value=_as_sent,
)

SCALARS: dict[object, ScalarDefinition] = {Decimal: DECIMAL, date: DATE, datetime: DATE_TIME}


def day(value: object, *path: str) -> date:
    """The day that was sent.

    Raises:
        Invalid: it is none.
    """
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # the answer below says it
    raise Invalid([Problem("DATE_MALFORMED", "Write the day as yyyy-mm-dd.", path)])


def instant(value: object, *path: str) -> datetime:
    """The instant that was sent; without an offset it is one of UTC.

    Raises:
        Invalid: it is none.
    """
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # the answer below says it
    message = "Write the instant as yyyy-mm-ddThh:mm:ss+00:00."
    raise Invalid([Problem("INSTANT_MALFORMED", message, path)])
