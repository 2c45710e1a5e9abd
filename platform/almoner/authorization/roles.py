"""Which roles a subject holds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.authorization.policy import built_in_policy
from almoner.authorization.tables import RoleAssignment
from almoner.core.errors import Invalid, Problem
from almoner.core.scope import TenantScope


async def roles_held(session: AsyncSession, tenant_id: UUID, subject_id: UUID, at: datetime) -> frozenset[str]:
    """The roles that the subject holds at that instant."""
    query = select(RoleAssignment.role).where(
        col(RoleAssignment.tenant_id) == tenant_id,
        col(RoleAssignment.subject_id) == subject_id,
        col(RoleAssignment.valid_from) <= at,
        or_(col(RoleAssignment.valid_until).is_(None), col(RoleAssignment.valid_until) > at),
    )
    return frozenset((await session.execute(query)).scalars())


async def assign_role(scope: TenantScope, subject_id: UUID, role: str, *, reason: str) -> RoleAssignment:
    """Give a subject a role from now on.

    Raises:
        Denied: the viewer lacks `account:create`.
        Invalid: there is no such role, or no reason.
    """
    scope.require(Permission.ACCOUNT_CREATE)
    problems = []
    if role not in built_in_policy().roles:
        problems.append(Problem("UNKNOWN_ROLE", f"There is no role {role}.", ("role",)))
    if not reason.strip():
        problems.append(Problem("REASON_MISSING", "Say why the role is given.", ("reason",)))
    if problems:
        raise Invalid(problems)
    assignment = RoleAssignment(
        tenant_id=scope.tenant_id, subject_id=subject_id, role=role, reason=reason, valid_from=scope.now()
    )
    scope.session.add(assignment)
    scope.record("role.assigned", assignment, role=role, holder=str(subject_id), reason=reason)
    return assignment
