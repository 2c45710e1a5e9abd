"""What no decision has answered, or one has put off, is listed, and comes back until a later meeting answers it."""

from __future__ import annotations

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import codes_of, declare, problems_of, write_paper

from almoner.committees.agenda_items import change_agenda_item
from almoner.committees.close_meeting import close_meeting
from almoner.committees.recommendation_answers import Answer
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Meeting
from almoner.committees.words import RecommendationAnswer
from almoner.core.ids import global_id

pytestmark = pytest.mark.anyio
ACCEPTED, DEFERRED = RecommendationAnswer.ACCEPTED, RecommendationAnswer.DEFERRED
QUERY = "query ($id: ID!) { meeting(id: $id) { openRecommendations { id } } tasks { nodes { kind about { id } } } }"


@pytest.fixture
def read(client):
    """The open recommendations of a meeting, and the items that the secretary is to bring back."""

    async def found(held):
        headers = {"Authorization": f"Bearer {held.chamber.token('secretary')}"}
        body = {"query": QUERY, "variables": {"id": held.meeting}}
        data = (await client.post("/graphql", json=body, headers=headers)).json()["data"]
        tasks = [each["about"]["id"] for each in data["tasks"]["nodes"] if each["kind"] == "BRING_BACK"]
        return {each["id"] for each in data["meeting"]["openRecommendations"]}, tasks

    return found


async def in_session(held):
    """The meeting goes on now, as if its day had come."""
    async with held.chamber.tenant.house.operator_scope(held.chamber.tenant.id, "test-setup") as scope:
        meeting = await scope.find(Meeting, held.id)
        meeting.status, meeting.is_quorate = MeetingStatus.IN_SESSION, True


async def test_open_recommendations_come_back_until_an_item_of_a_later_meeting_answers_them(tenant, read):
    chamber = await make_chamber(tenant)
    first = await make_meeting(chamber, present=("chair", "member1"), days=-1)
    _, done, put_off, forgotten = await write_paper(first, "To note.", "To endorse.", "To do more.")
    await declare(first, answers=[Answer(done, ACCEPTED), Answer(put_off, DEFERRED)])
    waiting = {global_id("Recommendation", each) for each in (put_off, forgotten)}
    assert await read(first) == (waiting, [])
    await chamber.do("chair", close_meeting, first.id)
    vision = global_id("AgendaItem", first.items["Vision"])
    assert await read(first) == (waiting, [vision])

    later = await make_meeting(chamber, status=MeetingStatus.PLANNED, present=("chair", "member1"), days=30)
    await chamber.do("secretary", change_agenda_item, later.items["Vision"], carries_id=first.items["Vision"])
    assert await read(first) == (waiting, [])
    await in_session(later)
    assert await codes_of(declare(later, answers=[Answer(done, ACCEPTED)])) == ["RECOMMENDATION_OF_ANOTHER_ITEM"]
    assert await codes_of(declare(later, title="Governance", answers=[Answer(put_off, ACCEPTED)])) == [
        "RECOMMENDATION_OF_ANOTHER_ITEM"
    ]
    await declare(later, answers=[Answer(put_off, ACCEPTED)])
    await chamber.do("chair", close_meeting, later.id)
    assert await read(first) == ({global_id("Recommendation", forgotten)}, [vision])


async def test_only_items_of_earlier_meetings_of_the_committee_are_carried(tenant):
    chamber, elsewhere = await make_chamber(tenant), await make_chamber(tenant, prefix="other-")
    july = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=30)
    later = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=60)
    other = await make_meeting(elsewhere, status=MeetingStatus.HELD, days=-1)
    for item, code in ((later.items["Vision"], "NOT_EARLIER"), (other.items["Vision"], "OTHER_COMMITTEE")):
        change = chamber.do("secretary", change_agenda_item, july.items["Vision"], carries_id=item)
        assert await problems_of(change) == [(code, ("carries",))]


async def test_a_matter_for_public_meetings_is_not_carried_into_a_private_item(tenant):
    chamber = await make_chamber(tenant, rules={"publicMatters": ["REVIEW"]})
    july, later = [await make_meeting(chamber, status=MeetingStatus.PLANNED, days=days) for days in (30, 60)]
    await chamber.do("secretary", change_agenda_item, july.items["Vision"], matter="REVIEW")
    carried = {"carries_id": july.items["Vision"], "is_private": True}
    change = chamber.do("secretary", change_agenda_item, later.items["Vision"], **carried)
    assert await codes_of(change) == ["PUBLIC_MATTER"]
