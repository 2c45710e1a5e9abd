"""Scopes: which rows a grant is about. Each has one definition, which yields an SQL and a Python predicate.

A column without a value puts the row outside of the scope. In SQL the comparison is then null, which excludes a row
where it stands for an allowing grant; where it stands for a refusing one, `refused` says false instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Uuid, any_, false, func, literal, not_, true
from sqlalchemy.dialects.postgresql import ARRAY

from almoner.authorization.facts import Facts
from almoner.core.tables import TenantTable
from almoner.core.viewer import Viewer

Roles = frozenset[str]
_UUIDS: Any = ARRAY(Uuid)


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of rows, seen from a viewer.

    Attributes:
        predicate: the rows of a table in the scope, for SQL. The roles are those that give the scope `own`.
        holds: whether a row with these facts is in the scope.
    """

    name: str
    predicate: Callable[[Viewer, type[TenantTable], Roles], ColumnElement[bool]]
    holds: Callable[[Viewer, Facts, Roles], bool]


def refused(predicate: ColumnElement[bool]) -> ColumnElement[bool]:
    """Not in the scope, also where a column without a value leaves the comparison open."""
    return not_(func.coalesce(predicate, false()))


def _assigned_predicate(viewer: Viewer, table: type[TenantTable], _roles: Roles) -> ColumnElement[bool]:
    if table.assigned_to is None:
        return false()
    column: Any = getattr(table, table.assigned_to)
    return column == viewer.subject_id  # type: ignore[no-any-return]


def _own_predicate(viewer: Viewer, table: type[TenantTable], roles: Roles) -> ColumnElement[bool]:
    if table.owned_by is None:
        return false()
    column: Any = getattr(table, table.owned_by)
    organizations = viewer.organizations(roles)
    values = literal(organizations, _UUIDS) if isinstance(organizations, list) else organizations
    return column == any_(values)  # type: ignore[no-any-return]


def _own_holds(viewer: Viewer, facts: Facts, roles: Roles) -> bool:
    organization, places = facts.organization_id, viewer.places
    return organization is not None and any(organization in places.get(role, ()) for role in roles)


def _public_predicate(_viewer: Viewer, table: type[TenantTable], _roles: Roles) -> ColumnElement[bool]:
    if table.public_since is None:
        return false()
    column: Any = getattr(table, table.public_since)
    return column.is_not(None)  # type: ignore[no-any-return]


def _barred_predicate(viewer: Viewer, table: type[TenantTable], _roles: Roles) -> ColumnElement[bool]:
    if table.barred_to is None:
        return false()
    column: Any = getattr(table, table.barred_to)
    return any_(column) == viewer.subject_id


SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        # All rows of the tenant.
        Scope("any", lambda viewer, table, roles: true(), lambda viewer, facts, roles: True),
        # Rows of the organizations at which a role that gives this scope is held.
        Scope("own", _own_predicate, _own_holds),
        # Rows that name the subject.
        Scope("assigned", _assigned_predicate, lambda viewer, facts, roles: facts.assigned),
        # Rows that everybody may know of.
        Scope("public", _public_predicate, lambda viewer, facts, roles: facts.public),
        # Rows that the subject is kept from, for grants that refuse.
        Scope("barred", _barred_predicate, lambda viewer, facts, roles: facts.barred),
    )
}
