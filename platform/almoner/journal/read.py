"""Reading the journal."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col

from almoner.core.paging import Page, read_page
from almoner.core.scope import TenantScope
from almoner.journal.tables import JournalEntry


async def journal(
    scope: TenantScope, *, first: int | None, after: str | None, subject_id: UUID | None = None
) -> Page[JournalEntry]:
    """The journal's entries, newest first; of one subject if it is given.

    Raises:
        Denied: the viewer lacks `journal_entry:view`.
        Invalid: a bad page size or cursor.
    """
    scope.require("journal_entry:view")
    where = [scope.rows("journal_entry:view", JournalEntry)]
    if subject_id is not None:
        where.append(col(JournalEntry.subject_id) == subject_id)
    return await read_page(scope.session, JournalEntry, where=where, first=first, after=after, newest_first=True)
