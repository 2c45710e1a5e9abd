"""Separation of duties: roles that nobody may hold both, and acts that need another person."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from almoner.authorization.check import included_roles
from almoner.authorization.document import Separation
from almoner.authorization.policy import Policy
from almoner.core.errors import Denied, Problem
from almoner.core.scope import TenantScope
from almoner.core.viewer import Held


def insist_on_another_person(scope: TenantScope, *actors: UUID | None, act: str) -> None:
    """Refuse an act of somebody who did the other half of it, whatever roles that person holds.

    Args:
        actors: who did the other half: who submitted what is approved here, who signed for the other side.
        act: what is refused, as in "approve what you submitted yourself".

    Raises:
        Denied: the viewer is one of them.
    """
    if scope.viewer.subject_id in actors:
        raise Denied(f"You cannot {act}: another person has to.", code="SEPARATION_OF_DUTIES")


def separation_problems(policy: Policy, new: Held, others: Iterable[Held]) -> list[Problem]:
    """The separations that a role would break beside the ones that somebody holds already."""
    own = included_roles(new.role, policy.roles)
    found = []
    for other in others:
        if new.organization_id and other.organization_id and new.organization_id != other.organization_id:
            continue
        for separation in broken(policy, own, included_roles(other.role, policy.roles)):
            message = f"{new.role} and {other.role} are for different people: {separation.comment}."
            found.append(Problem("ROLES_SEPARATED", message, ("role",)))
    return found


def broken(policy: Policy, one: frozenset[str], other: frozenset[str]) -> list[Separation]:
    """The separations between roles of two sets."""
    every = (*policy.base.document.separations.values(), *policy.document.separations.values())
    return [
        each
        for each in every
        if (each.role in one and each.other in other) or (each.other in one and each.role in other)
    ]
