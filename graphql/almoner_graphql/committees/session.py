"""What happens in a meeting, in the schema: who is there, conflicts, quorum, votes, decisions; and delegations."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from almoner.authorization.permissions import Permission
from almoner.committees import tables
from almoner_graphql.authorization.states import state
from almoner_graphql.committees.bodies import OF_COMMITTEE, Appointment, Party, party
from almoner_graphql.committees.delegation_standing import (
    delegation_states,
    latest_adoption,
    member_bodies_of,
    refusals_that_stand,
    state_at_body,
)
from almoner_graphql.committees.enums import (
    BallotChoice,
    ConflictRuling,
    DecisionKind,
    DelegatedMatter,
    DelegationState,
    Majority,
    RecommendationAnswer,
)
from almoner_graphql.committees.sources import its, parts, seen_with, subject, told_by_decision
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import computed, many, one, reads
from almoner_graphql.planner.sources import SUBJECT, rows_of

if TYPE_CHECKING:
    from almoner_graphql.committees.committee import Committee
    from almoner_graphql.committees.meetings import AgendaItem, Meeting

#: Where `Meeting` and `AgendaItem` are, which these types lead back to.
OF_MEETINGS = "almoner_graphql.committees.meetings"
_WHOSE = "Whose appointment it is; null for who may not see appointments."


@reads(tables.AttendanceSpan)
@strawberry.type(description="A time that somebody was in the room.")
class AttendanceSpan:
    """Read from `attendance_span`, and seen by who sees the attendance."""

    arrived_at: datetime = strawberry.field(description="From when.")
    left_at: datetime | None = strawberry.field(description="Until when; null while they are there.")
    substitute: str | None = strawberry.field(description="Who was there instead; null if the holder was.")


@reads(tables.Attendance, view=Permission.ATTENDANCE_VIEW)
@strawberry.type(description="How somebody who is appointed takes part in a meeting.")
class Attendance(Node):
    """Read from `attendance`."""

    appointment: Appointment | None = one(its(tables.Appointment, "appointment_id"), description=_WHOSE)
    apologies_at: datetime | None = strawberry.field(description="When apologies were recorded; null without.")
    substitute: str | None = strawberry.field(description="Who sits in for them; null for nobody.")
    is_present: bool = strawberry.field(
        description="They, or their substitute, are in the room now; after the meeting: were at its end."
    )
    spans: list[AttendanceSpan] = many(
        parts(tables.AttendanceSpan, "attendance_id", order="arrived_at"), description="When they were in the room."
    )


@reads(tables.QuorumChange)
@strawberry.type(description="The quorum was there, or was lost.")
class QuorumChange:
    """Read from `quorum_change`, and seen by who sees the meeting."""

    at: datetime = strawberry.field(description="When.")
    is_quorate: bool = strawberry.field(description="Whether the meeting was quorate from then on.")
    voting_members: int = strawberry.field(description="How many voting members were present.")
    bodies: int = strawberry.field(description="From how many bodies they came.")
    lacking: list[str] = computed(
        lambda change: change.lacking,
        always=True,  # the column is NOT NULL
        description="What was lacking; empty if nothing was.",
    )


@reads(tables.ConflictDeclaration, view=Permission.CONFLICT_DECLARATION_VIEW)
@strawberry.type(description="Somebody has an interest in an agenda item.")
class ConflictDeclaration(Node):
    """Read from `conflict_declaration`."""

    subject: strawberry.ID = computed(subject("subject_id"), description="Who, as in `viewer`.")
    appointment: Appointment | None = one(its(tables.Appointment, "appointment_id"), description=_WHOSE)
    item: Annotated[AgendaItem, strawberry.lazy(OF_MEETINGS)] | None = one(
        its(tables.AgendaItem, "item_id"), description="The item."
    )
    text: str = strawberry.field(description="The interest.")
    declared_at: datetime = strawberry.field(description="When it was declared.")
    ruling: ConflictRuling | None = strawberry.field(
        description="What the chair lets them do; null until the chair rules, and they do not vote until then."
    )
    ruled_at: datetime | None = strawberry.field(description="When the chair ruled; null before.")


@reads(tables.Ballot, view=Permission.BALLOT_VIEW)
@strawberry.type(description="What somebody voted.")
class Ballot(Node):
    """Read from `ballot`."""

    appointment: Appointment | None = one(its(tables.Appointment, "appointment_id"), description=_WHOSE)
    choice: BallotChoice = strawberry.field(description="What they voted.")
    weight: Decimal | None = strawberry.field(
        description="What it counted, to 12 decimal places; null until the vote is closed."
    )
    cast_at: datetime = strawberry.field(description="When.")


@reads(tables.Vote, view=Permission.VOTE_VIEW)
@strawberry.type(description="A vote on a motion.")
class Vote(Node):
    """Read from `vote`."""

    item: Annotated[AgendaItem, strawberry.lazy(OF_MEETINGS)] | None = one(
        its(tables.AgendaItem, "item_id"), description="The item that it is about."
    )
    motion: str = strawberry.field(description="What is voted on.")
    majority: Majority = strawberry.field(description="How many votes carry it.")
    majority_share: str | None = strawberry.field(
        description="What share must be for it, as a fraction: `2/3`; null if none is asked."
    )
    opened_at: datetime = strawberry.field(description="When it was opened.")
    closed_at: datetime | None = strawberry.field(description="When it was closed; null while it is open.")
    votes_for: Decimal | None = strawberry.field(description="How many were for it, or their weight; null while open.")
    votes_against: Decimal | None = strawberry.field(description="How many were against it; null while open.")
    abstentions: Decimal | None = strawberry.field(description="How many abstained; null while open.")
    is_carried: bool | None = strawberry.field(
        description="Whether it was carried; null while it is open, or if it was closed without a quorum."
    )
    lacking: list[str] = computed(
        lambda vote: vote.lacking,
        always=True,  # the column is NOT NULL
        description="What the quorum lacked when it was closed, and why it has no result then; empty if nothing did.",
    )
    my_ballot: Ballot | None = one(
        rows_of(tables.Ballot, lambda vote, ballot: (ballot.vote_id == vote.id, ballot.subject_id == SUBJECT)),
        description="What the viewer voted; null if nothing.",
    )
    ballots: list[Ballot] = many(
        parts(tables.Ballot, "vote_id", order="cast_at"),
        expect=20,
        description="What was voted, as far as the viewer may see it (`ballot:view`).",
    )


@reads(
    tables.DelegationAdoption,
    view=Permission.COMMITTEE_DELEGATION_VIEW,
    # It is the body's row; it is of the committee's register, too.
    also=seen_with(tables.Committee, "committee_id", Permission.COMMITTEE_DELEGATION_VIEW),
)
@strawberry.type(description="A body delegates something to a committee, by a decision of its own.")
class DelegationAdoption(Node):
    """Read from `delegation_adoption`."""

    body: Party = party("body_id", description="The body.")
    reference: str = strawberry.field(description="Where its decision is written down.")
    decided_on: date = strawberry.field(description="The day of its decision.")
    begins_on: date = strawberry.field(description="The first day on which it delegates.")
    ends_on: date | None = strawberry.field(description="The first day on which it does not any more; null if open.")
    conditions: str | None = strawberry.field(description="Under which conditions; null for none.")
    state: DelegationState = computed(state(delegation_states), description="Where it stands today.")
    adopted_at: datetime = strawberry.field(description="When this was recorded.")
    withdrawn_at: datetime | None = strawberry.field(description="Since when it is withdrawn; null if it is not.")
    withdraw_reason: str | None = strawberry.field(description="Why.")


@reads(
    tables.DelegationRefusal,
    view=Permission.COMMITTEE_DELEGATION_VIEW,
    also=seen_with(tables.Committee, "committee_id", Permission.COMMITTEE_DELEGATION_VIEW),
)
@strawberry.type(description="A body has decided not to delegate something to a committee.")
class DelegationRefusal(Node):
    """Read from `delegation_refusal`."""

    body: Party = party("body_id", description="The body.")
    reference: str = strawberry.field(description="Where its decision is written down.")
    reason: str = strawberry.field(description="Why.")
    declined_at: datetime = strawberry.field(description="When this was recorded.")


@reads()
@strawberry.type(description="Where an item of the register stands at a member body.")
class DelegationStanding:
    """Read from `committee_body` beside `delegation_item`; seen by who sees the item."""

    body: Party = party("body_id", description="The body.")
    state: DelegationState = computed(state_at_body, description="Where it stands there today.")
    adoption: DelegationAdoption | None = one(
        latest_adoption, description="The adoption that says so: the one in force, or the last one; null without any."
    )
    refusal: DelegationRefusal | None = one(
        refusals_that_stand, description="The refusal that says so; null unless the body has declined."
    )


@reads(tables.DelegationItem, view=Permission.COMMITTEE_DELEGATION_VIEW)
@strawberry.type(description="One kind of decision that bodies are asked to delegate.")
class DelegationItem(Node):
    """Read from `delegation_item`."""

    position: int = strawberry.field(description="From 1, within its entry of the register.")
    matter: DelegatedMatter = strawberry.field(description="Which decisions.")
    text: str = strawberry.field(description="The decisions, in words.")
    fund: str | None = strawberry.field(description="Which fund may be used; null if it is not about funds.")
    limit_amount: Decimal | None = strawberry.field(
        description="Up to how much, all decisions that stand on it together; null: no limit."
    )
    withdrawn_at: datetime | None = strawberry.field(
        description="Since when the committee does not ask for it any more; null if it does."
    )
    withdraw_reason: str | None = strawberry.field(description="Why.")
    delegation: Annotated[CommitteeDelegation, strawberry.lazy(__name__)] | None = one(
        its(tables.CommitteeDelegation, "delegation_id"), description="Its entry of the register."
    )
    adoptions: list[DelegationAdoption] = many(
        parts(tables.DelegationAdoption, "item_id", order="adopted_at"), description="Which bodies have adopted it."
    )
    standing: list[DelegationStanding] = many(
        member_bodies_of, description="Where it stands at each body that the committee is made of today."
    )


@reads(tables.CommitteeDelegation, view=Permission.COMMITTEE_DELEGATION_VIEW)
@strawberry.type(description="An entry of the register of delegations to a committee.")
class CommitteeDelegation(Node):
    """Read from `committee_delegation`."""

    committee: Annotated[Committee, strawberry.lazy(OF_COMMITTEE)] | None = one(
        its(tables.Committee, "committee_id"), description="The committee that is to decide."
    )
    position: int = strawberry.field(description="Its number in the register.")
    workstream: str = strawberry.field(description="The work-stream that it is for.")
    rationale: str = strawberry.field(description="Why it is asked for.")
    impact: str = strawberry.field(description="What it means locally.")
    answer_by: date | None = strawberry.field(
        description="The last day on which bodies are asked to say whether they delegate; null if none was set."
    )
    proposed_at: datetime = strawberry.field(description="When it was entered.")
    items: list[DelegationItem] = many(
        parts(tables.DelegationItem, "delegation_id", order="position"), description="Which decisions."
    )


@reads(tables.DecisionBody)
@strawberry.type(description="A body that a decision binds.")
class DecisionBody:
    """Read from `decision_body`, and seen by who sees the decision."""

    body: Party = party("body_id", description="The body.")
    adoption: DelegationAdoption | None = one(
        its(tables.DelegationAdoption, "adoption_id"), description="By which it has delegated; null if it needed none."
    )


@reads(tables.Recommendation, visible=seen_with(tables.Paper, "paper_id", Permission.PAPER_VIEW))
@strawberry.type(description="One thing that a paper recommends, and what became of it.")
class Recommendation(Node):
    """Read from `recommendation`."""

    position: int = strawberry.field(description="From 1, within the paper.")
    text: str = strawberry.field(description="What is recommended.")
    answer: RecommendationAnswer | None = computed(
        told_by_decision("answer"),
        asks=True,
        description="What became of it; null until a decision that the viewer may see answers it.",
    )
    answer_text: str | None = computed(
        told_by_decision("answer_text"), asks=True, description="As amended, or why not; null as `answer`."
    )
    answered_at: datetime | None = computed(
        told_by_decision("answered_at"), asks=True, description="When; null as `answer`."
    )


@reads(tables.Decision, view=Permission.DECISION_VIEW)
@strawberry.type(description="What a committee has decided.")
class Decision(Node):
    """Read from `decision`."""

    number: int = strawberry.field(description="From 1, in each committee.")
    meeting: Annotated[Meeting, strawberry.lazy(OF_MEETINGS)] | None = one(
        its(tables.Meeting, "meeting_id"), description="The meeting that took it."
    )
    item: Annotated[AgendaItem, strawberry.lazy(OF_MEETINGS)] | None = one(
        its(tables.AgendaItem, "item_id"), description="The item that it was taken on."
    )
    kind: DecisionKind = strawberry.field(description="What the committee does by it.")
    text: str = strawberry.field(description="What is decided.")
    amount: Decimal | None = strawberry.field(description="Of funds that it uses; null if it uses none.")
    decided_at: datetime = strawberry.field(description="When the chair declared it.")
    vote: Vote | None = one(
        its(tables.Vote, "vote_id"), description="The vote that carried it; null if it was declared by consensus."
    )
    answers: list[Recommendation] = many(
        parts(tables.Recommendation, "decision_id", order="position"),
        as_seen=True,  # a decision may be public, and the paper not
        description="The recommendations that it answers, of papers that the viewer may see.",
    )
    delegation_item: DelegationItem | None = one(
        its(tables.DelegationItem, "delegation_item_id"), description="What it stands on; null if it needs nothing."
    )
    bodies: list[DecisionBody] = many(
        parts(tables.DecisionBody, "decision_id", order="body_id"), description="The bodies that it binds."
    )
