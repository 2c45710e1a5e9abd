"""Where delegations stand, over all rows of one tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tests.planner.oracle.engine import Call, Fields

from almoner.committees import tables as t


@dataclass(frozen=True)
class Standing:
    """A member body beside an item of the register."""

    item_id: UUID
    body_id: UUID


def delegation_fields(
    world: Any, shown: Callable[[Call, Iterable[Any]], list[Any]], today: Callable[[Any], date]
) -> Fields:
    """The fields that no column has; `shown` are the rows that the viewer sees, `today` is the day of the tenant."""

    def state(adoption: Any) -> str:
        if adoption.withdrawn_at is not None:
            return "WITHDRAWN"
        if adoption.ends_on is not None and adoption.ends_on <= today(world):
            return "EXPIRED"
        return "IN_FORCE" if adoption.begins_on <= today(world) else "PROPOSED"

    def latest(rows: Iterable[Any]) -> Any:
        return max(rows, key=lambda row: (state(row) == "IN_FORCE", row.adopted_at, row.id), default=None)

    def its(standing: Standing) -> list[Any]:
        rows = world.rows[t.DelegationAdoption]
        return [row for row in rows if (row.item_id, row.body_id) == (standing.item_id, standing.body_id)]

    def refusal(standing: Standing) -> Any:
        rows = world.rows[t.DelegationRefusal]
        mine = [row for row in rows if (row.item_id, row.body_id) == (standing.item_id, standing.body_id)]
        last = max(mine, key=lambda row: (row.declined_at, row.id), default=None)
        living = any(state(row) in ("IN_FORCE", "PROPOSED") for row in its(standing))
        if last is None or living or any(row.adopted_at > last.declined_at for row in its(standing)):
            return None
        return last

    def standings(call: Call) -> Any:
        members = [row for row in world.rows[t.CommitteeBody] if row.committee_id == call.row.committee_id]
        now = [row for row in members if row.since_on <= today(world) and (row.until_on or date.max) > today(world)]
        return [Standing(call.row.id, row.body_id) for row in sorted(now, key=lambda row: (row.since_on, row.id))]

    def of_standing(call: Call) -> str:
        if refusal(call.row) is not None:
            return "DECLINED"
        found = latest(its(call.row))
        return "PROPOSED" if found is None else state(found)

    return {
        "DelegationAdoption.state": lambda call: state(call.row),
        "DelegationItem.standing": standings,
        "DelegationStanding.state": of_standing,
        "DelegationStanding.refusal": lambda call: next(iter(shown(call, filter(None, [refusal(call.row)]))), None),
        "DelegationStanding.adoption": lambda call: latest(shown(call, its(call.row))),
    }
