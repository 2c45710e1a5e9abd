"""Who holds which role."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index

from almoner.core.tables import TenantTable, instant, tenant_table


class RoleAssignment(TenantTable, table=True):
    """A subject holds a role from an instant, until another if one is set, for a reason that is kept."""

    __tablename__ = "role_assignment"
    __table_args__ = tenant_table(Index(None, "tenant_id", "subject_id"))

    subject_id: UUID
    role: str
    reason: str
    valid_from: datetime = instant()
    valid_until: datetime | None = instant(nullable=True)
