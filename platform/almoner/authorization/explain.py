"""Why somebody may or may not: the role, the grant, the scope and the facts of the row that decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from almoner.authorization.authorizer import policy_of, reaches
from almoner.authorization.check import included_roles
from almoner.authorization.document import Grant
from almoner.authorization.facts import facts_of
from almoner.authorization.holders import assignments_of
from almoner.authorization.permissions import Permission
from almoner.authorization.policy import Policy
from almoner.authorization.scopes import SCOPES
from almoner.authorization.tables import RoleAssignment
from almoner.core.errors import Invalid, NotFound, Problem
from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable
from almoner.core.viewer import Held, Viewer
from almoner.identity.subjects import subject_exists

#: Whether a viewer sees a row by another permission than the one to view it.
SeenOtherwise = Callable[[Viewer], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Ground:
    """A grant about the permission, for a role that is held.

    Attributes:
        assignment_id, assignment_kind, organization_id, valid_until: how, where and until when the role is held.
        role: the role that is held; `grant.role` is that one or one that it includes.
        applies: whether it reaches the row.
        says: in words, why it does or does not.
    """

    assignment_id: UUID
    assignment_kind: str
    organization_id: UUID | None
    valid_until: datetime | None
    role: str
    grant: Grant
    applies: bool
    says: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer and what it stands on.

    Attributes:
        allowed: what `TenantScope.allows` would answer the subject.
        policy_version: the policy that it was asked of.
        because: for an allowed act the grants that allow it; for a refused one, those that refuse it.
        nearest: for a refused act: grants of the subject's roles that do not reach the row, and what each lacks.
        other_roles: for a refused act: roles that would allow it; only told to who may read the policy.
        seen_as_own: of the permission to view the row: it is the subject's own, which the subject sees without that.
        seen_otherwise: of the same: the subject sees it without that, by another permission.
    """

    subject_id: UUID
    permission: str
    allowed: bool
    policy_version: str
    because: tuple[Ground, ...]
    nearest: tuple[Ground, ...]
    other_roles: tuple[str, ...]
    seen_as_own: bool = False
    seen_otherwise: bool = False


async def explain_access(
    scope: TenantScope,
    subject_id: UUID,
    permission: str,
    row: TenantTable | None = None,
    *,
    view: str | None = None,
    own_of: Collection[UUID] = (),
    otherwise: SeenOtherwise | None = None,
) -> Explanation:
    """Why somebody may or may not do something, to a row if one is given.

    Everybody may ask about oneself, and is told about own roles only. About others, and about roles that the subject
    does not hold, it takes `access:explain` and `policy:view`. A row that the asker may not see does not exist.

    Args:
        row: the row, as the asker found it.
        view: the permission to view such a row; needed with a row.
        own_of: those among the asker and the subject whose own row it is, which they see without that permission.
        otherwise: who sees it by another permission; None for nobody.

    Raises:
        NotFound: no such subject that the asker may ask about, or no such row that the asker may see.
        Invalid: there is no such permission.
    """
    if permission not in tuple(Permission):
        # What was asked may be of any length.
        raise Invalid([Problem("UNKNOWN_PERMISSION", f"There is no permission {permission[:100]}.", ("permission",))])
    # The public is nobody, about whom there is nothing to explain.
    oneself = subject_id == scope.viewer.subject_id and scope.viewer.kind != "public"
    if not oneself and not (scope.allows(Permission.ACCESS_EXPLAIN) and await subject_exists(scope, subject_id)):
        raise NotFound("There is no such account.")
    if row is not None and not await _may_see(scope, row, view, own_of, otherwise):
        raise NotFound("There is nothing with this id.")
    policy = policy_of(scope)
    assignments = await _in_force(scope, subject_id)
    viewer = _viewer(scope, subject_id, policy, assignments)
    grounds = [_ground(each, grant, viewer, row) for each in assignments for grant in _grants(policy, each, permission)]
    found = _explanation(scope, viewer, permission, row, grounds)
    if permission != view:
        return found
    also = otherwise is not None and await otherwise(viewer)
    return replace(found, seen_as_own=subject_id in own_of, seen_otherwise=also)


async def _may_see(
    scope: TenantScope,
    row: TenantTable,
    view: str | None,
    own_of: Collection[UUID],
    otherwise: SeenOtherwise | None,
) -> bool:
    """Whether the asker sees a row: by the permission to view such rows, as their own, or by another permission."""
    if view is None:
        return False
    if scope.viewer.subject_id in own_of or scope.allows(view, row):
        return True
    return otherwise is not None and await otherwise(scope.viewer)


