"""The two kinds of tables: global ones (few, each with a reason) and tenant ones."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, func
from sqlalchemy.types import TIMESTAMP
from sqlmodel import Field, SQLModel

from almoner.core.ids import new_id

SCHEMA = "almoner"

METADATA = MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    },
)

# sqlmodel reads `sa_type` classes; timestamptz everywhere, never a naive time.
INSTANT: Any = TIMESTAMP(timezone=True)


class GlobalTable(SQLModel):
    """A table that belongs to no tenant. Each is named with its reason in `tests/architecture/test_catalogue.py`."""

    metadata: ClassVar[MetaData] = METADATA


class TenantTable(SQLModel):
    """A row of one tenant: primary key `(tenant_id, id)`, guarded by row-level security.

    Four columns can be named for the scopes of grants (see `authorization/scopes.py`); without a name, no row of the
    table is in that scope.

    Attributes:
        assigned_to: the column with the subject whose row it is (`assigned`).
        owned_by: the column with the organization whose row it is (`own`).
        public_since: the column with the instant since when everybody may know of the row, null before (`public`).
        barred_to: the column with the subjects (uuid[]; never null, '{}' by default) that are kept from the row
            (`barred`): those with a conflict of interest.
    """

    metadata: ClassVar[MetaData] = METADATA
    assigned_to: ClassVar[str | None] = None
    owned_by: ClassVar[str | None] = None
    public_since: ClassVar[str | None] = None
    barred_to: ClassVar[str | None] = None

    tenant_id: UUID = Field(nullable=False)
    id: UUID = Field(default_factory=new_id, nullable=False)


def tenant_table(*constraints: Any) -> tuple[Any, ...]:
    """`__table_args__` of a tenant table: its key, its link to the tenant, and what else it needs."""
    return (
        PrimaryKeyConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id"], [f"{SCHEMA}.tenant.id"]),
        *constraints,
    )


def belongs_to(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key that carries the tenant, so that it cannot point across tenants."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{SCHEMA}.{table}.tenant_id", f"{SCHEMA}.{table}.id"])


def instant(*, nullable: bool = False) -> Any:
    """A timestamptz column."""
    if nullable:
        return Field(default=None, sa_type=INSTANT, nullable=True)
    return Field(sa_type=INSTANT, nullable=False)


def database_now() -> Any:
    """The database's clock at this moment, not at the transaction's begin, as an expression: it alone times jobs."""
    return func.clock_timestamp()
