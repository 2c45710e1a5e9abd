"""The one place that answers: may this viewer do that, to which rows, and which fields does it see?"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, not_, or_
from sqlmodel import col

from almoner.authorization.policy import Policy
from almoner.authorization.scopes import SCOPES
from almoner.core.scope import Viewer
from almoner.core.tables import TenantTable


class PolicyAuthorizer:
    """Implements `core.scope.Authorizer` on a policy. An unknown role or permission gives nothing."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def allows(self, viewer: Viewer, permission: str, row: TenantTable | None) -> bool:
        """May the viewer do this? Without a row: to some row at least, as when one is about to be made."""
        rights = self.policy.permissions(viewer.roles).get(permission)
        if rights is None or (row is not None and row.tenant_id != viewer.tenant_id):
            return False
        if row is None:
            return bool(rights.allow) and "any" not in rights.deny
        return any(SCOPES[name].holds(viewer, row) for name in rights.allow) and not any(
            SCOPES[name].holds(viewer, row) for name in rights.deny
        )

    def rows(self, viewer: Viewer, permission: str, table: type[TenantTable]) -> ColumnElement[bool]:
        """The rows of the table for which the viewer holds the permission, as an SQL predicate."""
        rights = self.policy.permissions(viewer.roles).get(permission)
        if rights is None or not rights.allow:
            return false()
        predicates: list[ColumnElement[bool]] = [
            col(table.tenant_id) == viewer.tenant_id,
            or_(*(SCOPES[name].predicate(viewer, table) for name in sorted(rights.allow))),
        ]
        predicates += [not_(SCOPES[name].predicate(viewer, table)) for name in sorted(rights.deny)]
        return and_(*predicates)
