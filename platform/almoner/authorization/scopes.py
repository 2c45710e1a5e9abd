"""Scopes: which rows a grant is about. Each has one definition, which yields an SQL and a Python predicate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, true

from almoner.core.scope import Viewer
from almoner.core.tables import TenantTable


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of rows, seen from a viewer.

    Attributes:
        predicate: the rows of a table in the scope, for SQL.
        holds: whether this row is in the scope.
    """

    name: str
    predicate: Callable[[Viewer, type[TenantTable]], ColumnElement[bool]]
    holds: Callable[[Viewer, TenantTable], bool]


def _assigned_predicate(viewer: Viewer, table: type[TenantTable]) -> ColumnElement[bool]:
    if table.assigned_to is None:
        return false()
    column: Any = getattr(table, table.assigned_to)
    return column == viewer.subject_id  # type: ignore[no-any-return]


def _assigned_holds(viewer: Viewer, row: TenantTable) -> bool:
    return row.assigned_to is not None and getattr(row, row.assigned_to) == viewer.subject_id


SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        # All rows of the tenant.
        Scope("any", lambda viewer, table: true(), lambda viewer, row: True),
        # Rows that name the subject, in the column that the table says.
        Scope("assigned", _assigned_predicate, _assigned_holds),
    )
}
