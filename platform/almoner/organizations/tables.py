"""Organizations. People hold roles at them, and rows belong to them."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import UniqueConstraint

from almoner.core.tables import TenantTable, tenant_table


class Organization(TenantTable, table=True):
    """A party: `A0001`, an ACO; `NARBHA`, an RBHA.

    Attributes:
        kind: one of `authorization.document.OrganizationKind`.
        code: what people call it by; unique in the tenant.
    """

    __tablename__ = "organization"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "code"))
    owned_by: ClassVar[str | None] = "id"

    kind: str
    code: str
    name: str
