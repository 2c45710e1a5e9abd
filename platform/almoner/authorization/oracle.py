"""casbin itself, asked about single decisions: slow, and what the compiled permission sets are held against."""

from __future__ import annotations

from collections.abc import Set
from uuid import UUID

from almoner.authorization.facts import Facts
from almoner.authorization.policy import Policy
from almoner.core.viewer import Held


class Oracle:
    """The enforcer of one policy. Not for requests: a decision scans all grants."""

    def __init__(self, policy: Policy) -> None:
        self._enforcer = policy.enforcer()
        self._known: dict[frozenset[Held], str] = {}

    def allows(self, held: frozenset[Held], permission: str, facts: Facts) -> bool:
        """What casbin says about somebody who holds these roles, and a row with these facts."""
        subject = self._known.get(held) or self._introduce(held)
        resource, _, action = permission.partition(":")
        yes_no = ("yes" if fact else "no" for fact in (facts.assigned, facts.public, facts.barred))
        at = _at(subject, facts.organization_id)
        return bool(self._enforcer.enforce(subject, at, resource, action, *yes_no))

    def _introduce(self, held: Set[Held]) -> str:
        """Tell casbin who holds what: as a whole, and at each organization."""
        # No role can have such a name.
        subject = self._known[frozenset(held)] = f"subject {len(self._known)}"
        links = self._enforcer.get_role_manager()
        for each in held:
            links.add_link(subject, each.role)
            if each.organization_id is not None:
                links.add_link(_at(subject, each.organization_id), each.role)
        return subject


def _at(subject: str, organization_id: UUID | None) -> str:
    return f"{subject} at {organization_id}" if organization_id else "nowhere"
