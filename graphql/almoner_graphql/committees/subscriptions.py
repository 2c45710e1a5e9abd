"""Following a meeting."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, cast

import strawberry

from almoner.committees.read import get_meeting
from almoner.committees.status import MeetingStatus
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.committees.meetings import Meeting
from almoner_graphql.context import Info
from almoner_graphql.fields import subscription
from almoner_graphql.follow import follow

#: Nothing more happens in such a meeting.
_OVER = frozenset({MeetingStatus.HELD, MeetingStatus.MINUTES_APPROVED, MeetingStatus.CANCELLED})


@strawberry.type(description="Subscriptions to committees.")
class CommitteeSubscriptions:
    """Part of `Subscription`."""

    @subscription(
        description=(
            "A meeting as it is now, and again whenever something that is selected of it changes (who is there, the "
            "quorum, interests, votes, decisions), until it is over. Changes that follow each other quickly may come "
            "as one. Ends with an error when the token ends. Needs `meeting:view`."
        )
    )
    async def meeting_changed(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The meeting's id.")]
    ) -> AsyncGenerator[Meeting, None]:
        meeting_id = row_id_of("Meeting", id)

        async def finished(scope: TenantScope) -> bool:
            return (await get_meeting(scope, meeting_id)).status in _OVER

        async with aclosing(follow(info, "meeting", meeting_id, finished)) as events:
            async for event in events:
                yield cast(Meeting, event)
