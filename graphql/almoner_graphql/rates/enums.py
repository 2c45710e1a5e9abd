"""The enums of capitation rates, published under their names in the contract."""

from __future__ import annotations

from almoner.rates.figures import Exhibit, RateColumn
from almoner.rates.status import Status
from almoner.rates.tieout import TieOut
from almoner_graphql.enums import publish

__all__ = ["Exhibit", "RateColumn", "Status", "TieOut"]

publish(
    Exhibit,
    description="An attachment of a certification letter.",
    values={
        Exhibit.A: "Development of the contractors' rates.",
        Exhibit.B: "Statewide rates.",
        Exhibit.C1: "Projected expenditure, with the projected member months also for the prior period.",
        Exhibit.C2: "Projected expenditure, with the prior period's own member months for the prior period.",
    },
)
publish(
    RateColumn,
    description="The best estimate and the two ends of the rate range.",
    values={
        RateColumn.BEST: "The best estimate.",
        RateColumn.LOW: "The lower end of the range.",
        RateColumn.HIGH: "The upper end of the range.",
    },
)
publish(
    TieOut,
    description="How a printed cell compares with the recomputed figure, at the printed number of places.",
    values={
        TieOut.EXACT: "They are equal.",
        TieOut.ONE_UNIT: "They are one unit in the last printed place apart, which the rounding of inputs explains.",
        TieOut.DIFFERS: "They are further apart; see `repair`.",
    },
)
publish(
    Status,
    name="RateDevelopmentStatus",
    description="Where a rate development stands.",
    values={
        Status.DRAFT: "It was unlocked and waits for its next package.",
        Status.SUBMITTED: "Its package is accepted and is being calculated.",
        Status.CALCULATED: "Its figures are there.",
        Status.CERTIFIED: "An actuary has certified it; it is not edited any more, but can be unlocked.",
        Status.PUBLISHED: "Its rates take effect; final.",
        Status.WITHDRAWN: "It was taken off the table; final.",
    },
)
