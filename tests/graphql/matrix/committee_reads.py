"""Committees: reads."""

from __future__ import annotations

from tests.committees.building import make_chamber, make_meeting
from tests.graphql.matrix.world import EMPTY, NOBODY, NOT_FOUND, OWN, Row, World

from almoner.committees.status import MeetingStatus


async def _met(world: World) -> None:
    """A committee that is not public, and a meeting of it that has been held."""
    chamber = await make_chamber(world.tenant, members=1, bodies=1, is_public=False, prefix="read-")
    held = await make_meeting(chamber, status=MeetingStatus.HELD, is_public=False)
    world.ids |= {"committee": chamber.committee, "meeting": held.meeting}


MEMBER, OFFICER = "read-member1", "read-officer1"
ROWS: list[Row] = [
    Row(
        *("query", "committee", "(id: $id)", "{ id name }", OFFICER, NOBODY, NOT_FOUND, NOT_FOUND, _met),
        about="committee",
    ),
    Row("query", "committees", "", "{ totalCount nodes { id } }", OFFICER, NOBODY, EMPTY, OWN, _met),
    Row(
        *("query", "meeting", "(id: $id)", "{ id title }", MEMBER, OFFICER, NOT_FOUND, NOT_FOUND, _met),
        about="meeting",
    ),
    Row("query", "meetings", "", "{ totalCount nodes { id } }", MEMBER, OFFICER, EMPTY, OWN, _met),
]
