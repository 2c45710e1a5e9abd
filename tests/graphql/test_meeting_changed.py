"""Following a meeting on a real server: who comes, the quorum, votes, decisions, to its end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.committees.building import make_chamber, make_meeting
from tests.committees.furnishing import furnish
from tests.graphql.test_subscriptions import acknowledged, receive, socket, subscribe, token_for

from almoner.committees.attendance import record_arrival
from almoner.committees.cast_ballot import cast_ballot
from almoner.committees.close_meeting import close_meeting
from almoner.committees.declare_conflict import declare_conflict
from almoner.committees.open_meeting import open_meeting
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Action, ActionUpdate, AttendanceSpan, Decision, Recommendation
from almoner.committees.votes import close_vote, open_vote
from almoner.committees.words import BallotChoice
from almoner.core.ids import global_id, new_id

pytestmark = pytest.mark.anyio
FOLLOW = """subscription ($id: ID!) { meetingChanged(id: $id) {
  status isQuorate
  attendances { isPresent }
  quorumChanges { isQuorate }
  agenda { conflicts { text } }
  votes { motion isCarried ballots { choice } }
  decisions { text }
} }"""


FOLLOW_PARTS = """subscription ($id: ID!) { meetingChanged(id: $id) {
  attendances { spans { leftAt } }
  agenda { papers { recommendations { text } } }
  actions { updates { text } }
} }"""


async def until(connection: Any, so: Any) -> dict[str, Any]:
    """The first event of which that is so."""
    while True:
        message = await receive(connection)
        assert message["type"] == "next", message
        meeting = message["payload"]["data"]["meetingChanged"]
        if so(meeting):
            return meeting


async def test_a_follower_sees_what_happens_in_a_meeting_and_that_it_is_over(server, tenant):
    chamber = await make_chamber(tenant, rules={"quorum": {"votingMembers": 2}})
    held = await make_meeting(chamber, status=MeetingStatus.AGENDA_PUBLISHED)
    item = held.items["Vision"]
    async with asyncio.timeout(120), socket(server, token_for(tenant, "chair")) as connection:
        await acknowledged(connection)
        await subscribe(connection, FOLLOW, {"id": held.meeting})
        assert (await until(connection, lambda m: True))["status"] == "AGENDA_PUBLISHED"
        await chamber.do("chair", open_meeting, held.id)
        assert (await until(connection, lambda m: m["status"] == "IN_SESSION"))["isQuorate"] is False
        for who in ("chair", "member1"):
            await chamber.do("secretary", record_arrival, held.id, chamber.appointments[who])
        seen = await until(connection, lambda m: m["isQuorate"])
        assert seen["attendances"] == [{"isPresent": True}] * 2
        assert seen["quorumChanges"] == [{"isQuorate": False}, {"isQuorate": True}]
        await chamber.do("member2", declare_conflict, item, text="A cousin bids.")
        await until(connection, lambda m: [{"text": "A cousin bids."}] in [one["conflicts"] for one in m["agenda"]])
        vote = await chamber.do("chair", open_vote, item, motion="So be it.")
        await until(connection, lambda m: m["votes"] and not m["votes"][0]["ballots"])
        await chamber.do("member1", cast_ballot, vote.id, BallotChoice.FOR)
        await until(connection, lambda m: m["votes"][0]["ballots"] == [{"choice": "FOR"}])
        await chamber.do("chair", close_vote, vote.id)
        await until(connection, lambda m: m["votes"][0]["isCarried"])
        await decide(chamber, held)
        await until(connection, lambda m: m["decisions"] == [{"text": "It is so."}])
        await chamber.do("chair", close_meeting, held.id)
        assert (await until(connection, lambda m: m["status"] == "HELD"))["isQuorate"] is None
        assert await receive(connection) == {"id": "1", "type": "complete"}


async def decide(chamber: Any, held: Any) -> None:
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        scope.session.add(
            Decision(
                tenant_id=chamber.tenant.id,
                committee_id=chamber.id,
                meeting_id=held.id,
                item_id=held.items["Vision"],
                number=1,
                kind="NOTE",
                text="It is so.",
                declared_by=new_id(),
                decided_at=scope.now(),
            )
        )


@pytest.mark.parametrize("what", ["recommendation", "action update", "attendance span"])
async def test_a_follower_hears_of_what_belongs_to_a_part_of_the_meeting(server, tenant, what):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=("member1",))
    await furnish(held, approved=False)
    # Before it is looked at anyway.
    async with asyncio.timeout(20), socket(server, token_for(tenant, "chair")) as connection:
        await acknowledged(connection)
        await subscribe(connection, FOLLOW_PARTS, {"id": held.meeting})
        assert "Afterwards" not in str(await until(connection, lambda m: True))
        async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
            if what == "recommendation":
                await scope.session.execute(update(Recommendation).values(text="Afterwards"))
            elif what == "attendance span":
                await scope.session.execute(update(AttendanceSpan).values(left_at=scope.now() + timedelta(days=4000)))
            else:
                row = (await scope.session.execute(select(Action).limit(1))).scalar_one()
                told = {"status": "OPEN", "reported_by": scope.viewer.subject_id, "reported_at": scope.now()}
                scope.session.add(ActionUpdate(tenant_id=scope.tenant_id, action_id=row.id, text="Afterwards", **told))
        await until(connection, lambda m: "Afterwards" in str(m) or "leftAt': '20" in str(m))


@pytest.mark.parametrize("status", [MeetingStatus.HELD, MeetingStatus.MINUTES_APPROVED, MeetingStatus.CANCELLED])
async def test_a_meeting_that_is_over_is_told_once(server, tenant, status):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=status)
    async with socket(server, token_for(tenant, "observer")) as connection:
        await acknowledged(connection)
        await subscribe(connection, FOLLOW, {"id": held.meeting})
        await until(connection, lambda m: m["status"] == status)
        assert await receive(connection) == {"id": "1", "type": "complete"}


@pytest.mark.parametrize("who", ["nobody", "nothing", "stranger"])
async def test_who_may_not_see_a_meeting_is_told_that_there_is_none(server, tenant, other_tenant, who):
    chamber = await make_chamber(tenant, is_public=False)
    held = await make_meeting(chamber, is_public=False)
    theirs = await make_chamber(other_tenant, is_public=False)
    token, meeting = {
        "nobody": (token_for(tenant, "nobody"), held.meeting),
        "nothing": (token_for(tenant, "chair"), global_id("Meeting", new_id())),
        "stranger": (token_for(theirs.tenant, "chair"), held.meeting),
    }[who]
    async with socket(server, token) as connection:
        await acknowledged(connection)
        await subscribe(connection, FOLLOW, {"id": meeting})
        (error,) = (await receive(connection))["payload"]["errors"]
        assert error["extensions"] == {"code": "NOT_FOUND"}
        assert (await receive(connection))["type"] == "complete"
