"""What people must do and are reminded of, in the schema."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from almoner.committees import tables
from almoner_graphql.committees.enums import CommitteeTaskKind, ReminderKind
from almoner_graphql.committees.meetings import Meeting, Paper
from almoner_graphql.committees.sources import MY_REMINDERS, its
from almoner_graphql.committees.sources import tasks as source_of_tasks
from almoner_graphql.connection import Connection
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import any_of, computed, one, pages, reads
from almoner_graphql.planner.filters import NullFilter
from almoner_graphql.planner.sources import SUBJECT, Asking


@reads()
@strawberry.type(description="Something that the viewer must do. It is gone as soon as it is done.")
class CommitteeTask:
    """Read from what `almoner.committees.tasks` selects, which has no table."""

    kind: CommitteeTaskKind = computed(
        lambda task: task.kind,
        always=True,  # a constant of each part of the select
        description="What is to be done.",
    )
    due_on: date | None = computed(lambda task: task.due_on, description="The last day for it; null if there is none.")
    title: str = computed(
        lambda task: task.title,
        always=True,  # `concat` of texts is never null
        description="The same in a line, for people.",
    )
    about: Node | None = any_of(
        "about_type", "about_id", description="What it is about; null if the viewer may not see that."
    )


@reads(tables.Reminder, visible=lambda reminder, _permitted: reminder.subject_id == SUBJECT)
@strawberry.type(description="The viewer was reminded of a last day.")
class Reminder(Node):
    """Read from `reminder`; everybody sees their own."""

    kind: ReminderKind = strawberry.field(description="What is due.")
    due_on: date = strawberry.field(description="The last day for it.")
    reminded_at: datetime = strawberry.field(description="When they were reminded.")
    seen_at: datetime | None = strawberry.field(description="When they said that they have seen it; null before.")
    meeting: Meeting | None = one(its(tables.Meeting, "meeting_id"), description="The meeting that it is due for.")
    paper: Paper | None = one(its(tables.Paper, "paper_id"), description="The paper that is due; null for none.")


@strawberry.input(description="Which reminders; what is not given or null means any.")
class ReminderFilter:
    """Columns of `reminder`."""

    seen_at: NullFilter | None = strawberry.field(default=None, description="Whether they were seen.")


@strawberry.type(description="Queries about what the viewer must do.")
class TaskQueries:
    """Part of `Query`."""

    tasks: Connection[CommitteeTask] = pages(
        Asking(source_of_tasks),
        key="place",
        description=(
            "What the viewer must do for committees and bodies: what is due first comes first, what has no last day "
            "comes last. Everybody asks for themselves."
        ),
    )
    reminders: Connection[Reminder] = pages(
        MY_REMINDERS,
        newest_first=True,
        filter=ReminderFilter,
        description="What the viewer was reminded of, the latest first.",
    )
