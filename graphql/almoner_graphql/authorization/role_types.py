"""Who holds which role, invitations and emergencies in the schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import and_, or_

from almoner.authorization import tables
from almoner.authorization.permissions import Permission
from almoner.authorization.tables import AssignmentKind
from almoner.organizations import tables as organization_tables
from almoner_graphql.authorization.states import (
    AssignmentState,
    InvitationState,
    assignment_states,
    invitation_states,
    state,
)
from almoner_graphql.node import Node
from almoner_graphql.organizations.types import Organization
from almoner_graphql.planner.declare import computed, many, one, reads
from almoner_graphql.planner.sources import SUBJECT, Row, Source, given_row, no_rows, rows_of
from almoner_graphql.planner.values import global_id
from almoner_graphql.problems import Problem

_REFUSED = "null if this was refused."
_PROBLEMS = "Why this was refused; empty if it was not."
_WHERE = "Where the role is held: an organization; null for the whole agency, or if the viewer may not see it."
_WHO = "the `id` of that account's `viewer`."

_place: Source = rows_of(organization_tables.Organization, lambda row, place: place.id == row.organization_id)
_assignment: Source = rows_of(tables.RoleAssignment, lambda row, made: made.id == row.assignment_id)


def _subject(column: str, description: str) -> Any:
    return computed(lambda row: global_id("Subject", getattr(row, column)), description=description)


def _own_assignment(row: Row) -> Any:
    """One's own, and what one has delegated: as `authorization.roles.get_assignment` has it."""
    delegated = and_(row.kind == AssignmentKind.DELEGATED.value, row.assigned_by == SUBJECT)
    return or_(row.subject_id == SUBJECT, delegated)


@reads(tables.RoleAssignment, view=Permission.ROLE_ASSIGNMENT_VIEW, own=_own_assignment)
@strawberry.type(
    description=(
        "Somebody holds a role, from an instant, until another if one is set. Everybody sees their own and what they "
        "have delegated; other people's need `role_assignment:view`."
    )
)
class RoleAssignment(Node):
    """Read from `role_assignment`."""

    subject: strawberry.ID = _subject("subject_id", f"Who holds it: {_WHO}")
    role: str = strawberry.field(description="The role's name, for example `program_administrator`.")
    organization: Organization | None = one(_place, description=_WHERE)
    kind: AssignmentKind = strawberry.field(description="How it came about.")
    state: AssignmentState = computed(state(assignment_states), description="Whether it holds at this moment.")
    reason: str = strawberry.field(description="Why it was given, in the words of who gave it.")
    valid_from: datetime = strawberry.field(description="From when it holds.")
    valid_until: datetime | None = strawberry.field(
        description="When it ends by itself: it holds until before this instant; null if it does not end by itself."
    )
    assigned_by: strawberry.ID | None = _subject("assigned_by", f"Who gave, delegated or took it: {_WHO}")
    source: RoleAssignment | None = one(
        rows_of(tables.RoleAssignment, lambda row, source: source.id == row.source_id),
        description="Of a delegation: the delegator's own assignment. When that ends, this ends with it.",
    )
    ended_at: datetime | None = strawberry.field(
        description="When it was taken away before its time; null if it was not."
    )
    ended_by: strawberry.ID | None = _subject("ended_by", f"Who took it away: {_WHO}")
    end_reason: str | None = strawberry.field(description="Why it was taken away; null if it was not.")


@reads(tables.Invitation, view=Permission.ROLE_ASSIGNMENT_VIEW, own=lambda invitation: invitation.invited_by == SUBJECT)
@strawberry.type(
    description=(
        "A role that waits for the owner of an address. Who signs in and has proved that the address is theirs gets "
        "the role at that moment."
    )
)
class Invitation(Node):
    """Read from `invitation`."""

    email: str = strawberry.field(description="Whom it is for, in lower case.")
    role: str = strawberry.field(description="The role's name.")
    organization: Organization | None = one(_place, description=_WHERE)
    state: InvitationState = computed(
        state(invitation_states), description="Whether it can be taken up at this moment."
    )
    reason: str = strawberry.field(description="Why, in the words of who invited.")
    invited_by: strawberry.ID = _subject("invited_by", f"Who invited: {_WHO}")
    invited_at: datetime = strawberry.field(description="When.")
    expires_at: datetime = strawberry.field(description="Until when it can be taken up.")
    valid_until: datetime | None = strawberry.field(
        description="When the role itself will end; null if it does not end by itself."
    )
    withdrawn_at: datetime | None = strawberry.field(description="When it was taken back; null if it was not.")
    taken_up_at: datetime | None = strawberry.field(description="When it was taken up; null if it was not.")
    assignment: RoleAssignment | None = one(_assignment, description="What it became; null until it is taken up.")


@reads(tables.BreakGlass, view=Permission.BREAK_GLASS_VIEW, own=lambda opened: opened.subject_id == SUBJECT)
@strawberry.type(
    description=(
        "Somebody took an emergency role for some hours. It stays open until somebody else has said whether that was "
        "right. Everybody sees their own; other people's need `break_glass:view`."
    )
)
class BreakGlass(Node):
    """Read from `break_glass`."""

    subject: strawberry.ID = _subject("subject_id", f"Who: {_WHO}")
    assignment: RoleAssignment | None = one(
        _assignment, description="The role that it gave; null if the viewer may not see it."
    )
    reason: str = strawberry.field(description="What the emergency is.")
    opened_at: datetime = strawberry.field(description="When.")
    until_at: datetime = strawberry.field(description="When the role ends by itself; the review may end it sooner.")
    reviewed_at: datetime | None = strawberry.field(description="When the review was closed; null while it is open.")
    reviewed_by: strawberry.ID | None = _subject("reviewed_by", f"Who closed it: {_WHO}")
    justified: bool | None = strawberry.field(description="Whether it was right; null while the review is open.")
    finding: str | None = strawberry.field(description="What the review found; null while it is open.")


@reads()
@strawberry.type(description="What became of giving, delegating or ending a role.")
class RoleAssignmentPayload:
    """The assignment, or problems."""

    assignment: RoleAssignment | None = one(
        given_row(tables.RoleAssignment, "assignment"), description=f"As it is now; {_REFUSED}"
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `inviteToRole` or `withdrawInvitation`.")
class InvitationPayload:
    """The invitation, or problems."""

    invitation: Invitation | None = one(
        given_row(tables.Invitation, "invitation"), description=f"As it is now; {_REFUSED}"
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `breakGlass` or `reviewBreakGlass`.")
class BreakGlassPayload:
    """The emergency, or problems."""

    break_glass: BreakGlass | None = one(
        given_row(tables.BreakGlass, "break_glass"), description=f"As it is now; {_REFUSED}"
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)
