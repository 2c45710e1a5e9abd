"""Meetings, their agendas, papers with cover sheets, and questions from the public."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, Index, LargeBinary, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from almoner.committees.status import MEETING_MOVES, MeetingStatus
from almoner.core.errors import Conflict
from almoner.core.tables import TenantTable, belongs_to, instant, tenant_table

#: A recommendation that waits for an answer: `recommendation_answers` says the same of rows.
_OPEN = "withdrawn_at is null and (answer is null or answer = 'DEFERRED')"


class Meeting(TenantTable, table=True):
    """A meeting of a committee.

    Attributes:
        held_on: the day, in the tenant's time zone.
        starts_at: the instant.
        minutes_allotted: how long it is to last, in minutes.
        is_public: what is not is for administration and planning, and cannot decide on what its rules keep for public.
        urgent_reason: why notice came later than the rules say; null if it came in time.
        public_at: since when everybody may know of it; null for one that is not public, and before notice is given.
        formal_part_closed_at: since when only questions from the public are taken.
        is_quorate: whether it is now, while it is in session; null before and after.
        approved_in_id: the later meeting that approved its minutes.
        revision: how often what was planned has been changed.
        changed_at: when that was last; null if it never was.
    """

    __tablename__ = "meeting"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("approved_in_id", "meeting"),
        Index(None, "tenant_id", "committee_id", "id"),
        Index(None, "tenant_id", "committee_id", "starts_at", "id"),
        Index(None, "tenant_id", "starts_at", "id"),
        Index(None, "tenant_id", "status", "id"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    status: str = MeetingStatus.PLANNED
    title: str
    held_on: date
    starts_at: datetime = instant()
    minutes_allotted: int
    venue: str
    is_public: bool
    urgent_reason: str | None = None
    notice_given_at: datetime | None = instant(nullable=True)
    agenda_published_at: datetime | None = instant(nullable=True)
    public_at: datetime | None = instant(nullable=True)
    opened_at: datetime | None = instant(nullable=True)
    formal_part_closed_at: datetime | None = instant(nullable=True)
    closed_at: datetime | None = instant(nullable=True)
    is_quorate: bool | None = None
    cancelled_at: datetime | None = instant(nullable=True)
    cancel_reason: str | None = None
    approved_in_id: UUID | None = None
    revision: int = 0
    changed_at: datetime | None = instant(nullable=True)

    def move_to(self, status: MeetingStatus) -> None:
        """Change the status.

        Raises:
            Conflict: the table of allowed moves does not lead there.
        """
        if status not in MEETING_MOVES[MeetingStatus(self.status)]:
            raise Conflict(f"A meeting that is {self.status} cannot become {status}.", code="WRONG_STATUS")
        self.status = status


class AgendaItem(TenantTable, table=True):
    """An item of a meeting's agenda.

    Attributes:
        section: one of `AgendaSection`.
        position: from 1, within the meeting.
        number: by the committee's numbering scheme, for example `17708`; null for an item that has none.
        action, format: one of `AgendaAction`, `AgendaFormat`.
        matter: a code that the rules may keep for public meetings, for example `PROPOSAL_REVIEW`; null: none of those.
        is_private: never published, and members with a conflict that makes them leave do not see it.
        minutes_of_id: the earlier meeting whose minutes bring it; null: none do.
        reviews_actions: the action matrix brings it.
        carries_id: the item of an earlier meeting whose open recommendations it brings back; null: it brings none back.
        barred: the accounts that are kept from it.
        withdrawn_at: since when it is not on the agenda any more; only before the agenda is published.
    """

    __tablename__ = "agenda_item"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        belongs_to("minutes_of_id", "meeting"),
        belongs_to("carries_id", "agenda_item"),
        Index(None, "tenant_id", "carries_id"),
        Index(None, "tenant_id", "meeting_id", "position"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"
    barred_to: ClassVar[str | None] = "barred"

    committee_id: UUID
    meeting_id: UUID
    section: str
    position: int
    number: str | None = None
    title: str
    minutes_allotted: int | None = None
    owner: str
    action: str
    format: str
    matter: str | None = None
    is_private: bool = False
    minutes_of_id: UUID | None = None
    reviews_actions: bool = False
    carries_id: UUID | None = None
    withdrawn_at: datetime | None = instant(nullable=True)
    public_at: datetime | None = instant(nullable=True)
    barred: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))


class Paper(TenantTable, table=True):
    """A paper for an agenda item: its cover sheet, and the document that is attached.

    Everything of the cover sheet may be missing until publication; `cover_sheet.missing` says what is.

    Attributes:
        author_id: the account that writes it.
        purposes: a list of `PaperPurpose`.
        equality_impact, engagement, financial_implications: one of `Assessed`.
        delegation_item_id: what a decision that it asks for would stand on.
        asks_bodies: the bodies that such a decision is to bind, as ids; empty: all.
        document_id: the document that is attached.
    """

    __tablename__ = "paper"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        belongs_to("item_id", "agenda_item"),
        belongs_to("delegation_item_id", "delegation_item"),
        belongs_to("document_id", "paper_document"),
        Index(None, "tenant_id", "item_id"),
        Index(None, "tenant_id", "meeting_id"),
        Index(None, "tenant_id", "author_id"),
        Index(None, "tenant_id", "document_id"),
    )
    assigned_to: ClassVar[str | None] = "author_id"
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"
    barred_to: ClassVar[str | None] = "barred"

    committee_id: UUID
    meeting_id: UUID
    item_id: UUID
    author_id: UUID
    title: str
    dated_on: date | None = None
    lead_authors: list[str] = Field(default_factory=list, sa_type=JSONB)
    contributors: list[str] = Field(default_factory=list, sa_type=JSONB)
    purposes: list[str] = Field(default_factory=list, sa_type=JSONB)
    executive_summary: str | None = None
    next_steps: str | None = None
    equality_impact: str | None = None
    engagement: str | None = None
    financial_implications: str | None = None
    risk_identified: bool | None = None
    risk: str | None = None
    authorised_by: str | None = None
    delegation_item_id: UUID | None = None
    asks_bodies: list[str] = Field(default_factory=list, sa_type=JSONB)
    document_id: UUID | None = None
    withdrawn_at: datetime | None = instant(nullable=True)
    public_at: datetime | None = instant(nullable=True)
    barred: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))


class PaperDocument(TenantTable, table=True):
    """The document that is attached to a paper. Written once, never changed; the same file twice is one row.

    Attributes:
        digest: SHA-256 of the content, in hexadecimal.
    """

    __tablename__ = "paper_document"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        # Without the name, who brings a file again could not call it otherwise, and would learn what others call it.
        UniqueConstraint(
            "tenant_id", "committee_id", "digest", "name", "media_type", name="paper_document_same_file_key"
        ),
    )
    owned_by: ClassVar[str | None] = "committee_id"

    committee_id: UUID
    digest: str
    name: str
    media_type: str
    size: int
    content: bytes = Field(sa_type=LargeBinary)
    uploaded_by: UUID
    uploaded_at: datetime = instant()


class Recommendation(TenantTable, table=True):
    """What a paper recommends, one thing each, and what became of it.

    Attributes:
        position: from 1, within the paper.
        answer: one of `RecommendationAnswer`; null until a decision answers it.
        answer_text: as amended, or why not.
        withdrawn_at: since when the paper does not recommend it any more; only before the agenda is published.
    """

    __tablename__ = "recommendation"
    __table_args__ = tenant_table(
        belongs_to("paper_id", "paper"),
        belongs_to("decision_id", "decision"),
        UniqueConstraint("tenant_id", "paper_id", "position"),
        Index(None, "tenant_id", "decision_id"),
        Index("recommendation_open_idx", "tenant_id", "paper_id", postgresql_where=text(_OPEN)),
    )

    paper_id: UUID
    position: int
    text: str
    answer: str | None = None
    answer_text: str | None = None
    answered_at: datetime | None = instant(nullable=True)
    decision_id: UUID | None = None
    withdrawn_at: datetime | None = instant(nullable=True)


class PublicQuestion(TenantTable, table=True):
    """A question from the public to a meeting, and its answer.

    Attributes:
        asked: one of `QuestionAsked`.
        asked_by: the name that the asker gives.
    """

    __tablename__ = "public_question"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        Index(None, "tenant_id", "meeting_id", "asked_at"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    meeting_id: UUID
    asked: str
    asked_by: str
    text: str
    asked_at: datetime = instant()
    answer: str | None = None
    answered_at: datetime | None = instant(nullable=True)
    public_at: datetime | None = instant(nullable=True)
