"""Registered operations, and the rules that ask for them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint

from almoner.core.tables import TenantTable, instant, tenant_table


class RegisteredOperation(TenantTable, table=True):
    """A GraphQL document that a client may send by its digest.

    Attributes:
        client_id: the account or service account whose requests may name it.
        digest: SHA-256 of the text's UTF-8, as 64 lower-case hex characters; the database holds it to that.
        text: the document, to the character; the application may not change it.
        name: for people in lists; empty if none was given.
        withdrawn_at: from then on it counts as not registered; registering the same text again takes this back.
    """

    __tablename__ = "registered_operation"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "client_id", "digest"),
        CheckConstraint("digest = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name="digest"),
    )
    assigned_to: ClassVar[str | None] = "client_id"

    client_id: UUID
    digest: str
    text: str
    name: str
    registered_at: datetime = instant()
    withdrawn_at: datetime | None = instant(nullable=True)


class OperationRule(TenantTable, table=True):
    """Whether a client, or the whole tenant where `client_id` is null, may send registered operations only."""

    __tablename__ = "operation_rule"
    __table_args__ = tenant_table(
        # Without it, two null rows would be two rules for the whole tenant.
        UniqueConstraint("tenant_id", "client_id", postgresql_nulls_not_distinct=True)
    )
    assigned_to: ClassVar[str | None] = "client_id"

    client_id: UUID | None = None
    registered_only: bool
