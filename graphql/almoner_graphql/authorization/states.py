"""Where assignments and invitations stand at the instant of the request, which no column says."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select

from almoner.authorization.tables import AssignmentKind, RoleAssignment
from almoner_graphql.enums import publish
from almoner_graphql.planner.filters import States
from almoner_graphql.planner.sources import NOW, Row, TableRow
from almoner_graphql.planner.values import constant


class AssignmentState(StrEnum):
    """Whether somebody holds a role now."""

    UPCOMING = "UPCOMING"
    HELD = "HELD"
    OVER = "OVER"


class InvitationState(StrEnum):
    """Whether an invitation can be taken up now."""

    OPEN = "OPEN"
    TAKEN_UP = "TAKEN_UP"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


publish(
    AssignmentKind,
    name="RoleAssignmentKind",
    description="How somebody came to a role.",
    values={
        AssignmentKind.GIVEN: "An administrator gave it.",
        AssignmentKind.INVITED: "An administrator invited an address to it, and its owner took it up.",
        AssignmentKind.DELEGATED: "Who holds it lets somebody else hold it for a time: see `source`.",
        AssignmentKind.BREAK_GLASS: "It was taken in an emergency, for some hours, and is reviewed.",
        AssignmentKind.APPOINTED: "It comes with an appointment, and ends with it.",
    },
)
publish(
    AssignmentState,
    name="RoleAssignmentState",
    description="Whether somebody holds a role now.",
    values={
        AssignmentState.UPCOMING: "Not yet: it begins later.",
        AssignmentState.HELD: "Yes.",
        AssignmentState.OVER: "Not any more: it has run out, was taken away, or was delegated by who lost the role.",
    },
)
publish(
    InvitationState,
    description="Whether an invitation can be taken up now.",
    values={
        InvitationState.OPEN: "Yes: by the next sign-in of who proves that the address is theirs.",
        InvitationState.TAKEN_UP: "It was: see `assignment`.",
        InvitationState.WITHDRAWN: "No: it was taken back.",
        InvitationState.EXPIRED: "No: nobody took it up in time.",
    },
)


def assignment_states(assignment: Row) -> States:
    """When an assignment is in which `AssignmentState`, as SQL."""
    source = TableRow.of(RoleAssignment, "delegators_own")
    # One value for each row that is looked at: PostgreSQL would hash all assignments for an `exists`.
    source_lasts = (
        select(and_(*_lasts(source)))
        .where(source.tenant_id == assignment.tenant_id, source.id == assignment.source_id)
        .correlate(assignment.alias)
        .scalar_subquery()
    )
    lasts = and_(*_lasts(assignment), or_(assignment.source_id.is_(None), source_lasts))
    is_over = or_(
        assignment.ended_at.is_not(None),
        assignment.valid_until <= NOW,
        and_(assignment.source_id.is_not(None), ~func.coalesce(source_lasts, false())),
    )
    return States(
        {
            AssignmentState.OVER: is_over,
            # A delegation begins at once, so what begins later stands on nothing else.
            AssignmentState.UPCOMING: and_(assignment.valid_from > NOW, *_lasts(assignment)),
            AssignmentState.HELD: and_(assignment.valid_from <= NOW, lasts),
        }
    )


def _lasts(assignment: Row) -> tuple[ColumnElement[bool], ...]:
    ends_later = or_(assignment.valid_until.is_(None), assignment.valid_until > NOW)
    return (assignment.ended_at.is_(None), ends_later)


def invitation_states(invitation: Row) -> States:
    """When an invitation is in which `InvitationState`, as SQL."""
    is_taken_up, is_withdrawn = invitation.taken_up_at.is_not(None), invitation.withdrawn_at.is_not(None)
    is_left = and_(invitation.taken_up_at.is_(None), invitation.withdrawn_at.is_(None))
    return States(
        {
            InvitationState.TAKEN_UP: is_taken_up,
            InvitationState.WITHDRAWN: and_(invitation.taken_up_at.is_(None), is_withdrawn),
            InvitationState.EXPIRED: and_(invitation.expires_at <= NOW, is_left),
            InvitationState.OPEN: and_(invitation.expires_at > NOW, is_left),
        }
    )


def state(states: Callable[[Row], States]) -> Callable[[Row], Any]:
    """Reads which of these states a row is in; the last one if none of the others."""

    def read(row: Row) -> Any:
        *others, last = states(row).conditions.items()
        return case(*((condition, constant(value.name)) for value, condition in others), else_=constant(last[0].name))

    return read
