"""Organizations. People hold roles at them, and rows belong to them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint

from almoner.core.tables import TenantTable, instant, tenant_table


class Organization(TenantTable, table=True):
    """A party: `A0001`, an ACO; `NARBHA`, an RBHA.

    Attributes:
        kind: one of `authorization.document.OrganizationKind`.
        code: what people call it by; unique in the tenant, and the same for good.
        closed_at, closed_by, close_reason: set while it takes no part any more, and nobody holds a role there.
    """

    __tablename__ = "organization"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "code"),
        Index(None, "tenant_id", "kind", "code"),
        Index(None, "tenant_id", "name", "id"),
        Index(None, "tenant_id", "closed_at", "code"),
    )
    owned_by: ClassVar[str | None] = "id"

    kind: str
    code: str
    name: str
    closed_at: datetime | None = instant(nullable=True)
    closed_by: UUID | None = None
    close_reason: str | None = None
