"""Roles that come with an office: whoever is appointed gets the role, and the end of the office ends it.

The caller has checked that the viewer may appoint, or end an appointment; of roles nothing else is asked of the viewer.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from almoner.authorization.duties import insist_on_another_person
from almoner.authorization.policy import Policy
from almoner.authorization.roles import Party, add_assignment, assignment_detail, insist_on_appointing, take_away
from almoner.authorization.stored import take_turns
from almoner.authorization.tables import AssignmentKind, RoleAssignment
from almoner.core.scope import TenantScope


async def give_with_office(
    scope: TenantScope,
    policy: Policy,
    subject_id: UUID,
    role: str,
    *,
    at: Party,
    reason: str,
    valid_from: datetime,
    valid_until: datetime | None,
) -> RoleAssignment:
    """Give somebody else the role of an office, for its time.

    Args:
        policy: the `settled_policy` of this transaction.

    Raises:
        Denied: the viewer appoints oneself, or lacks `administrator:appoint` for a role that can give roles itself.
        Invalid: see `assign_role`.
    """
    insist_on_another_person(scope, subject_id, act="appoint yourself")
    insist_on_appointing(scope, policy, role)
    assignment = RoleAssignment(
        tenant_id=scope.tenant_id,
        subject_id=subject_id,
        role=role,
        reason=reason,
        valid_from=valid_from,
        valid_until=valid_until,
        organization_id=at.id,
        kind=AssignmentKind.APPOINTED,
        assigned_by=scope.viewer.subject_id,
    )
    await add_assignment(scope, policy, assignment, at)
    scope.record("role.assigned", assignment, **assignment_detail(assignment))
    return assignment


async def end_with_office(scope: TenantScope, assignment_id: UUID, *, reason: str) -> None:
    """Take the role of an office away, unless somebody has done so already. Nobody administers by such a role."""
    await take_turns(scope)
    assignment = await scope.find(RoleAssignment, assignment_id, lock=True)
    if assignment is not None and assignment.ended_at is None:
        take_away(scope, assignment, reason)
        await scope.session.flush()
