"""Committees, the bodies that they are made of, seats and who holds them, terms of reference, exclusions, interests."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from almoner.core.tables import TenantTable, belongs_to, instant, tenant_table


class Committee(TenantTable, table=True):
    """A body that meets. It is an organization of the kind `COMMITTEE`, with the same id: roles are held at it.

    Attributes:
        kind: one of `CommitteeKind`.
        can_decide: it is a legal entity that decides; otherwise it notes, endorses, recommends and refers.
        public_at: since when everybody may know of it; null for a committee that is not public.
    """

    __tablename__ = "committee"
    __table_args__ = tenant_table(belongs_to("id", "organization"), Index(None, "tenant_id", "kind", "id"))
    owned_by: ClassVar[str | None] = "id"
    public_since: ClassVar[str | None] = "public_at"

    kind: str
    can_decide: bool
    public_at: datetime | None = instant(nullable=True)


class CommitteeRelation(TenantTable, table=True):
    """What a committee is to another organization: it reports to it, advises it, is scrutinised by it.

    Attributes:
        kind: one of `CommitteeRelationKind`.
        ended_at: since when it is so no more.
    """

    __tablename__ = "committee_relation"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("other_id", "organization"),
        Index(
            "committee_relation_now_key",
            "tenant_id",
            "committee_id",
            "kind",
            "other_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )
    owned_by: ClassVar[str | None] = "committee_id"

    committee_id: UUID
    kind: str
    other_id: UUID
    ended_at: datetime | None = instant(nullable=True)


class CommitteeBody(TenantTable, table=True):
    """An organization that is one of the bodies that a committee is made of, on the days `[since_on, until_on)`.

    `weight` counts in weighted votes.
    """

    __tablename__ = "committee_body"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("body_id", "organization"),
        Index(None, "tenant_id", "committee_id", "body_id"),
    )
    owned_by: ClassVar[str | None] = "committee_id"

    committee_id: UUID
    body_id: UUID
    weight: Decimal = Field(sa_type=Numeric)
    since_on: date
    until_on: date | None = None


class TermsOfReference(TenantTable, table=True):
    """A version of what a committee is for and of the rules that it works by.

    Attributes:
        number: from 1, in each committee.
        rules: the JSON that `rules.parse_rules` reads; rules are data, and these are the ones that count.
        in_force_at: since when; null while bodies have yet to approve it. The version in force is the one that came
            into force last.
        public_at: since when everybody may know of it; null for a draft, and in a committee that is not public.
    """

    __tablename__ = "terms_of_reference"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        UniqueConstraint("tenant_id", "committee_id", "number"),
        Index(None, "tenant_id", "committee_id", "in_force_at"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    number: int
    text: str
    rules: dict[str, Any] = Field(sa_type=JSONB)
    drafted_by: UUID
    drafted_at: datetime = instant()
    in_force_at: datetime | None = instant(nullable=True)
    public_at: datetime | None = instant(nullable=True)


class TermsApproval(TenantTable, table=True):
    """A body has approved a version of the terms of reference, by a decision of its own."""

    __tablename__ = "terms_approval"
    __table_args__ = tenant_table(
        belongs_to("terms_id", "terms_of_reference"),
        belongs_to("body_id", "organization"),
        UniqueConstraint("tenant_id", "terms_id", "body_id"),
    )
    owned_by: ClassVar[str | None] = "body_id"

    terms_id: UUID
    body_id: UUID
    approved_on: date
    reference: str
    recorded_by: UUID
    recorded_at: datetime = instant()


class Seat(TenantTable, table=True):
    """A category of seats of a committee.

    Attributes:
        minimum, maximum: how many people hold such a seat at a time; `maximum` null: as many as you like.
        vote: one of `SeatVote`.
        drawn_from: where holders come from, in words.
        stands_for: one of `SeatStandsFor`.
        role: one of `SeatRole`: the role at the committee that an appointment gives.
        closed_at: since when nobody is appointed to it any more.
    """

    __tablename__ = "seat"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"), UniqueConstraint("tenant_id", "committee_id", "title")
    )
    owned_by: ClassVar[str | None] = "committee_id"

    committee_id: UUID
    title: str
    minimum: int
    maximum: int | None = None
    vote: str
    drawn_from: str
    stands_for: str
    role: str
    closed_at: datetime | None = instant(nullable=True)


class Appointment(TenantTable, table=True):
    """Somebody holds a seat on the days `[begins_on, ends_on)`.

    Attributes:
        subject_id: the account.
        name: as minutes name the holder.
        body_id: the body that the holder comes from; null for somebody who comes from none.
        affiliations: what ties the holder to others, as codes that exclusions name, for example `FEDERAL_EMPLOYEE`.
        appointed_by: who did, in words: `Comptroller General`.
        assignment_id: the role assignment that it gave.
        ended_at, end_reason: set when it was ended before its time; `ends_on` is then the day of that.
        public_at: since when everybody may know of it; null in a committee that is not public.
    """

    __tablename__ = "appointment"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("seat_id", "seat"),
        belongs_to("subject_id", "account"),
        belongs_to("body_id", "organization"),
        belongs_to("assignment_id", "role_assignment"),
        Index(None, "tenant_id", "committee_id", "begins_on"),
        Index(None, "tenant_id", "seat_id"),
        Index(None, "tenant_id", "subject_id"),
    )
    assigned_to: ClassVar[str | None] = "subject_id"
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    seat_id: UUID
    subject_id: UUID
    name: str
    body_id: UUID | None = None
    affiliations: list[str] = Field(default_factory=list, sa_type=JSONB)
    begins_on: date
    ends_on: date | None = None
    appointed_by: str
    assignment_id: UUID
    ended_at: datetime | None = instant(nullable=True)
    end_reason: str | None = None
    public_at: datetime | None = instant(nullable=True)


class Exclusion(TenantTable, table=True):
    """A rule about who may not hold a seat of a committee.

    Attributes:
        kind: `AFFILIATION`: nobody with this affiliation; `VOTING_SEAT_ELSEWHERE`: nobody who holds a voting seat of
            the other committee at the same time, which bites there as well.
        seats: one of `ExcludedSeats`: which seats it keeps from.
        lifted_at: since when it does not count any more.
    """

    __tablename__ = "exclusion"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("other_id", "committee"),
        Index(None, "tenant_id", "committee_id"),
        Index(None, "tenant_id", "other_id"),
    )
    owned_by: ClassVar[str | None] = "committee_id"

    committee_id: UUID
    kind: str
    affiliation: str | None = None
    other_id: UUID | None = None
    seats: str = "VOTING"
    reason: str
    lifted_at: datetime | None = instant(nullable=True)


class Interest(TenantTable, table=True):
    """An entry of the standing register of interests: declared once, and true until it is ended."""

    __tablename__ = "interest"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        Index(None, "tenant_id", "committee_id", "declared_at"),
        Index(None, "tenant_id", "subject_id"),
    )
    assigned_to: ClassVar[str | None] = "subject_id"
    owned_by: ClassVar[str | None] = "committee_id"

    committee_id: UUID
    subject_id: UUID
    text: str
    declared_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
