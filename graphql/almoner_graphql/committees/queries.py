"""Reading committees."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import strawberry

from almoner.committees import tables
from almoner_graphql.committees.committee import Committee
from almoner_graphql.committees.enums import DecisionKind
from almoner_graphql.committees.lists import MEETINGS_WHERE, CommitteeFilter, MeetingFilter, MeetingOrder
from almoner_graphql.committees.meetings import Meeting
from almoner_graphql.committees.outlooks import (
    DecisionOutlook,
    tell_outlook_of_paper,
    tell_whether_it_can_decide,
)
from almoner_graphql.committees.records import CalendarFeed
from almoner_graphql.connection import Connection
from almoner_graphql.planner.declare import Argument, by_id, pages, told
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
        where=MEETINGS_WHERE,
        orders=MeetingOrder,
        description="The meetings of all committees that the viewer may see (`meeting:view`).",
    )
    can_decide: DecisionOutlook | None = told(
        tell_whether_it_can_decide,
        arguments={
            "committee": Argument(strawberry.ID, "The committee's id."),
            "delegation_item": Argument(
                strawberry.ID | None, "The item of the register of delegations that the decision would stand on."
            ),
            "bodies": Argument(
                list[strawberry.ID] | None, "The organizations that it would bind; all member bodies if not given."
            ),
            "kind": Argument(DecisionKind | None, "What the committee would do by it; approve, if not given."),
            "amount": Argument(Decimal | None, "How much of the item's fund it would use."),
            "on": Argument(date | None, "The day; today, if not given."),
        },
        description=(
            "Whether a committee could decide something, by what is known now, and whom that would bind. Needs "
            "`committee_delegation:view`."
        ),
    )
    paper_outlook: DecisionOutlook | None = told(
        tell_outlook_of_paper,
        arguments={"paper": Argument(strawberry.ID, "The paper's id.")},
        description=(
            "Whether the committee could decide what a paper asks for on the day of its meeting. A paper that asks "
            "for no decision asks to be noted. Needs `paper:view` and `committee_delegation:view`."
        ),
    )
    calendar_feeds: Connection[CalendarFeed] = pages(
        rows_of(tables.CalendarFeed, lambda _root, feed: feed.subject_id == SUBJECT),
        newest_first=True,
        description="The viewer's own calendar feeds, closed ones too, newest first. Needs nothing.",
    )
