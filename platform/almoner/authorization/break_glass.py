"""Breaking the glass: taking an emergency role for a time, told to the administrators and reviewed afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.duties import insist_on_another_person
from almoner.authorization.permissions import Permission
from almoner.authorization.roles import Party, add_assignment, settled_policy
from almoner.authorization.tables import AssignmentKind, BreakGlass, RoleAssignment
from almoner.core.errors import Conflict, Denied, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank, reason_problems

MAX_HOURS = 8


async def break_glass(
    scope: TenantScope, role: str, *, reason: str, until_at: datetime, at: Party | None = None
) -> BreakGlass:
    """Take an emergency role from now until an instant at most 8 hours away.

    The administrators are told by the row, which stays open until one of them has closed its review, and by the
    journal.

    Raises:
        Denied: the viewer lacks `break_glass:open`, or is a machine.
        Invalid: not an emergency role, no reason, no end within the 8 hours, or as for `assign_role`.
        Conflict: the review of an earlier time is open still, or the policy moved meanwhile.
    """
    scope.require(Permission.BREAK_GLASS_OPEN)
    if scope.viewer.kind != "account":
        raise Denied("Only a person can say that this is an emergency.", code="SUBJECT_IS_A_MACHINE")
    policy = await settled_policy(scope)
    problems = []
    known = policy.roles.get(role)
    if known is not None and not known.emergency:
        problems.append(Problem("NOT_AN_EMERGENCY_ROLE", f"{role} cannot be taken in an emergency.", ("role",)))
    problems += reason_problems(reason, "Say what the emergency is.")
    if not scope.now() < until_at <= scope.now() + timedelta(hours=MAX_HOURS):
        message = f"Say when it ends: within {MAX_HOURS} hours from now."
        problems.append(Problem("BREAK_GLASS_END", message, ("untilAt",)))
    if problems:
        raise Invalid(problems)
    await _insist_on_reviews(scope)
    assignment = RoleAssignment(
        tenant_id=scope.tenant_id,
        subject_id=scope.viewer.subject_id,
        role=role,
        reason=reason.strip(),
        valid_from=scope.now(),
        valid_until=until_at,
        organization_id=at.id if at else None,
        kind=AssignmentKind.BREAK_GLASS,
        assigned_by=scope.viewer.subject_id,
    )
    await add_assignment(scope, policy, assignment, at)
    opened = BreakGlass(
        tenant_id=scope.tenant_id,
        subject_id=scope.viewer.subject_id,
        assignment_id=assignment.id,
        reason=reason.strip(),
        opened_at=scope.now(),
        until_at=until_at,
    )
    scope.session.add(opened)
    await scope.session.flush()
    scope.record("glass.broken", opened, role=role, reason=opened.reason, until=until_at.isoformat())
    return opened


async def _insist_on_reviews(scope: TenantScope) -> None:
    query = select(BreakGlass.id).where(
        col(BreakGlass.tenant_id) == scope.tenant_id,
        col(BreakGlass.subject_id) == scope.viewer.subject_id,
        col(BreakGlass.reviewed_at).is_(None),
    )
    if (await scope.session.execute(query)).first() is not None:
        raise Conflict("Your last time must be reviewed first.", code="BREAK_GLASS_UNREVIEWED")


async def review_break_glass(scope: TenantScope, break_glass_id: UUID, *, justified: bool, finding: str) -> BreakGlass:
    """Close the review: say whether it was right. What still holds of the emergency role ends.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks `break_glass:review`, or was the one.
        Invalid: nothing was found.
        Conflict: the review is closed already.
    """
    opened = await scope.get(BreakGlass, break_glass_id, Permission.BREAK_GLASS_VIEW, lock=True)
    scope.require(Permission.BREAK_GLASS_REVIEW, opened)
    insist_on_another_person(scope, opened.subject_id, act="review your own emergency")
    if is_blank(finding):
        raise Invalid([Problem("FINDING_MISSING", "Say what the review found.", ("finding",))])
    if opened.reviewed_at is not None:
        raise Conflict("This has been reviewed already.", code="BREAK_GLASS_REVIEWED")
    opened.reviewed_at = scope.now()
    opened.reviewed_by = scope.viewer.subject_id
    opened.justified = justified
    opened.finding = finding.strip()
    assignment = await scope.find(RoleAssignment, opened.assignment_id, lock=True)
    if assignment is not None and assignment.ended_at is None:
        assignment.ended_at = scope.now()
        assignment.ended_by = scope.viewer.subject_id
        assignment.end_reason = "reviewed"
    scope.record("glass.reviewed", opened, justified=justified, finding=opened.finding)
    return opened
