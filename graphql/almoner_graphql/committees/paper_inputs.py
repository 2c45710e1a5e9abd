"""The input of a paper's cover sheet."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from almoner_graphql.committees.enums import Assessed, PaperPurpose
from almoner_graphql.planner.declare import row_id
from almoner_graphql.scalars import day

_UNSET: Any = strawberry.UNSET
#: What a text that is no id of ours stands for: no row has it.
_NO_ROW = UUID(int=0)


@strawberry.input(
    description=(
        "What to write of a cover sheet. What is not given stays; null leaves a field open again, and a list replaces "
        "the one before."
    )
)
class CoverSheetInput:
    """See `almoner.committees.write_paper`."""

    title: str | None = strawberry.field(default=_UNSET, description="Its title; never null.")
    dated_on: date | None = strawberry.field(default=_UNSET, description="Its date.")
    lead_authors: list[str] | None = strawberry.field(default=_UNSET, description="Who leads in writing it.")
    contributors: list[str] | None = strawberry.field(default=_UNSET, description="Who contributes.")
    purposes: list[PaperPurpose] | None = strawberry.field(default=_UNSET, description="What it is for.")
    executive_summary: str | None = strawberry.field(default=_UNSET, description="What it says, in short.")
    recommendations: list[str] | None = strawberry.field(default=_UNSET, description="What it recommends, one by one.")
    next_steps: str | None = strawberry.field(default=_UNSET, description="What is to come of it.")
    equality_impact: Assessed | None = strawberry.field(
        default=_UNSET, description="Equality impact and risk assessment completed."
    )
    engagement: Assessed | None = strawberry.field(
        default=_UNSET, description="Patient and public engagement completed."
    )
    financial_implications: Assessed | None = strawberry.field(
        default=_UNSET, description="Whether it has financial implications."
    )
    risk_identified: bool | None = strawberry.field(default=_UNSET, description="Whether a risk is identified.")
    risk: str | None = strawberry.field(default=_UNSET, description="Which; only if one is identified.")
    authorised_by: str | None = strawberry.field(default=_UNSET, description="Who authorised it.")
    delegation_item: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="What a decision that it asks for would stand on; only of a paper for decision."
    )
    asks_bodies: list[strawberry.ID] | None = strawberry.field(
        default=_UNSET,
        description="Organizations that such a decision is to bind; null or none for all bodies of the committee.",
    )


_COLUMNS = {"delegation_item": "delegation_item_id"}


def changes_of(cover: CoverSheetInput) -> dict[str, Any]:
    """What is given of a cover sheet, as `write_paper` takes it.

    Raises:
        Invalid: the date is none.
    """
    changes = {_COLUMNS.get(name, name): value for name, value in vars(cover).items() if value is not strawberry.UNSET}
    if changes.get("dated_on") is not None:
        changes["dated_on"] = day(changes["dated_on"], "cover", "datedOn")
    if changes.get("delegation_item_id") is not None:
        changes["delegation_item_id"] = row_id("DelegationItem")(changes["delegation_item_id"]) or _NO_ROW
    if changes.get("asks_bodies") is not None:
        read = row_id("Organization")
        changes["asks_bodies"] = [read(each) or _NO_ROW for each in changes["asks_bodies"]]
    return changes
