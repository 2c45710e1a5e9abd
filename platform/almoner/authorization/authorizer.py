"""The one place that answers: may this viewer do that, to which rows, and which fields does it see?

The viewer brings its profile, so an answer is a look into a dictionary and, for a row, a comparison or two.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import col

from almoner.authorization.facts import Facts, facts_of
from almoner.authorization.policy import Policy
from almoner.authorization.scopes import SCOPES, refused
from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable
from almoner.core.viewer import Rights, Viewer

#: How many decisions about rows a process remembers, for the preview of a policy change.
REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class Decision:
    """What was asked and answered about a row."""

    viewer: Viewer
    permission: str
    facts: Facts
    allowed: bool


class PolicyAuthorizer:
    """Implements `core.scope.Authorizer`. An unknown role or permission gives nothing.

    Attributes:
        policy: the tenant's policy in a scope, for verbs about the policy itself; None outside of scopes.
    """

    def __init__(self, decisions: deque[Decision] | None = None, policy: Policy | None = None) -> None:
        self._decisions: deque[Decision] = deque(maxlen=REMEMBERED) if decisions is None else decisions
        self.policy = policy

    def under(self, policy: Policy) -> PolicyAuthorizer:
        """The same with a tenant's policy; both remember decisions together."""
        return PolicyAuthorizer(self._decisions, policy)

    def allows(self, viewer: Viewer, permission: str, row: TenantTable | None) -> bool:
        """May the viewer do this? Without a row: to some row at least, as when one is about to be made."""
        rights = viewer.profile.rights.get(permission)
        if row is None:
            return rights is not None and rights.somewhere
        facts = facts_of(viewer, row)
        allowed = rights is not None and row.tenant_id == viewer.tenant_id and reaches(rights, viewer, facts)
        self._decisions.append(Decision(viewer, permission, facts, allowed))
        return allowed

    def rows(self, viewer: Viewer, permission: str, table: type[TenantTable]) -> ColumnElement[bool]:
        """The rows of the table for which the viewer holds the permission, as an SQL predicate."""
        rights = viewer.profile.rights.get(permission)
        if rights is None or not rights.somewhere:
            return false()
        allowed = [SCOPES[name].predicate(viewer, table, rights.own_allow) for name in sorted(rights.allow)]
        denied = [refused(SCOPES[name].predicate(viewer, table, rights.own_deny)) for name in sorted(rights.deny)]
        return and_(col(table.tenant_id) == viewer.tenant_id, or_(*allowed), *denied)

    def recent_decisions(self, tenant_id: UUID) -> list[Decision]:
        """The last decisions about rows of a tenant in this process, oldest first."""
        return [decision for decision in self._decisions if decision.viewer.tenant_id == tenant_id]


def reaches(rights: Rights, viewer: Viewer, facts: Facts) -> bool:
    """Whether rights of a viewer cover a row with these facts. Refused wins."""
    # Loops, not generators: this is asked for each row of a page.
    for name in rights.deny:
        if SCOPES[name].holds(viewer, facts, rights.own_deny):
            return False
    for name in rights.allow:  # noqa: SIM110  (the same)
        if SCOPES[name].holds(viewer, facts, rights.own_allow):
            return True
    return False


def policy_of(scope: TenantScope) -> Policy:
    """The tenant's policy as this scope found it.

    Raises:
        RuntimeError: the scope was not opened by a `House`.
    """
    if not isinstance(scope.authorizer, PolicyAuthorizer) or scope.authorizer.policy is None:
        raise RuntimeError("verbs about the policy need a scope with a policy")
    return scope.authorizer.policy
