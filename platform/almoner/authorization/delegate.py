"""Delegation: somebody else holds a role of one's own for a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.authorization.roles import (
    Party,
    add_assignment,
    assignment_detail,
    settled_policy,
)
from almoner.authorization.tables import AssignmentKind, RoleAssignment
from almoner.core.errors import Denied, Invalid, NotFound, Problem
from almoner.core.scope import TenantScope
from almoner.identity.subjects import is_machine


async def delegate_role(
    scope: TenantScope,
    assignment_id: UUID,
    subject_id: UUID,
    *,
    valid_until: datetime,
    reason: str,
    at: Party | None = None,
) -> RoleAssignment:
    """Let somebody else hold a role that the viewer holds, from now until an instant.

    The delegated role ends with the delegator's own assignment, whatever ends that. It is taken back by
    `end_role_assignment`.

    Args:
        assignment_id: the viewer's own assignment of the role.
        at: the assignment's organization, if it has one.

    Raises:
        NotFound: no such assignment of the viewer's.
        Denied: the viewer lacks `delegation:create` there, or the role was not given to the viewer as such: what was
            delegated, or taken in an emergency, is not passed on.
        Invalid: to oneself or a machine, no reason, an end that is past or after the own one, or as for `assign_role`.
        Conflict: the policy moved meanwhile.
    """
    policy = await settled_policy(scope)
    source = await scope.find(RoleAssignment, assignment_id)
    if source is None or source.subject_id != scope.viewer.subject_id or not _holds(source, scope.now()):
        raise NotFound("You hold no such role.")
    if source.organization_id != (at.id if at else None):
        raise NotFound("You hold no such role there.")
    scope.require(Permission.DELEGATION_CREATE, source)
    if source.kind not in (AssignmentKind.GIVEN, AssignmentKind.INVITED):
        raise Denied("Only a role that was given to you yourself can be delegated.", code="NOT_YOURS_TO_DELEGATE")
    problems = []
    if subject_id == source.subject_id:
        problems.append(Problem("DELEGATION_TO_ONESELF", "Name somebody else.", ("subject",)))
    elif await is_machine(scope, subject_id):
        message = "Name a person's account: a machine does not stand in for somebody."
        problems.append(Problem("SUBJECT_IS_A_MACHINE", message, ("subject",)))
    if source.valid_until is not None and valid_until > source.valid_until:
        problems.append(Problem("DELEGATION_TOO_LONG", "It cannot last longer than your own role.", ("validUntil",)))
    if problems:
        raise Invalid(problems)
    assignment = RoleAssignment(
        tenant_id=scope.tenant_id,
        subject_id=subject_id,
        role=source.role,
        reason=reason.strip(),
        valid_from=scope.now(),
        valid_until=valid_until,
        organization_id=source.organization_id,
        kind=AssignmentKind.DELEGATED,
        source_id=source.id,
        assigned_by=scope.viewer.subject_id,
    )
    await add_assignment(scope, policy, assignment, at)
    scope.record("role.delegated", assignment, **assignment_detail(assignment))
    return assignment


def _holds(assignment: RoleAssignment, now: datetime) -> bool:
    ended = assignment.ended_at is not None or (assignment.valid_until is not None and assignment.valid_until <= now)
    return assignment.valid_from <= now and not ended
