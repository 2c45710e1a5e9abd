"""Meetings, their agendas and papers, in the schema."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from almoner.authorization.permissions import Permission
from almoner.committees import tables
from almoner_graphql.committees.bodies import Party
from almoner_graphql.committees.enums import (
    AgendaAction,
    AgendaFormat,
    AgendaSection,
    Assessed,
    MeetingStatus,
    PaperPurpose,
    QuestionAsked,
)
from almoner_graphql.committees.records import Action, Minutes
from almoner_graphql.committees.session import (
    Attendance,
    ConflictDeclaration,
    Decision,
    DelegationItem,
    QuorumChange,
    Recommendation,
    Vote,
)
from almoner_graphql.committees.sources import (
    AGENDA,
    PAPERS,
    RECOMMENDATIONS,
    action_matrix,
    agenda_minutes,
    asked_bodies,
    ends_at,
    its,
    missing_of,
    of_a_seen_paper,
    open_recommendations,
    parts,
)
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import computed, many, one, reads
from almoner_graphql.planner.sources import Row

if TYPE_CHECKING:
    from almoner_graphql.committees.committee import Committee


def _texts(column: str, *, description: str) -> list[str]:
    """A field with a list of texts in a jsonb column, which is never null."""

    def read(row: Row) -> object:
        return getattr(row, column)

    return computed(read, always=True, description=description)  # type: ignore[no-any-return]


@reads(tables.PaperDocument, visible=of_a_seen_paper)
@strawberry.type(description="The document that is attached to a paper: `GET /documents/{id}` gives its content.")
class PaperDocument(Node):
    """Read from `paper_document`, and seen by who sees the paper."""

    name: str = strawberry.field(description="Its file name.")
    media_type: str = strawberry.field(description="For example `application/pdf`.")
    size: int = strawberry.field(description="In bytes.")
    digest: str = strawberry.field(description="SHA-256 of its content, in hexadecimal.")
    uploaded_at: datetime = strawberry.field(description="When it was uploaded.")


@reads(tables.Paper, view=Permission.PAPER_VIEW)
@strawberry.type(description="A paper for an agenda item: its cover sheet, and the document that is attached.")
class Paper(Node):
    """Read from `paper`."""

    meeting: Annotated[Meeting, strawberry.lazy(__name__)] | None = one(
        its(tables.Meeting, "meeting_id"), description="The meeting that it is for."
    )
    item: Annotated[AgendaItem, strawberry.lazy(__name__)] | None = one(
        its(tables.AgendaItem, "item_id"), description="The item that it is for."
    )
    title: str = strawberry.field(description="Its title.")
    dated_on: date | None = strawberry.field(description="Its date.")
    lead_authors: list[str] = _texts("lead_authors", description="Who leads in writing it.")
    contributors: list[str] = _texts("contributors", description="Who contributes.")
    purposes: list[PaperPurpose] = computed(
        lambda paper: paper.purposes,
        always=True,  # the column is NOT NULL
        description="What it is for.",
    )
    executive_summary: str | None = strawberry.field(description="What it says, in short.")
    next_steps: str | None = strawberry.field(description="What is to come of it.")
    equality_impact: Assessed | None = strawberry.field(description="Equality impact and risk assessment completed.")
    engagement: Assessed | None = strawberry.field(description="Patient and public engagement completed.")
    financial_implications: Assessed | None = strawberry.field(description="Whether it has financial implications.")
    risk_identified: bool | None = strawberry.field(description="Whether a risk is identified.")
    risk: str | None = strawberry.field(description="Which; null without one.")
    authorised_by: str | None = strawberry.field(description="Who authorised it.")
    recommendations: list[Recommendation] = many(RECOMMENDATIONS, description="What it recommends.")
    delegation_item: DelegationItem | None = one(
        its(tables.DelegationItem, "delegation_item_id"),
        description="What a decision that it asks for would stand on; null if it needs nothing.",
    )
    asks_bodies: list[Party] = many(
        asked_bodies, description="The bodies that such a decision is to bind; none: all of the committee's."
    )
    missing: list[str] = computed(
        missing_of,
        always=True,  # an array of what is missing, which may be empty
        description="What it still lacks, by the names of fields here; its agenda is not published until nothing is.",
    )
    document: PaperDocument | None = one(
        its(tables.PaperDocument, "document_id"), description="The document that is attached; null while there is none."
    )


@reads(tables.AgendaItem, view=Permission.AGENDA_ITEM_VIEW)
@strawberry.type(description="An item of an agenda.")
class AgendaItem(Node):
    """Read from `agenda_item`."""

    meeting: Annotated[Meeting, strawberry.lazy(__name__)] | None = one(
        its(tables.Meeting, "meeting_id"), description="Whose agenda it is on."
    )
    section: AgendaSection = strawberry.field(description="Where it stands.")
    position: int = strawberry.field(description="Its place, within the meeting.")
    number: str | None = strawberry.field(description="By the committee's scheme, for example `17708`; null for none.")
    title: str = strawberry.field(description="What it is about.")
    minutes_allotted: int | None = strawberry.field(description="How long it may take, in minutes; null for nothing.")
    owner: str = strawberry.field(description="Who brings it.")
    action: AgendaAction = strawberry.field(description="What the committee is to do with it.")
    format: AgendaFormat = strawberry.field(description="How it is brought.")
    matter: str | None = strawberry.field(description="A code that rules may keep for public meetings; null for none.")
    is_private: bool = strawberry.field(description="It is never published.")
    minutes_of: Annotated[Meeting, strawberry.lazy(__name__)] | None = one(
        its(tables.Meeting, "minutes_of_id"), description="The earlier meeting whose minutes bring it; null for none."
    )
    reviews_actions: bool = strawberry.field(description="The meeting's action matrix brings it.")
    carries: Annotated[AgendaItem, strawberry.lazy(__name__)] | None = one(
        its(tables.AgendaItem, "carries_id"),
        description="The item of an earlier meeting whose open recommendations it brings back; null for none.",
    )
    papers: list[Paper] = many(PAPERS, expect=2, description="Its papers.")
    conflicts: list[ConflictDeclaration] = many(
        parts(tables.ConflictDeclaration, "item_id", order="declared_at"), expect=2, description="Who has an interest."
    )
    votes: list[Vote] = many(parts(tables.Vote, "item_id", order="opened_at"), expect=2, description="Its votes.")
    decisions: list[Decision] = many(
        parts(tables.Decision, "item_id", order="number"), expect=2, description="What was decided."
    )


@reads(tables.PublicQuestion, view=Permission.PUBLIC_QUESTION_VIEW)
@strawberry.type(description="A question from the public, and its answer.")
class PublicQuestion(Node):
    """Read from `public_question`."""

    asked: QuestionAsked = strawberry.field(description="When it was asked.")
    asked_by: str = strawberry.field(description="By whom.")
    text: str = strawberry.field(description="The question.")
    asked_at: datetime = strawberry.field(description="The instant that it was recorded.")
    answer: str | None = strawberry.field(description="The answer; null before.")
    answered_at: datetime | None = strawberry.field(description="When; null before.")


@reads(tables.Meeting, view=Permission.MEETING_VIEW)
@strawberry.type(description="A meeting of a committee.")
class Meeting(Node):
    """Read from `meeting`."""

    committee: Annotated[Committee, strawberry.lazy("almoner_graphql.committees.committee")] | None = one(
        its(tables.Committee, "committee_id"), description="Whose meeting it is."
    )
    status: MeetingStatus = strawberry.field(description="Where it stands.")
    title: str = strawberry.field(description="What it is called.")
    held_on: date = strawberry.field(description="The day, in the agency's time zone.")
    starts_at: datetime = strawberry.field(description="The instant.")
    minutes_allotted: int = strawberry.field(description="How long it is to last, in minutes.")
    ends_at: datetime = computed(
        ends_at,
        always=True,  # the sum of two columns that are NOT NULL
        description="When it ends, if it takes the time that is allotted to it.",
    )
    agenda_minutes: int = computed(
        agenda_minutes,
        asks=True,
        always=True,  # a coalesce of the sum
        description="The minutes that are allotted together to those items of `agenda` that are of its formal part.",
    )
    venue: str = strawberry.field(description="Where.")
    is_public: bool = strawberry.field(description="Everybody may attend, and read what is published.")
    urgent_reason: str | None = strawberry.field(description="Why notice came late; null if it came in time.")
    notice_given_at: datetime | None = strawberry.field(description="When notice was given; null before.")
    agenda_published_at: datetime | None = strawberry.field(description="When agenda and papers were; null before.")
    opened_at: datetime | None = strawberry.field(description="When it was opened; null before.")
    formal_part_closed_at: datetime | None = strawberry.field(
        description="Since when only questions from the public are taken; null before."
    )
    closed_at: datetime | None = strawberry.field(description="When it was closed; null before.")
    is_quorate: bool | None = strawberry.field(description="Whether it is now; null unless it is in session.")
    cancelled_at: datetime | None = strawberry.field(description="When it was called off; null if it was not.")
    cancel_reason: str | None = strawberry.field(description="Why.")
    revision: int = strawberry.field(description="How often its plan was changed; from notice on it is not any more.")
    changed_at: datetime | None = strawberry.field(description="When its plan was last changed; null if it never was.")
    agenda: list[AgendaItem] = many(AGENDA, expect=20, description="Its agenda.")
    questions: list[PublicQuestion] = many(
        parts(tables.PublicQuestion, "meeting_id", order="asked_at"), description="Questions from the public."
    )
    attendances: list[Attendance] = many(
        parts(tables.Attendance, "meeting_id"), expect=20, description="Who takes part, and how."
    )
    quorum_changes: list[QuorumChange] = many(
        parts(tables.QuorumChange, "meeting_id", order="at"), expect=5, description="The quorum, in time."
    )
    votes: list[Vote] = many(parts(tables.Vote, "meeting_id", order="opened_at"), description="Its votes.")
    decisions: list[Decision] = many(parts(tables.Decision, "meeting_id", order="number"), description="Its decisions.")
    minutes: Minutes | None = one(
        parts(tables.Minutes, "meeting_id"), description="Its minutes; null until they are drafted."
    )
    approved_in: Annotated[Meeting, strawberry.lazy(__name__)] | None = one(
        its(tables.Meeting, "approved_in_id"), description="The later meeting that approved its minutes; null before."
    )
    open_recommendations: list[Recommendation] = many(
        open_recommendations,
        as_seen=True,  # a meeting may be public, and a paper not
        description="What papers on its agenda recommend that has no answer yet, or was put off: DEFERRED.",
    )
    action_matrix: list[Action] = many(
        action_matrix,
        expect=20,
        description=(
            "The actions that it reviews: raised earlier and open, overdue ones first; then those that were closed "
            "since the committee's meeting before it. They are told as they are now, of a meeting that is over too; "
            "the instants of their updates say how they were then."
        ),
    )
    actions: list[Action] = many(
        parts(tables.Action, "meeting_id"), expect=10, description="The actions that it raised."
    )
