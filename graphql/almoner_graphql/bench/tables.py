"""The tables of the read benchmark: organizations, their documents, the signatures on those.

They are in no migration. Whoever imports this module adds them to the metadata of its process, so only the programs of
the benchmark do.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlmodel import Field

import almoner.tenancy.tables  # noqa: F401  (every tenant table refers to it)
from almoner.core.tables import TenantTable, belongs_to, instant, tenant_table


class BenchOrganization(TenantTable, table=True):
    """A party of a program, such as an ACO. `savings` is in dollars; NULL until a year is settled."""

    __tablename__ = "bench_organization"
    __table_args__ = tenant_table()

    name: str
    kind: str
    status: str
    enrolled_on: date
    savings: Decimal | None = Field(default=None, sa_type=Numeric)
    contact: str | None = None
    updated_at: datetime = instant()


class BenchDocument(TenantTable, table=True):
    """Something that an organization has to sign. `amount` is in dollars; NULL where no money is at stake."""

    __tablename__ = "bench_document"
    __table_args__ = tenant_table(
        belongs_to("organization_id", "bench_organization"), Index(None, "tenant_id", "organization_id")
    )

    organization_id: UUID
    title: str
    kind: str
    status: str
    due_on: date
    amount: Decimal | None = Field(default=None, sa_type=Numeric)
    submitted_at: datetime | None = instant(nullable=True)


class BenchSignature(TenantTable, table=True):
    """A signature that a document needs; `signed_at` is NULL until it is there."""

    __tablename__ = "bench_signature"
    __table_args__ = tenant_table(belongs_to("document_id", "bench_document"), Index(None, "tenant_id", "document_id"))

    document_id: UUID
    signer: str
    role: str
    status: str
    signed_at: datetime | None = instant(nullable=True)
    remark: str | None = None
