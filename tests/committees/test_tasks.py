"""What people must do: by the planner's one statement, the same as it is told again in Python, and gone when done."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.record_rows import circulated, rows
from tests.committees.restated import Restated
from tests.committees.test_referrals import both
from tests.committees.worlds import PEOPLE, random_world
from tests.graphql.policy_desk import Desk, granting

from almoner.committees.minutes import circulate_minutes, draft_minutes
from almoner.committees.referrals import refer_decision
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Meeting
from almoner.core.ids import split_global_id

pytestmark = pytest.mark.anyio

QUERY = "query ($first: Int, $after: String) { tasks(first: $first, after: $after) {"
TASKS = QUERY + " totalCount pageInfo { endCursor hasNextPage } nodes { kind dueOn title about { __typename id } } } }"


@pytest.fixture
def tasks_of(client):
    """Asks for somebody's tasks, page by page."""

    async def ask(chamber: Any, who: str, first: int = 100) -> list[dict[str, Any]]:
        found, after = [], None
        while True:
            body = {"query": TASKS, "variables": {"first": first, "after": after}}
            headers = {"Authorization": f"Bearer {chamber.token(who)}"}
            answer = (await client.post("/graphql", json=body, headers=headers)).json()
            assert "errors" not in answer, answer
            page = answer["data"]["tasks"]
            found += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                assert page["totalCount"] == len(found)
                return found

    return ask


def task(node: dict[str, Any]) -> tuple[str, UUID | None, date | None]:
    about = node["about"] and split_global_id(node["about"]["id"])[1]
    return node["kind"], about, node["dueOn"] and date.fromisoformat(node["dueOn"])


@pytest.mark.parametrize("seed", range(6))
async def test_everybody_must_do_what_follows_from_the_records_and_nothing_else(tenant, tasks_of, seed):
    world = await random_world(tenant, seed)
    restated = Restated(world, await rows(world.chamber, Meeting))
    kinds = set()
    for who in PEOPLE:
        found = [task(node) for node in await tasks_of(world.chamber, who)]
        expected = restated.tasks(who)
        assert len(found) == len(set(found))
        assert (who, set(found) - expected, expected - set(found)) == (who, set(), set())
        kinds |= {kind for kind, _, _ in found}
    assert len(kinds) >= 8
    assert "CAST_BALLOT" in kinds


async def test_what_is_due_first_comes_first_on_every_page(tenant, tasks_of):
    world = await random_world(tenant, 3)
    at_once = await tasks_of(world.chamber, "secretary")
    assert await tasks_of(world.chamber, "secretary", first=2) == at_once
    days = [node["dueOn"] or "9999" for node in at_once]
    assert days == sorted(days)
    assert len(days) > 3


async def test_a_task_is_gone_when_it_is_done_and_the_next_one_is_there(tenant, tasks_of):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, days=-1, items=())

    async def kinds(who):
        return [node["kind"] for node in await tasks_of(chamber, who)]

    assert await kinds("secretary") == ["DRAFT_MINUTES"]
    minutes = await chamber.do("secretary", draft_minutes, held.id)
    assert (await kinds("secretary"), await kinds("chair")) == (["CIRCULATE_MINUTES"], [])
    await chamber.do("secretary", circulate_minutes, minutes.id)
    assert (await kinds("secretary"), await kinds("chair")) == ([], ["APPROVE_MINUTES"])


async def test_nobody_is_told_of_anothers_tasks_nor_of_anything_without_a_role(tenant, tasks_of):
    chamber, _, _ = await circulated(tenant)
    elsewhere = await make_chamber(tenant, prefix="other-")
    assert [node["kind"] for node in await tasks_of(chamber, "chair")] == ["READ_MINUTES", "APPROVE_MINUTES"][::-1]
    for who in ("chair", "secretary", "member1", "officer1"):
        assert await tasks_of(elsewhere, who) == []
    assert await tasks_of(chamber, "observer") == []


async def test_who_may_not_see_a_referral_is_not_asked_to_answer_it(tenant, tasks_of, client):
    chamber, scrutiny, decision = await both(tenant, is_public=False)
    await chamber.do("chair", refer_decision, decision.id, to_id=scrutiny.id, reason="A large change.")
    (task_,) = await tasks_of(scrutiny, "chair")
    assert (task_["kind"], task_["about"]["__typename"]) == ("ANSWER_REFERRAL", "Referral")
    hidden = granting(role="committee_chair", permission="referral:receive", scope="OWN", effect="DENY")
    await Desk(client, tenant).change(hidden)
    assert await tasks_of(scrutiny, "chair") == []


async def test_a_task_is_one_statement_and_says_what_it_is_about(tenant, tasks_of):
    chamber = await make_chamber(tenant, rules={"noticeDays": 15})
    meeting = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=30)
    (row,) = await rows(chamber, Meeting)
    (only,) = await tasks_of(chamber, "secretary")
    assert only == {
        "kind": "GIVE_NOTICE",
        "dueOn": date.fromordinal(row.held_on.toordinal() - 15).isoformat(),
        "title": f"Give notice of A meeting, {row.held_on}",
        "about": {"__typename": "Meeting", "id": meeting.meeting},
    }
