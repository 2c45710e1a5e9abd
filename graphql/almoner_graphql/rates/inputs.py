"""The input of capitation rates. Its keys are those of a package file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

import strawberry
from strawberry.types.base import StrawberryObjectDefinition

from almoner_graphql.rates.enums import Exhibit, RateColumn


@strawberry.input(description="A span of days, as letters name them: with its last day.")
class RatePeriodInput:
    """`ratingPeriod`, `basePeriod` and `priorPeriod` of a package."""

    label: str = strawberry.field(description="Its name, for example SFY10.")
    begin: date = strawberry.field(description="Its first day.")
    end: date = strawberry.field(description="Its last day.")


@strawberry.input(description="What holds for all rate cells.")
class RateParametersInput:
    """`parameters` of a package."""

    load: Decimal = strawberry.field(
        description="The contractors' administration, profit and risk, as a share of the final rate."
    )
    range_half_width: Decimal = strawberry.field(
        description="Half the width of the rate range, as a share of the best estimate."
    )
    statewide_load: Decimal = strawberry.field(
        description="The agency's administration, risk and contingency, as a share of the total."
    )
    stated_statewide_load: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What the letter says that it is, for the comparison only."
    )
    round_extended_dollars: bool = strawberry.field(
        description="Whether member months x rate are whole dollars before they are added."
    )


@strawberry.input(description="A contractor in one geographic service area.")
class RateContractorInput:
    """One of a package's `contractors`."""

    code: str = strawberry.field(description="Unique in the package.")
    rbha: str = strawberry.field(description="The regional behavioral health authority.")
    area: str = strawberry.field(description="The geographic service area.")
    counties: list[str] | None = strawberry.field(default=strawberry.UNSET, description="The area's counties.")


@strawberry.input(description="A program x population.")
class RateCellInput:
    """One of a package's `rateCells`."""

    code: str = strawberry.field(description="Unique in the package.")
    program: str = strawberry.field(description="The program.")
    population: str = strawberry.field(description="The population.")
    overall_acuity: Decimal = strawberry.field(description="Cost level relative to the reference population.")
    tribal_claims: Decimal = strawberry.field(description="Fee-for-service claims in the rating period, in dollars.")
    prior_statewide_rate: Decimal = strawberry.field(description="Of the prior period, per member per month.")
    prior_member_months: Decimal = strawberry.field(description="Of the prior period.")


@strawberry.input(description="What is known of one rate cell and contractor. Each pair stands exactly once.")
class RateInputInput:
    """One of a package's `inputs`."""

    rate_cell: str = strawberry.field(description="A rate cell's code.")
    contractor: str = strawberry.field(description="A contractor's code.")
    base_member_months: Decimal = strawberry.field(description="Of the base period.")
    base_cost_pmpm: Decimal = strawberry.field(description="Base claim cost per member per month.")
    band_multiplier: Decimal = strawberry.field(description="Of the contractor's medical loss ratio band.")
    current_rate: Decimal = strawberry.field(description="Paid now, per member per month.")
    projected_member_months: Decimal = strawberry.field(description="Of the rating period.")


@strawberry.input(description="A number as the letter prints it, to be tied out.")
class PrintedCellInput:
    """One of a package's `printed`."""

    exhibit: Exhibit = strawberry.field(description="Where it is printed.")
    rate_cell: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A rate cell's code; in exhibits C also a program's name, or null for the grand total.",
    )
    contractor: str | None = strawberry.field(
        default=strawberry.UNSET, description="A contractor's code; null for a total."
    )
    line: str = strawberry.field(description="The line's name, for example `rate`.")
    column: RateColumn | None = strawberry.field(
        default=strawberry.UNSET, description="Null where the line has no range."
    )
    text: str = strawberry.field(description='As printed, for example "$ 22.48" or "-1.8%".')


@strawberry.input(description="A rate development package: everything that a calculation needs.")
class SubmitRateDevelopmentInput:
    """A package. Resolvers get it as the mapping that was sent: see `as_sent`."""

    name: str = strawberry.field(description="What the development is called.")
    currency: str = strawberry.field(description="Three capital letters, for example USD.")
    rating_period: RatePeriodInput = strawberry.field(description="The period that the rates are for.")
    base_period: RatePeriodInput = strawberry.field(description="The period that costs and acuity are taken from.")
    prior_period: RatePeriodInput = strawberry.field(description="The period that expenditure is compared with.")
    parameters: RateParametersInput = strawberry.field(description="What holds for all rate cells.")
    contractors: list[RateContractorInput] = strawberry.field(description="At least one.")
    rate_cells: list[RateCellInput] = strawberry.field(description="At least one.")
    inputs: list[RateInputInput] = strawberry.field(description="One for each rate cell and contractor.")
    printed: list[PrintedCellInput] | None = strawberry.field(
        default=strawberry.UNSET, description="The printed cells of a letter, to be tied out."
    )


def _keep(_type: type, value: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    return value


# A package may have 20,000 inputs: the checked mapping goes to the domain as it is, and no object is made of any part
# of it. `from_input` is Strawberry's hook for this; the names in the mapping are the GraphQL ones.
_definition: StrawberryObjectDefinition = SubmitRateDevelopmentInput.__strawberry_definition__  # type: ignore[attr-defined]
_definition.from_input = _keep


def as_sent(package: SubmitRateDevelopmentInput) -> Mapping[str, object]:
    """The mapping that a resolver really gets for a package."""
    return cast("Mapping[str, object]", package)


@strawberry.input(description="Why the rate of a rate cell changes by more than the limit.")
class RateJustificationInput:
    """One of a certification's justifications."""

    rate_cell: str = strawberry.field(description="The rate cell's code.")
    text: str = strawberry.field(description="Why.")
