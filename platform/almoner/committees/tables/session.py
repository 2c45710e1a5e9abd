"""What happens in a meeting: who is there, conflicts of interest, quorum, votes, decisions and what they stand on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, Index, Numeric, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from almoner.core.tables import TenantTable, belongs_to, instant, tenant_table


class Attendance(TenantTable, table=True):
    """How an appointed person takes part in a meeting; one row for each of them.

    Attributes:
        apologies_at: when apologies were recorded; null without.
        substitute: the name of who sits in for them; null for nobody.
        substitute_id: that one's account.
        is_present: they are in the room now, or their substitute is; after the meeting: were at its end.
        public_at: since when everybody may know of it; null before a meeting is opened, and of one that is not public.
    """

    __tablename__ = "attendance"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        belongs_to("appointment_id", "appointment"),
        UniqueConstraint("tenant_id", "meeting_id", "appointment_id"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    meeting_id: UUID
    appointment_id: UUID
    apologies_at: datetime | None = instant(nullable=True)
    substitute: str | None = None
    substitute_id: UUID | None = None
    is_present: bool = False
    public_at: datetime | None = instant(nullable=True)


class AttendanceSpan(TenantTable, table=True):
    """A time that somebody was in the room: `[arrived_at, left_at)`; seen by who sees the attendance.

    Attributes:
        substitute, substitute_id: the name and the account of who was there instead; null if the holder was.
    """

    __tablename__ = "attendance_span"
    __table_args__ = tenant_table(
        belongs_to("attendance_id", "attendance"), Index(None, "tenant_id", "attendance_id", "arrived_at")
    )

    attendance_id: UUID
    arrived_at: datetime = instant()
    left_at: datetime | None = instant(nullable=True)
    substitute: str | None = None
    substitute_id: UUID | None = None


class QuorumChange(TenantTable, table=True):
    """The quorum was there, or was lost, at an instant of a meeting; the first is of its opening.

    Seen by who sees the meeting.

    Attributes:
        voting_members: how many were present.
        bodies: how many bodies they came from.
        lacking: what was lacking, in words; empty if nothing was.
    """

    __tablename__ = "quorum_change"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        Index(None, "tenant_id", "meeting_id", "at", "id"),
    )
    owned_by: ClassVar[str | None] = "committee_id"

    committee_id: UUID
    meeting_id: UUID
    at: datetime = instant()
    is_quorate: bool
    voting_members: int
    bodies: int
    lacking: list[str] = Field(default_factory=list, sa_type=JSONB)


class ConflictDeclaration(TenantTable, table=True):
    """Somebody has an interest in an agenda item; the chair rules what follows.

    Attributes:
        ruling: one of `ConflictRuling`; null until the chair rules. Until then the person does not vote on the item.
        barred: the accounts that are kept from its item, and so from it, but never who declares it.
    """

    __tablename__ = "conflict_declaration"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        belongs_to("item_id", "agenda_item"),
        belongs_to("appointment_id", "appointment"),
        UniqueConstraint("tenant_id", "item_id", "subject_id"),
        Index(None, "tenant_id", "meeting_id"),
    )
    assigned_to: ClassVar[str | None] = "subject_id"
    owned_by: ClassVar[str | None] = "committee_id"
    barred_to: ClassVar[str | None] = "barred"

    committee_id: UUID
    meeting_id: UUID
    item_id: UUID
    appointment_id: UUID
    subject_id: UUID
    text: str
    declared_at: datetime = instant()
    ruling: str | None = None
    ruled_by: UUID | None = None
    ruled_at: datetime | None = instant(nullable=True)
    barred: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))


class Vote(TenantTable, table=True):
    """A vote on a motion, in a meeting, about an agenda item.

    Attributes:
        majority: one of `Majority`: that of the rules when it is opened, or what the chair asked for beside it.
        majority_share: for `SHARE` and `WEIGHTED`: what share of the votes for and against must be for, as a fraction:
            `2/3`, which no decimal says.
        votes_for, votes_against, abstentions: weights if it is weighted, heads otherwise; null while it is open.
            Weights are rounded, as in ballots; the result is reckoned without.
        is_carried: null while it is open, or if it was closed without a quorum.
        lacking: what the quorum lacked when it was closed, in words; empty if nothing did.
    """

    __tablename__ = "vote"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        belongs_to("item_id", "agenda_item"),
        Index(None, "tenant_id", "item_id"),
        Index(None, "tenant_id", "meeting_id", "opened_at"),
        Index("vote_open_idx", "tenant_id", "meeting_id", postgresql_where=text("closed_at is null")),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"
    barred_to: ClassVar[str | None] = "barred"

    committee_id: UUID
    meeting_id: UUID
    item_id: UUID
    motion: str
    majority: str
    majority_share: str | None = None
    opened_by: UUID
    opened_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)
    votes_for: Decimal | None = Field(default=None, sa_type=Numeric)
    votes_against: Decimal | None = Field(default=None, sa_type=Numeric)
    abstentions: Decimal | None = Field(default=None, sa_type=Numeric)
    is_carried: bool | None = None
    lacking: list[str] = Field(default_factory=list, sa_type=JSONB)
    public_at: datetime | None = instant(nullable=True)
    barred: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))


class Ballot(TenantTable, table=True):
    """What one member voted: once for a seat, and once for a person.

    Attributes:
        choice: one of `BallotChoice`.
        weight: what it counted, see `weights.py`, to 12 decimal places; null until the vote is closed.
        barred: the accounts that are kept from its vote, and so from it, but never who cast it.
    """

    __tablename__ = "ballot"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        belongs_to("vote_id", "vote"),
        belongs_to("appointment_id", "appointment"),
        UniqueConstraint("tenant_id", "vote_id", "appointment_id"),
        UniqueConstraint("tenant_id", "vote_id", "subject_id"),
    )
    assigned_to: ClassVar[str | None] = "subject_id"
    owned_by: ClassVar[str | None] = "committee_id"
    barred_to: ClassVar[str | None] = "barred"

    committee_id: UUID
    meeting_id: UUID
    vote_id: UUID
    appointment_id: UUID
    subject_id: UUID
    choice: str
    weight: Decimal | None = Field(default=None, sa_type=Numeric)
    cast_at: datetime = instant()
    barred: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))


class Decision(TenantTable, table=True):
    """What a committee has decided.

    Attributes:
        number: from 1, in each committee.
        kind: one of `DecisionKind`.
        vote_id: the vote that carried it, and nothing else; null for what the chair declared by consensus.
        delegation_item_id: the delegation that it stands on; null for what needs none.
        amount: of the funds that it uses, in the delegation's currency; null if it uses none.
    """

    __tablename__ = "decision"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        belongs_to("item_id", "agenda_item"),
        belongs_to("vote_id", "vote"),
        belongs_to("delegation_item_id", "delegation_item"),
        UniqueConstraint("tenant_id", "committee_id", "number"),
        UniqueConstraint("tenant_id", "vote_id"),
        Index(None, "tenant_id", "committee_id", "decided_at", "id"),
        Index(None, "tenant_id", "meeting_id"),
        Index(None, "tenant_id", "item_id"),
        Index(None, "tenant_id", "delegation_item_id"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"
    barred_to: ClassVar[str | None] = "barred"

    committee_id: UUID
    meeting_id: UUID
    item_id: UUID
    number: int
    kind: str
    text: str
    vote_id: UUID | None = None
    delegation_item_id: UUID | None = None
    amount: Decimal | None = Field(default=None, sa_type=Numeric)
    declared_by: UUID
    decided_at: datetime = instant()
    public_at: datetime | None = instant(nullable=True)
    barred: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))


class DecisionBody(TenantTable, table=True):
    """A body that a decision binds, by its adoption of the delegation; seen by who sees the decision."""

    __tablename__ = "decision_body"
    __table_args__ = tenant_table(
        belongs_to("decision_id", "decision"),
        belongs_to("body_id", "organization"),
        belongs_to("adoption_id", "delegation_adoption"),
        UniqueConstraint("tenant_id", "decision_id", "body_id"),
    )

    decision_id: UUID
    body_id: UUID
    adoption_id: UUID | None = None


class CommitteeDelegation(TenantTable, table=True):
    """An entry of the register of delegations to a committee: a work-stream, and why decisions are asked for.

    Attributes:
        position: its number in the register.
        rationale: why the delegation is asked for.
        impact: what it means for local health economies.
        answer_by: the last day on which bodies are asked to say whether they delegate; null: no day was set.
        public_at: since when everybody may know of it; null in a committee that is not public.
    """

    __tablename__ = "committee_delegation"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"), UniqueConstraint("tenant_id", "committee_id", "position")
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    position: int
    workstream: str
    rationale: str
    impact: str
    answer_by: date | None = None
    proposed_by: UUID
    proposed_at: datetime = instant()
    public_at: datetime | None = instant(nullable=True)


class DelegationItem(TenantTable, table=True):
    """One kind of decision that bodies are asked to delegate; adopted body by body.

    Attributes:
        position: from 1, within its entry of the register.
        matter: one of `DelegatedMatter`.
        fund, limit_amount: for `USE_OF_FUNDS`: which fund, and up to how much, all decisions that stand on it together;
            null: no limit.
        withdrawn_at: since when the committee does not ask for it any more; nothing stood on it then.
        public_at: since when everybody may know of it; null in a committee that is not public.
    """

    __tablename__ = "delegation_item"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("delegation_id", "committee_delegation"),
        UniqueConstraint("tenant_id", "delegation_id", "position"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    delegation_id: UUID
    position: int
    matter: str
    text: str
    fund: str | None = None
    limit_amount: Decimal | None = Field(default=None, sa_type=Numeric)
    proposed_at: datetime = instant()
    withdrawn_at: datetime | None = instant(nullable=True)
    withdraw_reason: str | None = None
    public_at: datetime | None = instant(nullable=True)


class DelegationRefusal(TenantTable, table=True):
    """A body has decided not to delegate an item. It may adopt the item later all the same.

    Attributes:
        reference: of the body's own decision, for example the number in its minutes.
        public_at: since when everybody may know of it; null in a committee that is not public.
    """

    __tablename__ = "delegation_refusal"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("item_id", "delegation_item"),
        belongs_to("body_id", "organization"),
        Index(None, "tenant_id", "item_id", "body_id"),
    )
    owned_by: ClassVar[str | None] = "body_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    item_id: UUID
    body_id: UUID
    reference: str
    reason: str
    declined_by: UUID
    declined_at: datetime = instant()
    public_at: datetime | None = instant(nullable=True)


class DelegationAdoption(TenantTable, table=True):
    """A body has delegated an item, by a decision of its own, for the days `[begins_on, ends_on)`.

    Attributes:
        reference: of the body's own decision, for example the number in its minutes.
        decided_on: the day of that.
        withdrawn_at: the instant since when it does not delegate any more.
        public_at: since when everybody may know of it; null in a committee that is not public.
    """

    __tablename__ = "delegation_adoption"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("item_id", "delegation_item"),
        belongs_to("body_id", "organization"),
        Index(None, "tenant_id", "item_id", "body_id"),
        Index(None, "tenant_id", "body_id"),
    )
    owned_by: ClassVar[str | None] = "body_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    item_id: UUID
    body_id: UUID
    reference: str
    decided_on: date
    begins_on: date
    ends_on: date | None = None
    conditions: str | None = None
    adopted_by: UUID
    adopted_at: datetime = instant()
    withdrawn_at: datetime | None = instant(nullable=True)
    withdraw_reason: str | None = None
    public_at: datetime | None = instant(nullable=True)
