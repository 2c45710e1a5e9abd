"""What a change of the policy means for those who hold roles: who gains and who loses what, and decisions that flip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.authorizer import Decision, reaches
from almoner.authorization.holders import overlapping
from almoner.authorization.policy import Policy
from almoner.authorization.tables import RoleAssignment
from almoner.core.scope import TenantScope
from almoner.core.viewer import Held, Rights, Viewer

_NOTHING = Rights(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Effect:
    """Somebody gains or loses a permission in some scopes.

    Attributes:
        before, after: the rights; None: none at all.
        gained, lost: scopes in which it is allowed and not refused, after but not before and the reverse.
    """

    subject_id: UUID
    permission: str
    before: Rights | None
    after: Rights | None

    @property
    def gained(self) -> frozenset[str]:
        """Scopes that come."""
        return _given(self.after) - _given(self.before)

    @property
    def lost(self) -> frozenset[str]:
        """Scopes that go."""
        return _given(self.before) - _given(self.after)


@dataclass(frozen=True, slots=True)
class Flip:
    """A decision that was taken and would be the other way round."""

    decision: Decision
    would_be_allowed: bool


def _given(rights: Rights | None) -> frozenset[str]:
    """Scopes in which rights give something to some row."""
    found = rights or _NOTHING
    return frozenset() if "any" in found.deny else found.allow - found.deny


async def effects(scope: TenantScope, before: Policy, after: Policy) -> list[Effect]:
    """Everybody's rights that would be others, by subject and permission. Subjects with equal roles cost one look."""
    by_roles: dict[frozenset[str], list[Effect]] = {}
    found = []
    for subject, held in (await _held(scope)).items():
        roles = frozenset(each.role for each in held)
        if roles not in by_roles:
            one, other = await before.profile_soon(roles), await after.profile_soon(roles)
            by_roles[roles] = _differences(subject, one.rights, other.rights) if one != other else []
        found += [Effect(subject, each.permission, each.before, each.after) for each in by_roles[roles]]
    return found


async def _held(scope: TenantScope) -> dict[UUID, set[Held]]:
    query = select(RoleAssignment.subject_id, RoleAssignment.role, RoleAssignment.organization_id).where(
        col(RoleAssignment.tenant_id) == scope.tenant_id, *overlapping(scope.now(), None)
    )
    found: dict[UUID, set[Held]] = {}
    for subject, role, organization in await scope.session.execute(query.order_by(col(RoleAssignment.subject_id))):
        found.setdefault(subject, set()).add(Held(role, organization))
    return found


def _differences(subject: UUID, before: Mapping[str, Rights], after: Mapping[str, Rights]) -> list[Effect]:
    return [
        Effect(subject, permission, before.get(permission), after.get(permission))
        for permission in sorted({*before, *after})
        if before.get(permission) != after.get(permission)
    ]


def flips(decisions: Iterable[Decision], after: Policy) -> Sequence[Flip]:
    """The decisions that would be the other way round, for the roles that were held when they were taken."""
    found = []
    for decision in decisions:
        viewer = decision.viewer
        if viewer.kind not in ("account", "service_account"):
            continue
        again = Viewer(
            viewer.tenant_id, viewer.subject_id, viewer.kind, viewer.held, after.profile(viewer.roles), after.version
        )
        rights = again.profile.rights.get(decision.permission)
        allowed = rights is not None and reaches(rights, again, decision.facts)
        if allowed != decision.allowed:
            found.append(Flip(decision, allowed))
    return found
