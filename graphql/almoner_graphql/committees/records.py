"""What is left of a meeting, in the schema: minutes, actions and referrals; and what people are told."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from almoner.authorization.permissions import Permission
from almoner.committees import tables
from almoner_graphql.committees.bodies import Party, party
from almoner_graphql.committees.enums import ActionStatus, MinutesStatus
from almoner_graphql.committees.session import OF_MEETINGS, Decision
from almoner_graphql.committees.sources import is_overdue, its, parts, seen_with, subject
from almoner_graphql.connection import Connection
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import computed, many, one, pages, reads
from almoner_graphql.planner.sources import SUBJECT, rows_of

if TYPE_CHECKING:
    from almoner_graphql.committees.meetings import AgendaItem, Meeting


@reads(tables.MinutesAmendment)
@strawberry.type(description="A change of a paragraph of minutes.")
class MinutesAmendment:
    """Read from `minutes_amendment`."""

    amended_by: strawberry.ID = computed(subject("amended_by"), description="Who changed it, as in `viewer`.")
    amended_at: datetime = strawberry.field(description="When.")
    was: str = strawberry.field(description="What stood there.")
    text: str = strawberry.field(description="What stood there after it.")
    reason: str = strawberry.field(description="Why.")


@reads(tables.MinutesEntry, view=Permission.MINUTES_ENTRY_VIEW)
@strawberry.type(description="A paragraph of minutes.")
class MinutesEntry(Node):
    """Read from `minutes_entry`."""

    position: int = strawberry.field(description="From 1, within the minutes.")
    item: Annotated[AgendaItem, strawberry.lazy(OF_MEETINGS)] | None = one(
        its(tables.AgendaItem, "item_id"), description="The agenda item; null for what is about the meeting as a whole."
    )
    heading: str = strawberry.field(description="What it is about.")
    text: str = strawberry.field(description="What is written down, with all amendments.")
    is_private: bool = strawberry.field(description="It is never published.")
    amendments: Connection[MinutesAmendment] | None = pages(
        rows_of(tables.MinutesAmendment, lambda entry, change: change.entry_id == entry.id),
        when=lambda entry, _given, permitted: permitted(Permission.MINUTES_ENTRY_AMENDMENTS_VIEW, entry),
        description="How it came to that. Needs `minutes_entry.amendments:view` for this entry; null otherwise.",
    )


@reads(tables.Minutes, view=Permission.MINUTES_VIEW)
@strawberry.type(description="The minutes of a meeting.")
class Minutes(Node):
    """Read from `minutes`."""

    meeting: Annotated[Meeting, strawberry.lazy(OF_MEETINGS)] | None = one(
        its(tables.Meeting, "meeting_id"), description="The meeting."
    )
    status: MinutesStatus = strawberry.field(description="Where they stand.")
    drafted_at: datetime = strawberry.field(description="When they were drafted from the records.")
    circulated_at: datetime | None = strawberry.field(description="When they were circulated; null before.")
    approved_at: datetime | None = strawberry.field(description="When a later meeting approved them; null before.")
    entries: list[MinutesEntry] = many(
        parts(tables.MinutesEntry, "minutes_id", order="position"), expect=30, description="What is written down."
    )


@reads(tables.ActionUpdate)
@strawberry.type(description="What was reported about an action.")
class ActionUpdate:
    """Read from `action_update`, and seen by who sees the action."""

    text: str = strawberry.field(description="What was reported.")
    status: ActionStatus = strawberry.field(description="Where it stood then.")
    reported_at: datetime = strawberry.field(description="When.")


@reads(tables.Action, view=Permission.ACTION_VIEW)
@strawberry.type(description="Something that somebody is to do, carried over to each next meeting until it is done.")
class Action(Node):
    """Read from `action`."""

    meeting: Annotated[Meeting, strawberry.lazy(OF_MEETINGS)] | None = one(
        its(tables.Meeting, "meeting_id"), description="The meeting that raised it."
    )
    item: Annotated[AgendaItem, strawberry.lazy(OF_MEETINGS)] | None = one(
        its(tables.AgendaItem, "item_id"), description="The item that it was raised on; null without one."
    )
    reference: str = strawberry.field(description="By the committee's scheme, for example `17-03-08`.")
    subject: str = strawberry.field(description="What is to be done.")
    owner: str = strawberry.field(description="Who is to do it.")
    status: ActionStatus = strawberry.field(description="Where it stands.")
    due_on: date = strawberry.field(description="The last day for it.")
    is_overdue: bool = computed(
        is_overdue,
        always=True,  # both columns are NOT NULL, and every tenant has a day
        description="It is open, and its last day is past by the agency's clocks.",
    )
    raised_on: date = strawberry.field(description="The day of the meeting that raised it.")
    closed_on: date | None = strawberry.field(description="The day on which it was done or dropped; null before.")
    updates: list[ActionUpdate] = many(
        parts(tables.ActionUpdate, "action_id", order="reported_at"),
        expect=5,
        description="What was reported, in time.",
    )


@reads(
    tables.Referral,
    view=Permission.REFERRAL_VIEW,
    # It is a row of the committee that has decided; the one that is asked reads it by a permission of its own.
    also=seen_with(tables.Committee, "to_id", Permission.REFERRAL_RECEIVE),
)
@strawberry.type(description="A decision that was referred to another committee, and the answer.")
class Referral(Node):
    """Read from `referral`."""

    from_committee: Party = party("committee_id", description="The committee that refers it.")
    to: Party = party("to_id", description="The committee that is asked.")
    decision: Decision | None = one(its(tables.Decision, "decision_id"), description="What was referred.")
    reason: str = strawberry.field(description="Why.")
    referred_at: datetime = strawberry.field(description="When.")
    answer: str | None = strawberry.field(description="The answer; null before.")
    answered_at: datetime | None = strawberry.field(description="When it came; null before.")


@reads(tables.CalendarFeed, visible=lambda feed, _permitted: feed.subject_id == SUBJECT)
@strawberry.type(description="The private address of somebody's calendar; the address itself is told once.")
class CalendarFeed(Node):
    """Read from `calendar_feed`."""

    shows_all: bool = strawberry.field(
        description="It shows all meetings that its holder may see, not only those of committees that they work with."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    closed_at: datetime | None = strawberry.field(description="Since when it answers nothing any more; null if open.")
