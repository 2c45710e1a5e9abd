"""What of a row decides whether a grant reaches it: four facts, whatever the table."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from almoner.core.tables import TenantTable
from almoner.core.viewer import Viewer


class Facts(NamedTuple):
    """A row, seen from a viewer.

    Attributes:
        organization_id: whose row it is, if it is an organization's.
        assigned: whether it names the viewer.
        public: whether everybody may know of it.
        barred: whether the viewer is kept from it.
    """

    organization_id: UUID | None = None
    assigned: bool = False
    public: bool = False
    barred: bool = False


def facts_of(viewer: Viewer, row: TenantTable) -> Facts:
    """The facts of a row, from the columns that its table names for them."""
    return Facts(
        None if row.owned_by is None else getattr(row, row.owned_by),
        row.assigned_to is not None and getattr(row, row.assigned_to) == viewer.subject_id,
        row.public_since is not None and getattr(row, row.public_since) is not None,
        row.barred_to is not None and viewer.subject_id in getattr(row, row.barred_to),
    )
