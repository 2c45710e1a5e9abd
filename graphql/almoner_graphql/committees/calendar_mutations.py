"""Private addresses of one's own calendar."""

from __future__ import annotations

from typing import Annotated

import strawberry

from almoner.committees import calendar_feeds, tables
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.committees.records import CalendarFeed
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.executor import reading
from almoner_graphql.planner.sources import given_row, no_rows
from almoner_graphql.problems import Problem, attempt

_PROBLEMS = "Why it was refused; empty if it was not."


@strawberry.type(description="What became of `createCalendarFeed`.")
class CreateCalendarFeedPayload:
    """An address, or problems."""

    calendar_feed: CalendarFeed | None = strawberry.field(description="The new one; null if it was refused.")
    address: str | None = strawberry.field(
        description=(
            "For a calendar program, behind the address of this API: `/calendars/….ics`. Whoever knows it sees the "
            "calendar; shown this once."
        )
    )
    problems: list[Problem] = strawberry.field(description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of a change of a calendar feed.")
class CalendarFeedPayload:
    """The feed as it is now, or problems."""

    calendar_feed: CalendarFeed | None = one(
        given_row(tables.CalendarFeed, "calendar_feed"), description="As it is now; null if it was refused."
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@strawberry.type(description="Mutations of calendars.")
class CalendarMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Make a private address at which a calendar program finds the meetings of the committees that the viewer "
            "works with: holds a role at, as members, secretaries and authors do, or sits in for somebody at. It has "
            "those that the viewer may see. Needs `calendar_feed:create`."
        )
    )
    async def create_calendar_feed(
        self,
        info: Info,
        all: Annotated[
            bool, strawberry.argument(description="All meetings that the viewer may see, of whatever committee.")
        ] = False,
    ) -> CreateCalendarFeedPayload:
        async def create(scope: TenantScope) -> tuple[tables.CalendarFeed, str]:
            return await calendar_feeds.create_calendar_feed(scope, shows_all=all)

        made, problems = await attempt(info.context, create)
        if made is None:
            return CreateCalendarFeedPayload(calendar_feed=None, address=None, problems=problems)
        row, secret = made
        feed = reading(CalendarFeed, id=row.id)
        return CreateCalendarFeedPayload(calendar_feed=feed, address=f"/calendars/{secret}.ics", problems=problems)

    @mutation(description="Let one's own private address answer nothing any more. Needs nothing.")
    async def close_calendar_feed(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The calendar feed's id.")]
    ) -> CalendarFeedPayload:
        async def close(scope: TenantScope) -> tables.CalendarFeed:
            return await calendar_feeds.close_calendar_feed(scope, row_id_of("CalendarFeed", id))

        row, problems = await attempt(info.context, close)
        if row is None:
            return CalendarFeedPayload(calendar_feed=None, problems=problems)
        return reading(CalendarFeedPayload, calendar_feed=row.id)
