"""Reading committees."""

from __future__ import annotations

import strawberry

from almoner.committees import tables
from almoner_graphql.committees.committee import Committee
from almoner_graphql.committees.lists import CommitteeFilter, MeetingFilter, MeetingOrder
from almoner_graphql.committees.meetings import Meeting
from almoner_graphql.committees.records import CalendarFeed
from almoner_graphql.connection import Connection
from almoner_graphql.planner.declare import by_id, pages
from almoner_graphql.planner.sources import SUBJECT, all_rows, rows_of


@strawberry.type(description="Queries about committees.")
class CommitteeQueries:
    """Part of `Query`."""

    committee: Committee | None = by_id(
        description="A committee; null for an id that the viewer may not know of. Needs `committee:view`."
    )
    committees: Connection[Committee] = pages(
        all_rows(tables.Committee),
        filter=CommitteeFilter,
        description="The committees that the viewer may see (`committee:view`), as they were founded.",
    )
    meeting: Meeting | None = by_id(
        description="A meeting; null for an id that the viewer may not know of. Needs `meeting:view`."
    )
    meetings: Connection[Meeting] = pages(
        all_rows(tables.Meeting),
        newest_first=True,
        filter=MeetingFilter,
        orders=MeetingOrder,
        description="The meetings of all committees that the viewer may see (`meeting:view`).",
    )
    calendar_feeds: Connection[CalendarFeed] = pages(
        rows_of(tables.CalendarFeed, lambda _root, feed: feed.subject_id == SUBJECT),
        newest_first=True,
        description="The viewer's own calendar feeds, closed ones too, newest first. Needs nothing.",
    )