async def found_by(scope: TenantScope, query: Select[Any], parameter: str, subjects: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the subjects for whom a query has rows; its parameter of this name is the subject's id."""
    found = {each: (await scope.session.execute(query, {parameter: each})).first() for each in subjects}
    return frozenset(each for each, row in found.items() if row is not None)


async def _in_force(scope: TenantScope, subject_id: UUID) -> list[RoleAssignment]:
    """What the subject holds at this instant, without delegations whose source has ended."""
    now = scope.now()
    found = []
    for each in await assignments_of(scope, subject_id, now, None):
        source = await scope.find(RoleAssignment, each.source_id) if each.source_id else each
        if each.valid_from <= now and source is not None and _holds(source, now):
            found.append(each)
    return found


def _holds(assignment: RoleAssignment, now: datetime) -> bool:
    over = assignment.valid_until is not None and assignment.valid_until <= now
    return assignment.ended_at is None and assignment.valid_from <= now and not over


def _viewer(scope: TenantScope, subject_id: UUID, policy: Policy, assignments: Sequence[RoleAssignment]) -> Viewer:
    held = frozenset(Held(each.role, each.organization_id) for each in assignments)
    profile = policy.profile(frozenset(each.role for each in held))
    return Viewer(scope.tenant_id, subject_id, "account", held, profile, policy.version)


def _grants(policy: Policy, assignment: RoleAssignment, permission: str) -> list[Grant]:
    """The grants about the permission that the assignment brings."""
    roles = sorted(included_roles(assignment.role, policy.roles))
    both = (policy.base.document.granted, policy.document.granted)
    every = (grant for granted in both for role in roles if role in granted for grant in granted[role])
    return [grant for grant in every if grant.permission == permission]


def _ground(assignment: RoleAssignment, grant: Grant, viewer: Viewer, row: TenantTable | None) -> Ground:
    applies, says = _reaches(grant, assignment, viewer, row)
    return Ground(
        assignment.id,
        assignment.kind,
        assignment.organization_id,
        assignment.valid_until,
        assignment.role,
        grant,
        applies,
        says,
    )


_FACTS = {
    "any": ("it covers all rows", ""),
    "assigned": ("the row names the subject", "the row names somebody else"),
    "public": ("the row is public", "the row is not public"),
    "barred": ("the row is barred to the subject", "the row is not barred to the subject"),
}


def _reaches(grant: Grant, assignment: RoleAssignment, viewer: Viewer, row: TenantTable | None) -> tuple[bool, str]:
    """Whether the grant reaches the row, and why."""
    if row is None:
        if grant.scope == "own" and assignment.organization_id is None:
            return False, "the role is not held at an organization"
        return True, f"it covers rows with the scope {grant.scope}"
    facts = facts_of(viewer, row)
    if grant.scope != "own":
        applies = SCOPES[grant.scope].holds(viewer, facts, frozenset())
        return applies, _FACTS[grant.scope][0 if applies else 1]
    if assignment.organization_id is None:
        return False, "the role is not held at an organization"
    if facts.organization_id == assignment.organization_id:
        return True, "the row belongs to the organization at which the role is held"
    return False, "the row belongs to another organization, or to none"


def _explanation(
    scope: TenantScope, viewer: Viewer, permission: str, row: TenantTable | None, grounds: list[Ground]
) -> Explanation:
    rights = viewer.profile.rights.get(permission)
    if row is None:
        allowed = rights is not None and rights.somewhere
    else:
        allowed = rights is not None and reaches(rights, viewer, facts_of(viewer, row))
    effect = "allow" if allowed else "deny"
    because = tuple(each for each in grounds if each.applies and each.grant.effect == effect)
    missed = tuple(each for each in grounds if each.grant.effect == "allow" and each not in because)
    return Explanation(
        subject_id=viewer.subject_id,
        permission=permission,
        allowed=allowed,
        policy_version=viewer.policy_version,
        because=because,
        nearest=() if allowed else missed,
        other_roles=() if allowed else _other_roles(scope, viewer, permission),
    )


def _other_roles(scope: TenantScope, viewer: Viewer, permission: str) -> tuple[str, ...]:
    """Roles that the subject does not hold and that allow it somewhere, for who may read the policy."""
    if not scope.allows(Permission.POLICY_VIEW):
        return ()
    policy = policy_of(scope)
    giving = policy.granting(permission)
    found = (
        name
        for name, role in policy.roles.items()
        if role.held_at not in ("platform", "part") and included_roles(name, policy.roles) & giving
    )
    return tuple(sorted(set(found) - viewer.roles))
