"""A rate development package: everything that a calculation needs, checked and typed.

Source: a certification letter of behavioural health capitation rates (Title XXI and HIFA II, state fiscal year 2010)
and its attachments A to C. Money is in the package's currency; costs and rates are per member per month (PMPM); loads
and the half-width are shares between 0 and 1.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from almoner.core.numbers import plain
from almoner.rates.figures import Exhibit, FigureKey, RateColumn


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `begin` up to, not including, `until`. In JSON the last day is named, as letters do."""

    label: str
    begin: date
    until: date

    def to_json(self) -> dict[str, object]:
        last = self.until - timedelta(days=1)
        return {"label": self.label, "begin": self.begin.isoformat(), "end": last.isoformat()}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What holds for all rate cells.

    Attributes:
        load: the contractors' administration, profit and risk, as a share of the final rate.
        range_half_width: half the width of the rate range, as a share of the best estimate.
        statewide_load: the agency's administration, risk and contingency, as a share of the total.
        stated_statewide_load: what the letter says it is, for the comparison only.
        round_extended_dollars: whether member months x rate are whole dollars before they are added.
    """

    load: Decimal
    range_half_width: Decimal
    statewide_load: Decimal
    stated_statewide_load: Decimal | None
    round_extended_dollars: bool

    def to_json(self) -> dict[str, object]:
        stated = self.stated_statewide_load
        return {
            "load": plain(self.load),
            "rangeHalfWidth": plain(self.range_half_width),
            "statewideLoad": plain(self.statewide_load),
            "statedStatewideLoad": None if stated is None else plain(stated),
            "roundExtendedDollars": self.round_extended_dollars,
        }


@dataclass(frozen=True, slots=True)
class Contractor:
    """A regional behavioural health authority (RBHA) in one geographic service area."""

    code: str
    rbha: str
    area: str
    counties: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        return {"code": self.code, "rbha": self.rbha, "area": self.area, "counties": list(self.counties)}


@dataclass(frozen=True, slots=True)
class RateCell:
    """A program x population.

    Attributes:
        overall_acuity: cost level of this population relative to the reference population.
        tribal_claims: fee-for-service claims in the rating period, in dollars.
        prior_statewide_rate: of the prior period, PMPM.
        prior_member_months: of the prior period.
    """

    code: str
    program: str
    population: str
    overall_acuity: Decimal
    tribal_claims: Decimal
    prior_statewide_rate: Decimal
    prior_member_months: Decimal

    def to_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "program": self.program,
            "population": self.population,
            "overallAcuity": plain(self.overall_acuity),
            "tribalClaims": plain(self.tribal_claims),
            "priorStatewideRate": plain(self.prior_statewide_rate),
            "priorMemberMonths": plain(self.prior_member_months),
        }


@dataclass(frozen=True, slots=True)
class RateInput:
    """What is known of one (rate cell, contractor)."""

    rate_cell: str
    contractor: str
    base_member_months: Decimal
    base_cost_pmpm: Decimal
    band_multiplier: Decimal
    current_rate: Decimal
    projected_member_months: Decimal

    def to_json(self) -> dict[str, object]:
        return {
            "rateCell": self.rate_cell,
            "contractor": self.contractor,
            "baseMemberMonths": plain(self.base_member_months),
            "baseCostPmpm": plain(self.base_cost_pmpm),
            "bandMultiplier": plain(self.band_multiplier),
            "currentRate": plain(self.current_rate),
            "projectedMemberMonths": plain(self.projected_member_months),
        }


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A number as a letter prints it, for example `"$ 22.48"` or `"-1.8%"`."""

    exhibit: Exhibit
    rate_cell: str | None
    contractor: str | None
    line: str
    column: RateColumn | None
    text: str

    @property
    def key(self) -> FigureKey:
        return FigureKey(self.exhibit, self.rate_cell, self.contractor, self.line, self.column)

    def to_json(self) -> dict[str, object]:
        return {
            "exhibit": self.exhibit.value,
            "rateCell": self.rate_cell,
            "contractor": self.contractor,
            "line": self.line,
            "column": None if self.column is None else self.column.value,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Package:
    """A whole package. `inputs` has each (rate cell, contractor) exactly once, in any order."""

    name: str
    currency: str
    rating_period: Period
    base_period: Period
    prior_period: Period
    parameters: Parameters
    contractors: tuple[Contractor, ...]
    rate_cells: tuple[RateCell, ...]
    inputs: tuple[RateInput, ...]
    printed: tuple[PrintedCell, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The package with the keys it came with; numbers without trailing zeros, so that 0.90 and 0.9 are one."""
        return {
            "name": self.name,
            "currency": self.currency,
            "ratingPeriod": self.rating_period.to_json(),
            "basePeriod": self.base_period.to_json(),
            "priorPeriod": self.prior_period.to_json(),
            "parameters": self.parameters.to_json(),
            "contractors": [contractor.to_json() for contractor in self.contractors],
            "rateCells": [cell.to_json() for cell in self.rate_cells],
            "inputs": [entry.to_json() for entry in self.inputs],
            "printed": [cell.to_json() for cell in self.printed],
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8), in hexadecimal."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
