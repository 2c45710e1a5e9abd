"""Who holds which role, and the tenant's own part of the policy with all its versions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from almoner.core.tables import TenantTable, belongs_to, instant, tenant_table


class AssignmentKind(StrEnum):
    """How somebody came to a role."""

    GIVEN = "GIVEN"
    INVITED = "INVITED"
    DELEGATED = "DELEGATED"
    BREAK_GLASS = "BREAK_GLASS"
    APPOINTED = "APPOINTED"


class RoleAssignment(TenantTable, table=True):
    """A subject holds a role from an instant, until another if one is set, for a reason that is kept.

    Attributes:
        organization_id: where it is held; null: at the tenant.
        kind: how it came about.
        source_id: of a delegation, the delegator's own assignment: it holds only as long as that one does.
        assigned_by: who gave it.
        ended_at, ended_by, end_reason: set when it was taken away before its time.
    """

    __tablename__ = "role_assignment"
    __table_args__ = tenant_table(
        belongs_to("organization_id", "organization"),
        belongs_to("source_id", "role_assignment"),
        Index(None, "tenant_id", "subject_id", "id"),
        Index(None, "tenant_id", "organization_id", "id"),
        Index(None, "tenant_id", "source_id"),
        Index(None, "tenant_id", "assigned_by", "id"),
        Index(None, "tenant_id", "role", "id"),
        Index(None, "tenant_id", "kind", "id"),
        Index(None, "tenant_id", "valid_from", "id"),
    )
    owned_by: ClassVar[str | None] = "organization_id"
    assigned_to: ClassVar[str | None] = "subject_id"

    subject_id: UUID
    role: str
    reason: str
    valid_from: datetime = instant()
    valid_until: datetime | None = instant(nullable=True)
    organization_id: UUID | None = None
    kind: str = Field(default=AssignmentKind.GIVEN, sa_column_kwargs={"server_default": "GIVEN"})
    source_id: UUID | None = None
    assigned_by: UUID | None = None
    ended_at: datetime | None = instant(nullable=True)
    ended_by: UUID | None = None
    end_reason: str | None = None


class Invitation(TenantTable, table=True):
    """An assignment that waits for an account to take it up.

    Attributes:
        email: whom it is for, in lower case.
        valid_until: the end of the assignment to be.
        expires_at: until when it can be taken up.
    """

    __tablename__ = "invitation"
    __table_args__ = tenant_table(
        belongs_to("organization_id", "organization"),
        belongs_to("assignment_id", "role_assignment"),
        Index(None, "tenant_id", "email", "id"),
        Index(None, "tenant_id", "role", "id"),
        Index(None, "tenant_id", "organization_id", "id"),
        Index(None, "tenant_id", "invited_by", "id"),
        Index(None, "tenant_id", "expires_at", "id"),
    )
    owned_by: ClassVar[str | None] = "organization_id"

    email: str
    role: str
    organization_id: UUID | None = None
    reason: str
    invited_by: UUID
    invited_at: datetime = instant()
    valid_until: datetime | None = instant(nullable=True)
    expires_at: datetime = instant()
    withdrawn_at: datetime | None = instant(nullable=True)
    taken_up_at: datetime | None = instant(nullable=True)
    assignment_id: UUID | None = None


class BreakGlass(TenantTable, table=True):
    """Somebody took an emergency role for a time. Somebody else must say afterwards whether that was right.

    Attributes:
        assignment_id: the assignment that it made, which carries role, place and end.
        finding: what the review found; null as long as it is open.
    """

    __tablename__ = "break_glass"
    __table_args__ = tenant_table(
        belongs_to("assignment_id", "role_assignment"),
        Index(None, "tenant_id", "subject_id", "id"),
        Index(None, "tenant_id", "reviewed_at", "id"),
    )
    assigned_to: ClassVar[str | None] = "subject_id"

    subject_id: UUID
    assignment_id: UUID
    reason: str
    opened_at: datetime = instant()
    until_at: datetime = instant()
    reviewed_at: datetime | None = instant(nullable=True)
    reviewed_by: UUID | None = None
    justified: bool | None = None
    finding: str | None = None


class PolicyVersion(TenantTable, table=True):
    """One change of the tenant's policy; numbers count from 1 without gaps. Written once.

    Attributes:
        changes: what went and what came: `[{"op": "add" | "remove", "item": {"kind": …}}]`.
        restores: the number of the version whose content this one has, if it is a restoration.
    """

    __tablename__ = "policy_version"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "number"))

    number: int
    author_id: UUID
    reason: str
    created_at: datetime = instant()
    changes: list[dict[str, Any]] = Field(sa_type=JSONB)
    restores: int | None = None


class PolicyItem(TenantTable, table=True):
    """A role, grant, separation or assertion of the tenant's own, and the versions that it is part of.

    It is part of version N if `since_version <= N` and (`until_version` is null or `N < until_version`). Only
    `until_version` is ever written again, once.
    """

    __tablename__ = "policy_item"
    __table_args__ = tenant_table(
        Index(None, "tenant_id", "since_version"),
        Index("policy_item_now_key", "tenant_id", "key", unique=True, postgresql_where=text("until_version is null")),
    )

    kind: str
    key: str
    content: dict[str, Any] = Field(sa_type=JSONB)
    since_version: int
    until_version: int | None = None


class PolicyPreview(TenantTable, table=True):
    """A change that was looked at and not made yet.

    Attributes:
        base: the version that it was looked at from; it can be applied to no other.
        applied_version: the version that it became.
    """

    __tablename__ = "policy_preview"
    __table_args__ = tenant_table()

    base: int
    changes: list[dict[str, Any]] = Field(sa_type=JSONB)
    restores: int | None = None
    created_by: UUID
    created_at: datetime = instant()
    applied_version: int | None = None
