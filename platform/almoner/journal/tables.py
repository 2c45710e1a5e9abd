"""The journal's rows: written once, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from almoner.core.tables import TenantTable, instant, tenant_table


class JournalEntry(TenantTable, table=True):
    """Somebody did something to something at an instant, within a request, under a policy version."""

    __tablename__ = "journal_entry"
    __table_args__ = tenant_table(
        Index(None, "tenant_id", "subject_id", "id"),
        Index(None, "tenant_id", "actor_id", "id"),
        Index(None, "tenant_id", "action", "id"),
        Index(None, "tenant_id", "at", "id"),
    )

    at: datetime = instant()
    actor_id: UUID
    actor_kind: str
    action: str
    subject_type: str
    subject_id: UUID
    request_id: str
    policy_version: str
    detail: dict[str, Any] = Field(sa_type=JSONB)
