"""Where assignments and invitations stand at the instant of the request, which no column says."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import and_, case, exists, literal, or_, select

from almoner.authorization.tables import AssignmentKind, RoleAssignment
from almoner_graphql.enums import publish
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


def assignment_state(assignment: Row) -> Any:
    """The `AssignmentState` of an assignment, as SQL."""
    source = TableRow.of(RoleAssignment, "delegators_own")
    still_there = exists(
        select(literal(1))
        .where(
            source.tenant_id == assignment.tenant_id,
            source.id == assignment.source_id,
            source.ended_at.is_(None),
            or_(source.valid_until.is_(None), source.valid_until > NOW),
        )
        .correlate(assignment.alias)
    )
    is_over = or_(
        assignment.ended_at.is_not(None),
        assignment.valid_until <= NOW,
        and_(assignment.source_id.is_not(None), ~still_there),
    )
    return case(
        (is_over, constant("OVER")), (assignment.valid_from > NOW, constant("UPCOMING")), else_=constant("HELD")
    )


def invitation_state(invitation: Row) -> Any:
    """The `InvitationState` of an invitation, as SQL."""
    return case(
        (invitation.taken_up_at.is_not(None), constant("TAKEN_UP")),
        (invitation.withdrawn_at.is_not(None), constant("WITHDRAWN")),
        (invitation.expires_at <= NOW, constant("EXPIRED")),
        else_=constant("OPEN"),
    )
