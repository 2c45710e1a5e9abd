"""Reading the journal."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from almoner.authorization.permissions import Permission
from almoner.core.errors import NotFound
from almoner.core.ids import split_global_id
from almoner.core.paging import Page
from almoner.journal import read, tables
from almoner_graphql.connection import After, Connection, First, connection
from almoner_graphql.context import Info
from almoner_graphql.fields import resolved
from almoner_graphql.journal.types import JournalEntry
from almoner_graphql.planner.declare import ROOTS, Pages, all_rows

#: No row has this id; a broken id of a subject finds as much as an unknown one.
_NOTHING = UUID(int=0)


ROOTS["journal"] = Pages(
    all_rows(tables.JournalEntry),
    newest_first=True,
    slow=frozenset({"subject"}),
    permission=Permission.JOURNAL_ENTRY_VIEW,
)


@strawberry.type(description="Queries about the journal.")
class JournalQueries:
    """Part of `Query`."""

    @resolved(description="What was done, newest first. Needs `journal_entry:view`.")
    async def journal(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        subject: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only what was done to this thing.")
        ] = None,
    ) -> Connection[JournalEntry] | None:
        subject_id = None
        if subject is not None:
            try:
                subject_id = split_global_id(subject)[1]
            except NotFound:
                subject_id = _NOTHING
        page: Page[tables.JournalEntry] = await info.context.read(
            read.journal, first=first, after=after, subject_id=subject_id
        )
        return connection(page, JournalEntry.of, after=after)
