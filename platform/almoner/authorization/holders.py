"""Who holds what: questions about assignments that several verbs ask."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, any_, literal, or_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from almoner.authorization.authorizer import policy_of
from almoner.authorization.check import included_roles
from almoner.authorization.permissions import Permission
from almoner.authorization.policy import Policy
from almoner.authorization.standing import parse_standing, read_standing
from almoner.authorization.tables import AssignmentKind, RoleAssignment
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable
from almoner.core.viewer import Held, Viewer


def overlapping(begin: datetime, end: datetime | None) -> list[ColumnElement[bool]]:
    """Assignments that were not taken away and hold at some instant of `[begin, end)`; without an end, for good."""
    found = [
        col(RoleAssignment.ended_at).is_(None),
        or_(col(RoleAssignment.valid_until).is_(None), col(RoleAssignment.valid_until) > begin),
    ]
    return found if end is None else [*found, col(RoleAssignment.valid_from) < end]


async def assignments_of(
    scope: TenantScope, subject_id: UUID, begin: datetime, end: datetime | None
) -> Sequence[RoleAssignment]:
    """What somebody holds at some instant of `[begin, end)`."""
    query = select(RoleAssignment).where(
        col(RoleAssignment.tenant_id) == scope.tenant_id,
        col(RoleAssignment.subject_id) == subject_id,
        *overlapping(begin, end),
    )
    return (await scope.session.execute(query.order_by(col(RoleAssignment.id)))).scalars().all()


def may_everywhere(policy: Policy, roles: frozenset[str], permission: str) -> bool:
    """Whether these roles together give a permission for all rows of the tenant."""
    rights = policy.profile(roles).rights.get(permission)
    return rights is not None and rights.everywhere


async def somebody_may(scope: TenantScope, subject_id: UUID, permission: str, row: TenantTable) -> bool:
    """Whether an account, who need not be the viewer, holds a permission for a row now."""
    policy = policy_of(scope)
    standing = parse_standing(await read_standing(scope.session, scope.tenant_id, subject_id, scope.now()))
    profile = await policy.profile_soon(standing.roles)
    who = Viewer(scope.tenant_id, subject_id, "account", standing.held, profile, policy.version)
    return scope.authorizer.allows(who, permission, row)


async def administrators(scope: TenantScope, policy: Policy) -> dict[UUID, list[RoleAssignment]]:
    """Who may change the policy for good, with the assignments that count: open-ended, and nobody else's.

    Delegated and emergency roles do not count, nor does what will end by itself.
    """
    giving = policy.granting(Permission.POLICY_CHANGE, scope="any")
    roles = [
        name
        for name, role in policy.roles.items()
        if name in giving or (role.includes and included_roles(name, policy.roles) & giving)
    ]
    permanent = [
        col(RoleAssignment.tenant_id) == scope.tenant_id,
        col(RoleAssignment.valid_until).is_(None),
        col(RoleAssignment.kind).in_((AssignmentKind.GIVEN, AssignmentKind.INVITED)),
        *overlapping(scope.now(), scope.now()),
    ]
    # One parameter, however many roles they are.
    held = col(RoleAssignment.role) == any_(literal(roles, ARRAY(String)))
    some = select(RoleAssignment.subject_id).where(held, *permanent)
    query = select(RoleAssignment).where(col(RoleAssignment.subject_id).in_(some), *permanent)
    found: dict[UUID, list[RoleAssignment]] = {}
    for assignment in (await scope.session.execute(query)).scalars():
        found.setdefault(assignment.subject_id, []).append(assignment)
    return {subject: held for subject, held in found.items() if _administers(policy, held)}


def _administers(policy: Policy, held: Sequence[RoleAssignment]) -> bool:
    return may_everywhere(policy, frozenset(each.role for each in held), Permission.POLICY_CHANGE)


def insist_on_an_administrator(
    before: dict[UUID, list[RoleAssignment]], policy: Policy, *, without: Collection[UUID] = ()
) -> None:
    """Refuse to lock everybody out of the policy; where nobody was in, nobody can be locked out.

    Args:
        policy: the policy to be.
        without: assignments that are about to end.

    Raises:
        Conflict: nobody could change the policy any more.
    """
    after = [[each for each in held if each.id not in without] for held in before.values()]
    if before and not any(_administers(policy, held) for held in after):
        raise Conflict(
            "Nobody could change the policy any more: appoint another administrator first.", code="LAST_ADMINISTRATOR"
        )


async def holders_of(scope: TenantScope, role: str) -> bool:
    """Whether somebody holds a role, or will."""
    query = select(RoleAssignment.id).where(
        col(RoleAssignment.tenant_id) == scope.tenant_id,
        col(RoleAssignment.role) == role,
        *overlapping(scope.now(), None),
    )
    return (await scope.session.execute(query.limit(1))).first() is not None


async def everybody_with_several_roles(scope: TenantScope) -> dict[UUID, list[Held]]:
    """What everybody holds, or will, who holds more than one role."""
    query = select(RoleAssignment.subject_id, RoleAssignment.role, RoleAssignment.organization_id).where(
        col(RoleAssignment.tenant_id) == scope.tenant_id, *overlapping(scope.now(), None)
    )
    found: dict[UUID, list[Held]] = {}
    for subject, role, organization in await scope.session.execute(query):
        found.setdefault(subject, []).append(Held(role, organization))
    return {subject: held for subject, held in found.items() if len(held) > 1}
