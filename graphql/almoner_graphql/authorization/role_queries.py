"""Reading who holds what, who is invited, and who broke the glass."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import strawberry

from almoner.authorization import tables
from almoner.authorization.tables import AssignmentKind
from almoner_graphql.authorization.role_types import BreakGlass, Invitation, RoleAssignment
from almoner_graphql.authorization.states import (
    AssignmentState,
    InvitationState,
    assignment_states,
    invitation_states,
)
from almoner_graphql.connection import Connection
from almoner_graphql.enums import publish
from almoner_graphql.planner.declare import pages
from almoner_graphql.planner.filters import Filter, IdFilter, InstantFilter, NullFilter, StateFilter, TextFilter
from almoner_graphql.planner.sources import Source, all_rows


@strawberry.input(description="Which assignments; what is not given or null means any.")
class RoleAssignmentFilter:
    """Columns of `role_assignment`, and the state that follows from them."""

    subject: IdFilter | None = strawberry.field(default=None, description="Who holds them.")
    role: TextFilter | None = strawberry.field(default=None, description="Of which roles, by name.")
    organization: IdFilter | None = strawberry.field(
        default=None, description="Held at which organizations; `{isNull: true}` for the agency as a whole."
    )
    kind: Filter[AssignmentKind] | None = strawberry.field(default=None, description="How they came about.")
    state: StateFilter[AssignmentState] | None = strawberry.field(
        default=None, description="Whether they hold now: `{eq: HELD}`."
    )


class RoleAssignmentOrder(StrEnum):
    """Columns of `role_assignment`; a minus sign turns the order round."""

    VALID_FROM_ASC = "valid_from"
    VALID_FROM_DESC = "-valid_from"


publish(
    RoleAssignmentOrder,
    description="An order of assignments.",
    values={
        RoleAssignmentOrder.VALID_FROM_ASC: "What holds from earlier comes first.",
        RoleAssignmentOrder.VALID_FROM_DESC: "What holds from later comes first.",
    },
)


@strawberry.input(description="Which invitations; what is not given or null means any.")
class InvitationFilter:
    """Columns of `invitation`, and the state that follows from them."""

    email: TextFilter | None = strawberry.field(default=None, description="For which addresses, in lower case.")
    role: TextFilter | None = strawberry.field(default=None, description="To which roles, by name.")
    organization: IdFilter | None = strawberry.field(
        default=None, description="To roles at which organizations; `{isNull: true}` for the agency as a whole."
    )
    state: StateFilter[InvitationState] | None = strawberry.field(
        default=None, description="Whether they can be taken up now: `{eq: OPEN}`."
    )
    expires_at: InstantFilter | None = strawberry.field(default=None, description="Until when.")


class InvitationOrder(StrEnum):
    """Columns of `invitation`; a minus sign turns the order round."""

    EXPIRES_AT_ASC = "expires_at"
    EXPIRES_AT_DESC = "-expires_at"


publish(
    InvitationOrder,
    description="An order of invitations.",
    values={
        InvitationOrder.EXPIRES_AT_ASC: "What expires sooner comes first.",
        InvitationOrder.EXPIRES_AT_DESC: "What expires later comes first.",
    },
)


@strawberry.input(description="Which emergencies; what is not given or null means any.")
class BreakGlassFilter:
    """Columns of `break_glass`."""

    subject: IdFilter | None = strawberry.field(default=None, description="Whose.")
    reviewed_at: NullFilter | None = strawberry.field(
        default=None, description="Whether the review is closed; `{isNull: true}` for those that wait for one."
    )


def assignment_pages(rows: Source, description: str) -> Any:
    """A connection of assignments, newest first."""
    return pages(
        rows,
        newest_first=True,
        filter=RoleAssignmentFilter,
        where={
            "subject": lambda row: row.subject_id,
            "organization": lambda row: row.organization_id,
            "state": assignment_states,
        },
        orders=RoleAssignmentOrder,
        description=description,
    )


@strawberry.type(description="Queries about who holds which role.")
class RoleQueries:
    """Part of `Query`."""

    role_assignments: Connection[RoleAssignment] = assignment_pages(
        all_rows(tables.RoleAssignment),
        "Who holds, held or will hold which role, as far as the viewer may see it (`role_assignment:view`; one's own "
        "and what one has delegated always), newest first unless ordered otherwise.",
    )
    invitations: Connection[Invitation] = pages(
        all_rows(tables.Invitation),
        newest_first=True,
        filter=InvitationFilter,
        where={"organization": lambda row: row.organization_id, "state": invitation_states},
        orders=InvitationOrder,
        description=(
            "The invitations to roles that the viewer may see (`role_assignment:view`; one's own invitations of others "
            "always), newest first unless ordered otherwise."
        ),
    )
    break_glasses: Connection[BreakGlass] = pages(
        all_rows(tables.BreakGlass),
        newest_first=True,
        filter=BreakGlassFilter,
        where={"subject": lambda row: row.subject_id},
        description=(
            "Who took an emergency role, as far as the viewer may see it (`break_glass:view`; one's own always), "
            "newest first. `filter: {reviewedAt: {isNull: true}}` is what waits for a review."
        ),
    )
