"""What lists of committees' things can be asked for, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import strawberry

from almoner_graphql.committees.enums import ActionStatus, CommitteeKind, DecisionKind, MeetingStatus
from almoner_graphql.enums import publish
from almoner_graphql.planner.filters import DayFilter, Filter, IdFilter, InstantFilter
from almoner_graphql.planner.sources import Row

_ANY = "what is not given or null means any."


@strawberry.input(description=f"Which committees; {_ANY}")
class CommitteeFilter:
    """Columns of `committee`."""

    kind: Filter[CommitteeKind] | None = strawberry.field(default=None, description="What they are.")


@strawberry.input(description=f"Which meetings; {_ANY}")
class MeetingFilter:
    """Columns of `meeting`."""

    committee: IdFilter | None = strawberry.field(default=None, description="Whose they are.")
    status: Filter[MeetingStatus] | None = strawberry.field(default=None, description="Where they stand.")
    starts_at: InstantFilter | None = strawberry.field(default=None, description="When they begin.")


#: Columns that are called otherwise.
MEETINGS_WHERE: dict[str, Callable[[Row], Any]] = {"committee": lambda meeting: meeting.committee_id}


class MeetingOrder(StrEnum):
    """Columns of `meeting`; a minus sign turns the order round."""

    STARTS_AT_ASC = "starts_at"
    STARTS_AT_DESC = "-starts_at"


publish(
    MeetingOrder,
    description="An order of meetings.",
    values={
        MeetingOrder.STARTS_AT_ASC: "The first comes first.",
        MeetingOrder.STARTS_AT_DESC: "The last comes first.",
    },
)


@strawberry.input(description=f"Which decisions; {_ANY}")
class DecisionFilter:
    """Columns of `decision`."""

    kind: Filter[DecisionKind] | None = strawberry.field(default=None, description="What is done by them.")
    decided_at: InstantFilter | None = strawberry.field(default=None, description="When they were declared.")


@strawberry.input(description=f"Which actions; {_ANY}")
class ActionFilter:
    """Columns of `action`."""

    status: Filter[ActionStatus] | None = strawberry.field(default=None, description="Where they stand.")
    due_on: DayFilter | None = strawberry.field(default=None, description="Their last days.")


class ActionOrder(StrEnum):
    """Columns of `action`; a minus sign turns the order round."""

    DUE_ON_ASC = "due_on"
    DUE_ON_DESC = "-due_on"


publish(
    ActionOrder,
    description="An order of actions.",
    values={
        ActionOrder.DUE_ON_ASC: "The first that is due comes first, so overdue ones do.",
        ActionOrder.DUE_ON_DESC: "The last that is due comes first.",
    },
)
