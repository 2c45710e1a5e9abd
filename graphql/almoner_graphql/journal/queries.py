"""Reading the journal."""

from __future__ import annotations

import strawberry

from almoner.authorization.permissions import Permission
from almoner.journal import tables
from almoner_graphql.connection import Connection
from almoner_graphql.journal.types import JournalEntry
from almoner_graphql.planner.declare import pages
from almoner_graphql.planner.filters import IdFilter, InstantFilter, TextFilter
from almoner_graphql.planner.sources import all_rows


@strawberry.input(description="Which entries; what is not given or null means any.")
class JournalEntryFilter:
    """Columns of `journal_entry`."""

    subject: IdFilter | None = strawberry.field(default=None, description="What it was done to.")
    actor: IdFilter | None = strawberry.field(default=None, description="Who did it.")
    action: TextFilter | None = strawberry.field(default=None, description="What was done.")
    at: InstantFilter | None = strawberry.field(default=None, description="When.")


@strawberry.type(description="Queries about the journal.")
class JournalQueries:
    """Part of `Query`."""

    journal: Connection[JournalEntry] | None = pages(
        all_rows(tables.JournalEntry),
        newest_first=True,
        permission=Permission.JOURNAL_ENTRY_VIEW,
        filter=JournalEntryFilter,
        where={"subject": lambda entry: entry.subject_id, "actor": lambda entry: entry.actor_id},
        description="What was done, newest first. Needs `journal_entry:view`.",
    )
