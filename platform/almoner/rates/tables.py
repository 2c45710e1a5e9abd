"""Rate developments, their revisions, and the figures that were computed for each revision."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, Index, Integer, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from almoner.core.errors import Conflict
from almoner.core.tables import TenantTable, belongs_to, instant, tenant_table
from almoner.rates.status import ALLOWED, Status


class RateRules(TenantTable, table=True):
    """What the tenant's program administrators have set for its rates; one row, or none for the defaults.

    `change_limit`: a rate cell that rises or falls by more than this share needs a justification.
    """

    __tablename__ = "rate_rules"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id"))

    change_limit: Decimal = Field(sa_type=Numeric)


class RateDevelopment(TenantTable, table=True):
    """A set of capitation rates on its way from a package to published rates.

    `revision` is the number of the current one; older ones stay readable.
    """

    __tablename__ = "rate_development"
    __table_args__ = tenant_table(
        Index(None, "tenant_id", "status", "id"),
        Index(None, "tenant_id", "submitted_at", "id"),
        Index(None, "tenant_id", "name", "id"),
        Index(None, "tenant_id", "submitted_by", "id"),
    )
    assigned_to: ClassVar[str | None] = "submitted_by"
    public_since: ClassVar[str | None] = "published_at"

    name: str
    status: str = Status.DRAFT
    revision: int = 1
    submitted_by: UUID
    submitted_at: datetime = instant()
    certified_by: UUID | None = None
    certified_at: datetime | None = instant(nullable=True)
    published_at: datetime | None = instant(nullable=True)
    withdrawn_at: datetime | None = instant(nullable=True)
    withdrawal_reason: str | None = None

    def move_to(self, status: Status) -> None:
        """Change the status.

        Raises:
            Conflict: the table of allowed moves does not lead there.
        """
        if status not in ALLOWED[Status(self.status)]:
            raise Conflict(f"A {self.status} rate development cannot become {status}.", code="WRONG_STATUS")
        self.status = status


class RateRevision(TenantTable, table=True):
    """What was submitted, what the tie-out found, and the certification record of one revision.

    Attributes:
        package_digest: SHA-256 of the canonical package, in hexadecimal; NULL in a draft that waits for its package.
        tie_exact, tie_one_unit, tie_differs: counts of printed cells; NULL until calculated.
        findings: what no single cell shows, a list of `{code, message, detail}`.
        certification: reliance, limits of use, qualification and justifications, as certified.
    """

    __tablename__ = "rate_revision"
    __table_args__ = tenant_table(
        belongs_to("development_id", "rate_development"),
        UniqueConstraint("tenant_id", "development_id", "number"),
        Index(None, "tenant_id", "package_digest"),
    )

    development_id: UUID
    number: int
    package_digest: str | None = None
    submitted_by: UUID | None = None
    submitted_at: datetime | None = instant(nullable=True)
    unlock_reason: str | None = None
    calculated_at: datetime | None = instant(nullable=True)
    tie_exact: int | None = None
    tie_one_unit: int | None = None
    tie_differs: int | None = None
    findings: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB)
    certification: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class RatePackage(TenantTable, table=True):
    """The package of a revision as it was accepted, in its canonical form. Written once, never changed."""

    __tablename__ = "rate_package"
    __table_args__ = tenant_table(
        belongs_to("revision_id", "rate_revision"), UniqueConstraint("tenant_id", "revision_id")
    )

    revision_id: UUID
    content: dict[str, Any] = Field(sa_type=JSONB)


class RateFigure(TenantTable, table=True):
    """One figure of a revision, with where it came from.

    Attributes:
        ordinal: its place in the calculation, from 0; `inputs` are ordinals of the same revision.
        value: unrounded, to 40 significant digits.
        display: rounded as the exhibit shows it.
        printed, tie_out, repair, support: the printed cell that it was compared with, if there is one.
    """

    __tablename__ = "rate_figure"
    __table_args__ = tenant_table(
        belongs_to("revision_id", "rate_revision"),
        UniqueConstraint("tenant_id", "revision_id", "ordinal"),
    )

    revision_id: UUID
    ordinal: int
    exhibit: str
    rate_cell: str | None
    contractor: str | None
    line: str
    rate_column: str | None
    value: Decimal = Field(sa_type=Numeric)
    display: str
    formula: str
    inputs: list[int] = Field(sa_type=ARRAY(Integer))
    printed: str | None = None
    tie_out: str | None = None
    repair: str | None = None
    support: list[str] | None = Field(default=None, sa_type=ARRAY(Text))
