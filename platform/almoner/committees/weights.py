"""What ballots count: one each, or shares of what a body weighs. Pure, and exact: fractions, never rounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from uuid import UUID

from almoner.committees.majorities import BY_WEIGHT
from almoner.committees.words import Majority

#: To how many decimal places weights are stored; a third has no end.
PLACES = 12


def weights_of(
    majority: Majority, voted: Mapping[UUID, UUID | None], weights: Mapping[UUID, Decimal]
) -> dict[UUID, Fraction]:
    """What each ballot counts.

    In a weighted vote a body weighs what its membership says, shared equally among those of its members who voted,
    abstentions included; who comes from no body of the committee has no weight. In every other vote each counts one.

    Args:
        voted: appointment -> body, of those whose ballots count.
        weights: body -> what it weighs.
    """
    if majority not in BY_WEIGHT:
        return dict.fromkeys(voted, Fraction(1))
    members = Counter(voted.values())
    return {
        appointment: Fraction(0) if body is None else Fraction(weights.get(body, 0)) / members[body]
        for appointment, body in voted.items()
    }


def shown(weight: Fraction) -> Decimal:
    """A weight as it is stored and shown: to 12 decimal places. Nothing is reckoned with it."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(weight.numerator) / Decimal(weight.denominator)
        return exact.quantize(Decimal(1).scaleb(-PLACES), rounding=ROUND_HALF_EVEN)
