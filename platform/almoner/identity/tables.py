"""Who can sign in: people (accounts) and machines (service accounts)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint

from almoner.core.tables import TenantTable, instant, tenant_table


class Account(TenantTable, table=True):
    """A person's account; the e-mail address is kept in lower case."""

    __tablename__ = "account"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "email"))

    email: str
    name: str
    password_hash: str
    disabled_at: datetime | None = instant(nullable=True)


class ServiceAccount(TenantTable, table=True):
    """A machine's account; the secret is shown once, when it is made, and kept hashed."""

    __tablename__ = "service_account"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "name"))

    name: str
    secret_hash: str
    disabled_at: datetime | None = instant(nullable=True)
