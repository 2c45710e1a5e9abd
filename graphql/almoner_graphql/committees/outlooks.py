"""Whether a committee will be able to decide something, in the schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import strawberry
from sqlalchemy import Boolean, Date, cast

from almoner.committees.delegation import Reason
from almoner.committees.prospects import Prospect, can_decide, paper_outlook
from almoner.committees.tables import DelegationAdoption
from almoner.committees.words import DecisionKind as Kind
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.organizations.tables import Organization
from almoner_graphql.committees.amounts import amount_of
from almoner_graphql.committees.enums import DecisionKind
from almoner_graphql.planner.catalog import Catalog
from almoner_graphql.planner.declare import computed, many, reads
from almoner_graphql.planner.sources import elements
from almoner_graphql.scalars import day


def _member(name: str, description: str) -> Any:
    return computed(lambda row: row.value[name].astext, always=True, description=description)


@reads()
@strawberry.type(description="A body that a decision would bind.")
class BoundBody:
    """A member of what `_told` tells."""

    code: str = _member("code", "What people call it by.")
    name: str = _member("name", "Its name.")
    conditions: str | None = computed(
        lambda row: row.value["conditions"].astext, description="Under which conditions it delegates; null for none."
    )
    ends_on: date | None = computed(
        lambda row: cast(row.value["endsOn"].astext, Date),
        description="The first day on which it does not delegate any more; null: open.",
    )


@reads()
@strawberry.type(description="Why a committee cannot decide something.")
class OutlookReason:
    """A member of what `_told` tells."""

    code: str = _member("code", "Stable, in SCREAMING_SNAKE: what `declareDecision` would say.")
    message: str = _member("message", "A sentence that says what to do.")
    body: str | None = computed(
        lambda row: row.value["body"].astext, description="The code of the body that it is about; null for none."
    )


@reads()
@strawberry.type(description="Whether a committee can decide something, and whom that would bind.")
class DecisionOutlook:
    """What `_told` tells."""

    can_decide: bool = computed(
        lambda row: cast(row.value["canDecide"].astext, Boolean),
        always=True,  # written by `_told`
        description="Whether nothing that is known is in the way.",
    )
    kind: DecisionKind = _member("kind", "What the committee would do by it.")
    kinds: list[DecisionKind] = computed(
        lambda row: row.value["kinds"],
        always=True,  # written by `_told`
        description="All that the committee can do about it, whichever of these was asked about.",
    )
    on: date = computed(
        lambda row: cast(row.value["on"].astext, Date),
        always=True,  # written by `_told`
        description="The day that this is about.",
    )
    binds: list[BoundBody] = many(
        elements(lambda row: row.value["binds"]), description="The bodies that it would bind; none if it cannot decide."
    )
    reasons: list[OutlookReason] = many(
        elements(lambda row: row.value["reasons"]), description="All that is in the way; empty if it can decide."
    )


async def tell_whether_it_can_decide(
    scope: TenantScope,
    _catalog: Catalog,
    *,
    committee: str,
    delegation_item: str | None = None,
    bodies: list[str] | None = None,
    kind: Kind = Kind.APPROVE,
    amount: object = None,
    on: object = None,
) -> Mapping[str, Any]:
    """Whether a committee can decide something.

    Raises:
        NotFound, Denied: see `can_decide`.
        Invalid: the amount or the day cannot be read.
    """
    return _told(
        await can_decide(
            scope,
            row_id_of("Committee", committee),
            delegation_item_id=None if delegation_item is None else row_id_of("DelegationItem", delegation_item),
            bodies=[row_id_of("Organization", each) for each in bodies or ()],
            kind=kind,
            amount=amount_of(amount, "amount"),
            on=None if on is None else day(on, "on"),
        )
    )


async def tell_outlook_of_paper(scope: TenantScope, _catalog: Catalog, *, paper: str) -> Mapping[str, Any]:
    """Whether the committee can decide what a paper asks for.

    Raises:
        NotFound, Denied: see `paper_outlook`.
    """
    return _told(await paper_outlook(scope, row_id_of("Paper", paper)))


def _told(found: Prospect) -> Mapping[str, Any]:
    return {
        "canDecide": found.outlook.can_decide,
        "kind": found.kind.value,
        "kinds": [each.value for each in found.kinds],
        "on": found.on.isoformat(),
        "binds": [_bound(found.bodies[each], adoption) for each, adoption in found.outlook.bound.items()],
        "reasons": [_reason(each, found) for each in found.outlook.reasons],
    }


def _bound(body: Organization, adoption: DelegationAdoption) -> dict[str, str | None]:
    ends_on = None if adoption.ends_on is None else adoption.ends_on.isoformat()
    return {"code": body.code, "name": body.name, "conditions": adoption.conditions, "endsOn": ends_on}


def _reason(reason: Reason, found: Prospect) -> dict[str, str | None]:
    body = None if reason.body_id is None else found.bodies.get(reason.body_id)
    return {"code": reason.code, "message": reason.message, "body": None if body is None else body.code}
