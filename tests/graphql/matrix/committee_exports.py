"""Committees: exports."""

from __future__ import annotations

from tests.committees.building import make_chamber
from tests.graphql.matrix.world import EMPTY, NOBODY, NOT_FOUND, OWN, PROBLEMS, Row, World

from almoner.committees.calendar_feeds import create_calendar_feed
from almoner.core.ids import global_id

PREFIX = "exports-"
MEMBER, OTHER = f"{PREFIX}member1", f"{PREFIX}member2"


async def with_feed(world: World) -> None:
    """A member has a feed; a stranger is a member too, of another committee, and has none."""
    await make_chamber(world.tenant, prefix=PREFIX, members=2)
    if not world.ids:
        return
    feed, _ = await world.tenant.do(MEMBER, create_calendar_feed)
    world.ids["feed"] = global_id("CalendarFeed", feed.id)


ROWS: list[Row] = [
    Row(*("query", "calendarFeeds", "", "{ totalCount }"), *(MEMBER, OTHER, EMPTY, EMPTY), with_feed),
    Row(*("mutation", "createCalendarFeed", "", PROBLEMS), *(MEMBER, NOBODY, "DENIED", OWN), with_feed),
    Row(
        *("mutation", "closeCalendarFeed", "(id: $id)", PROBLEMS),
        *(MEMBER, OTHER, NOT_FOUND, NOT_FOUND),
        with_feed,
        about="feed",
    ),
]
