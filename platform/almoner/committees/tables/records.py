"""What is left of a meeting: minutes, actions, referrals; and what people are told: calendars and reminders."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, Index, UniqueConstraint, Uuid
from sqlmodel import Field

from almoner.committees.status import MINUTES_MOVES, MinutesStatus
from almoner.committees.words import ActionStatus
from almoner.core.errors import Conflict
from almoner.core.tables import TenantTable, belongs_to, instant, tenant_table


class Minutes(TenantTable, table=True):
    """The minutes of a meeting: one for each, drafted from its records.

    `public_at`: since when everybody may know of them: their approval, for a public meeting.
    """

    __tablename__ = "minutes"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        UniqueConstraint("tenant_id", "meeting_id"),
        Index(None, "tenant_id", "committee_id", "status"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"

    committee_id: UUID
    meeting_id: UUID
    status: str = MinutesStatus.DRAFTED
    drafted_at: datetime = instant()
    circulated_at: datetime | None = instant(nullable=True)
    approved_at: datetime | None = instant(nullable=True)
    public_at: datetime | None = instant(nullable=True)

    def move_to(self, status: MinutesStatus) -> None:
        """Change the status.

        Raises:
            Conflict: the table of allowed moves does not lead there; approved minutes are frozen.
        """
        if status not in MINUTES_MOVES[MinutesStatus(self.status)]:
            raise Conflict(f"Minutes that are {self.status} cannot become {status}.", code="WRONG_STATUS")
        self.status = status


class MinutesEntry(TenantTable, table=True):
    """A paragraph of minutes, mostly about an agenda item.

    Attributes:
        item_id: null for what is about the meeting as a whole: attendance, opening, close.
        position: from 1, within the minutes.
        is_private: about a private item: never published.
        written_at: when the secretary last wrote it; null for what stands there as it was drafted.
    """

    __tablename__ = "minutes_entry"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("minutes_id", "minutes"),
        belongs_to("item_id", "agenda_item"),
        UniqueConstraint("tenant_id", "minutes_id", "position"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"
    barred_to: ClassVar[str | None] = "barred"

    committee_id: UUID
    minutes_id: UUID
    item_id: UUID | None = None
    position: int
    heading: str
    text: str
    is_private: bool = False
    written_at: datetime | None = instant(nullable=True)
    public_at: datetime | None = instant(nullable=True)
    barred: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))


class MinutesAmendment(TenantTable, table=True):
    """A change of a paragraph by somebody who attended, with what stood there before; never changed itself."""

    __tablename__ = "minutes_amendment"
    __table_args__ = tenant_table(
        belongs_to("entry_id", "minutes_entry"), Index(None, "tenant_id", "entry_id", "amended_at")
    )

    entry_id: UUID
    amended_by: UUID
    amended_at: datetime = instant()
    was: str
    text: str
    reason: str


class Action(TenantTable, table=True):
    """Something that somebody is to do, carried over to each next meeting until it is done.

    Attributes:
        meeting_id, item_id: where it was raised.
        reference: by the committee's scheme, for example `17-03-08`: year, month, agenda item. Several may share one.
        owner: who is to do it, as minutes name them.
        owner_id: that one's account, if there is one.
        status: one of `ActionStatus`.
        closed_on: the day on which it was done or dropped.
        public_at: since when everybody may know of it: the approval of the minutes, unless its item is private.
        barred: the accounts that are kept from its item, and so from it.
    """

    __tablename__ = "action"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        belongs_to("item_id", "agenda_item"),
        Index(None, "tenant_id", "committee_id", "id"),
        Index(None, "tenant_id", "committee_id", "status", "due_on", "id"),
        Index(None, "tenant_id", "committee_id", "due_on", "id"),
        Index(None, "tenant_id", "committee_id", "raised_on", "closed_on"),
        Index(None, "tenant_id", "meeting_id"),
        Index(None, "tenant_id", "owner_id", "status"),
    )
    assigned_to: ClassVar[str | None] = "owner_id"
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"
    barred_to: ClassVar[str | None] = "barred"

    committee_id: UUID
    meeting_id: UUID
    item_id: UUID | None = None
    reference: str
    subject: str
    owner: str
    owner_id: UUID | None = None
    status: str = ActionStatus.OPEN
    due_on: date
    raised_on: date
    closed_on: date | None = None
    public_at: datetime | None = instant(nullable=True)
    barred: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))


class ActionUpdate(TenantTable, table=True):
    """What was reported about an action; seen by who sees the action."""

    __tablename__ = "action_update"
    __table_args__ = tenant_table(
        belongs_to("action_id", "action"), Index(None, "tenant_id", "action_id", "reported_at")
    )

    action_id: UUID
    text: str
    status: str
    reported_by: UUID
    reported_at: datetime = instant()


class Referral(TenantTable, table=True):
    """A decision that was referred to a committee that has to do with it, and the answer.

    Attributes:
        to_id: the committee that is asked.
        barred: the accounts that are kept from the decision, and so from it.
    """

    __tablename__ = "referral"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("decision_id", "decision"),
        belongs_to("to_id", "committee"),
        Index(None, "tenant_id", "decision_id"),
        Index(None, "tenant_id", "to_id", "referred_at"),
        Index(None, "tenant_id", "committee_id", "referred_at"),
    )
    owned_by: ClassVar[str | None] = "committee_id"
    public_since: ClassVar[str | None] = "public_at"
    barred_to: ClassVar[str | None] = "barred"

    committee_id: UUID
    decision_id: UUID
    to_id: UUID
    reason: str
    referred_at: datetime = instant()
    answer: str | None = None
    answered_by: UUID | None = None
    answered_at: datetime | None = instant(nullable=True)
    public_at: datetime | None = instant(nullable=True)
    barred: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))


class CalendarFeed(TenantTable, table=True):
    """The private address of somebody's calendar.

    Attributes:
        digest: SHA-256 of the secret in the address, which is told once and stored nowhere.
        shows_all: it shows all meetings that they may see, not only those of committees that they work with.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "digest"), Index(None, "tenant_id", "subject_id", "created_at")
    )
    assigned_to: ClassVar[str | None] = "subject_id"

    subject_id: UUID
    digest: str
    shows_all: bool = False
    created_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)


class Reminder(TenantTable, table=True):
    """Somebody was reminded of something that is due; once for each of these.

    Attributes:
        kind: one of `ReminderKind`.
        paper_id: for what is about a paper.
    """

    __tablename__ = "reminder"
    __table_args__ = tenant_table(
        belongs_to("committee_id", "committee"),
        belongs_to("meeting_id", "meeting"),
        belongs_to("paper_id", "paper"),
        UniqueConstraint(
            "tenant_id", "subject_id", "kind", "meeting_id", "paper_id", postgresql_nulls_not_distinct=True
        ),
        Index(None, "tenant_id", "subject_id", "reminded_at"),
    )
    assigned_to: ClassVar[str | None] = "subject_id"

    committee_id: UUID
    meeting_id: UUID
    paper_id: UUID | None = None
    subject_id: UUID
    kind: str
    due_on: date
    reminded_at: datetime = instant()
    seen_at: datetime | None = instant(nullable=True)
