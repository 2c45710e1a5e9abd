"""Giving roles and taking them away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.authorizer import policy_of
from almoner.authorization.document import OrganizationKind
from almoner.authorization.duties import insist_on_another_person, separation_problems
from almoner.authorization.holders import (
    administrators,
    assignments_of,
    insist_on_an_administrator,
    may_everywhere,
    overlapping,
)
from almoner.authorization.permissions import Permission
from almoner.authorization.policy import Policy
from almoner.authorization.stored import head_number, take_turns
from almoner.authorization.tables import AssignmentKind, RoleAssignment
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import reason_problems, require_reason
from almoner.core.viewer import Held
from almoner.identity.subjects import subject_exists

#: Who holds one of these for the whole tenant can make others administrators.
_ADMINISTRATIVE = (Permission.POLICY_CHANGE, Permission.ROLE_ASSIGNMENT_CREATE, Permission.ADMINISTRATOR_APPOINT)


class Party(Protocol):
    """Where a role is held: an organization of the tenant, as `organizations` finds it."""

    id: UUID
    kind: str
    closed_at: datetime | None


async def assign_role(
    scope: TenantScope,
    subject_id: UUID,
    role: str,
    *,
    reason: str,
    at: Party | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> RoleAssignment:
    """Give a subject a role, at the tenant or at an organization.

    Args:
        at: the organization; None for a role that is held at the tenant.
        valid_from, valid_until: half-open; from now and for good if not given.

    Raises:
        Denied: the viewer lacks `role_assignment:create` there, or `administrator:appoint` for a role that can give
            roles itself; or gives a role to oneself.
        Invalid: no such role or subject, a role that is not held there, no reason, an end before the beginning, the
            same role for a time at which it is held already, or roles that are separated.
        Conflict: the policy moved meanwhile.
    """
    assignment = RoleAssignment(
        tenant_id=scope.tenant_id,
        subject_id=subject_id,
        role=role,
        reason=reason.strip(),
        valid_from=valid_from or scope.now(),
        valid_until=valid_until,
        organization_id=at.id if at else None,
        assigned_by=scope.viewer.subject_id,
    )
    scope.require(Permission.ROLE_ASSIGNMENT_CREATE, assignment)
    insist_on_another_person(scope, subject_id, act="give yourself a role")
    policy = await settled_policy(scope)
    insist_on_appointing(scope, policy, role)
    await add_assignment(scope, policy, assignment, at)
    scope.record("role.assigned", assignment, **assignment_detail(assignment))
    return assignment


def insist_on_appointing(scope: TenantScope, policy: Policy, role: str) -> None:
    """Refuse to give a role that can make others administrators, unless the viewer may appoint.

    Raises:
        Denied: the viewer lacks `administrator:appoint`.
    """
    if role in policy.roles and any(may_everywhere(policy, frozenset({role}), name) for name in _ADMINISTRATIVE):
        scope.require(Permission.ADMINISTRATOR_APPOINT)


async def settled_policy(scope: TenantScope) -> Policy:
    """The tenant's policy, which nobody changes any more until this transaction ends.

    Raises:
        Conflict: it moved since the scope was opened.
    """
    await take_turns(scope)
    policy = policy_of(scope)
    if await head_number(scope.session, scope.tenant_id) != policy.number:
        raise Conflict("The policy was changed at this very moment; try again.", code="POLICY_MOVED")
    return policy


async def add_assignment(scope: TenantScope, policy: Policy, assignment: RoleAssignment, at: Party | None) -> None:
    """Check an assignment against everything but permissions, and store it.

    Raises:
        Invalid: see `assign_role`.
    """
    problems = [*place_problems(policy, assignment.role, at), *_text_problems(assignment)]
    if not await subject_exists(scope, assignment.subject_id):
        problems.append(Problem("UNKNOWN_SUBJECT", "There is no such account.", ("subject",)))
    if not problems:
        problems = await _clashes(scope, policy, assignment)
    if problems:
        raise Invalid(problems)
    scope.session.add(assignment)
    await scope.session.flush()


def place_problems(policy: Policy, role: str, at: Party | None) -> Iterator[Problem]:
    """Whether the role exists and is held there."""
    found = policy.roles.get(role)
    if found is None:
        yield Problem("UNKNOWN_ROLE", f"There is no role {role}.", ("role",))
    elif found.held_at in ("platform", "part"):
        yield Problem("ROLE_NOT_GIVEN", f"{role} is given to nobody.", ("role",))
    elif found.at_organization and at is None:
        yield Problem("ORGANIZATION_MISSING", f"{role} is held at an organization: say which.", ("organization",))
    elif not found.at_organization and at is not None:
        yield Problem("ORGANIZATION_NOT_WANTED", f"{role} is held at the tenant.", ("organization",))
    elif at is not None and found.held_at in tuple(OrganizationKind) and at.kind != found.held_at:
        message = f"{role} is held at an organization of the kind {found.held_at}."
        yield Problem("ORGANIZATION_KIND_DIFFERS", message, ("organization",))
    if at is not None and at.closed_at is not None:
        yield Problem(
            "ORGANIZATION_CLOSED", "This organization is closed: nobody gets a role there.", ("organization",)
        )


def _text_problems(assignment: RoleAssignment) -> Iterator[Problem]:
    yield from reason_problems(assignment.reason, "Say why the role is given.")
    if assignment.valid_until is not None and assignment.valid_until <= assignment.valid_from:
        yield Problem("PERIOD_ORDER", "A role ends after it begins.", ("validUntil",))


async def _clashes(scope: TenantScope, policy: Policy, new: RoleAssignment) -> list[Problem]:
    there = await assignments_of(scope, new.subject_id, new.valid_from, new.valid_until)
    others = [Held(each.role, each.organization_id) for each in there]
    if any((each.role, each.organization_id, each.kind) == (new.role, new.organization_id, new.kind) for each in there):
        message = f"This account holds {new.role} already at some time of this."
        return [Problem("ROLE_HELD_ALREADY", message, ("role",))]
    return separation_problems(policy, Held(new.role, new.organization_id), others)


def assignment_detail(assignment: RoleAssignment) -> dict[str, str]:
    """What the journal tells of an assignment."""
    known = {
        "role": assignment.role,
        "holder": str(assignment.subject_id),
        "organization": assignment.organization_id,
        "until": assignment.valid_until and assignment.valid_until.isoformat(),
        "reason": assignment.reason,
    }
    return {name: str(value) for name, value in known.items() if value is not None}


async def end_role_assignment(scope: TenantScope, assignment_id: UUID, *, reason: str) -> RoleAssignment:
    """Take a role away, for the next request of every process. Delegations of it end with it.

    Everybody may give up an own role and take back what was delegated; anything else needs the permission.

    Raises:
        NotFound: no such assignment that the viewer may see.
        Denied: the viewer lacks `role_assignment:end` there.
        Invalid: no reason.
        Conflict: it has ended already, or nobody could change the policy any more.
    """
    await take_turns(scope)
    assignment = await get_assignment(scope, assignment_id, lock=True)
    if not _is_ones_own(scope, assignment):
        scope.require(Permission.ROLE_ASSIGNMENT_END, assignment)
    require_reason(reason, "Say why the role is taken away.")
    if assignment.ended_at is not None:
        raise Conflict("This role has been taken away already.", code="ASSIGNMENT_ENDED")
    policy = policy_of(scope)
    insist_on_an_administrator(await administrators(scope, policy), policy, without={assignment.id})
    take_away(scope, assignment, reason)
    await scope.session.flush()
    return assignment


async def end_all_at(scope: TenantScope, place: Party, *, reason: str) -> None:
    """Take all roles at an organization away, also those that begin later. Who may close it may do this.

    Raises:
        Denied: the viewer lacks `role_assignment:end` there.
        Conflict: nobody could change the policy any more.
    """
    await take_turns(scope)
    query = select(RoleAssignment).where(
        col(RoleAssignment.tenant_id) == scope.tenant_id,
        col(RoleAssignment.organization_id) == place.id,
        *overlapping(scope.now(), None),
    )
    there = (await scope.session.execute(query.with_for_update())).scalars().all()
    policy = policy_of(scope)
    insist_on_an_administrator(await administrators(scope, policy), policy, without={each.id for each in there})
    for assignment in there:
        scope.require(Permission.ROLE_ASSIGNMENT_END, assignment)
        take_away(scope, assignment, reason)
    await scope.session.flush()


def take_away(scope: TenantScope, assignment: RoleAssignment, reason: str) -> None:
    """End an assignment now, for verbs that have checked who asks and what follows from it."""
    assignment.ended_at = scope.now()
    assignment.ended_by = scope.viewer.subject_id
    assignment.end_reason = reason.strip()
    scope.record("role.ended", assignment, **{**assignment_detail(assignment), "reason": assignment.end_reason})


async def get_assignment(scope: TenantScope, assignment_id: UUID, *, lock: bool = False) -> RoleAssignment:
    """An assignment: one's own, one that one has delegated, or one that one may see.

    Raises:
        NotFound: none of these.
    """
    found = await scope.find(RoleAssignment, assignment_id, lock=lock)
    if found is not None and _is_ones_own(scope, found):
        return found
    return await scope.get(RoleAssignment, assignment_id, Permission.ROLE_ASSIGNMENT_VIEW)


def _is_ones_own(scope: TenantScope, assignment: RoleAssignment) -> bool:
    delegated = assignment.kind == AssignmentKind.DELEGATED and assignment.assigned_by == scope.viewer.subject_id
    return delegated or assignment.subject_id == scope.viewer.subject_id
