"""What mutations of minutes, actions and reminders answer."""

from __future__ import annotations

import strawberry

from almoner.committees import tables
from almoner_graphql.committees.records import Action, Minutes, MinutesEntry
from almoner_graphql.committees.tasks import Reminder
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.sources import given_row, no_rows
from almoner_graphql.problems import Problem

_PROBLEMS = "Why this was refused; empty if it was not."


@reads()
@strawberry.type(description="What became of a step in the life of minutes.")
class MinutesPayload:
    """The minutes, or problems."""

    minutes: Minutes | None = one(
        given_row(tables.Minutes, "minutes"), description="The minutes as they are now; null if this was refused."
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of a change of a paragraph of minutes.")
class MinutesEntryPayload:
    """The paragraph, or problems."""

    entry: MinutesEntry | None = one(
        given_row(tables.MinutesEntry, "entry"), description="The paragraph as it is now; null if this was refused."
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of raising an action, or of a report about one.")
class ActionPayload:
    """The action, or problems."""

    action: Action | None = one(
        given_row(tables.Action, "action"), description="The action as it is now; null if this was refused."
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `markReminderSeen`.")
class ReminderPayload:
    """The reminder, or problems."""

    reminder: Reminder | None = one(
        given_row(tables.Reminder, "reminder"), description="The reminder as it is now; null if this was refused."
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)
