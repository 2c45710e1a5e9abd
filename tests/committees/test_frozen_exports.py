"""What is over does not change in documents: approved minutes, and the action matrix of a meeting that was held."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.test_exports import bearer, shown

from almoner.committees.actions import report_action
from almoner.committees.public_questions import answer_question
from almoner.committees.status import MeetingStatus, MinutesStatus
from almoner.committees.tables import Action, Minutes, PublicQuestion
from almoner.committees.words import ActionStatus

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chamber(tenant):
    return await make_chamber(tenant)


async def with_action(chamber, status):
    """A meeting with an action, and a later one."""
    first = await make_meeting(chamber, status=status, days=-40)
    later = await make_meeting(chamber, status=MeetingStatus.HELD, days=-1)
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        day = (scope.now() - timedelta(days=40)).date()
        own = {"tenant_id": scope.tenant_id, "committee_id": chamber.id, "meeting_id": first.id}
        actions = [
            Action(
                **own, reference=f"17-0{n}", subject=f"Do {n}", owner="X", due_on=day + timedelta(days=n), raised_on=day
            )
            for n in (1, 2)
        ]
        question = PublicQuestion(
            **own, asked="BEFOREHAND", asked_by="A resident", asked_at=scope.now() - timedelta(days=41), text="Why?"
        )
        scope.session.add_all([*actions, question])
    return first, later, actions, question


async def minutes_of(chamber, meeting, status):
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        at = scope.now()
        approved = at if status is MinutesStatus.APPROVED else None
        own = {"tenant_id": scope.tenant_id, "committee_id": chamber.id, "meeting_id": meeting.id}
        scope.session.add(Minutes(**own, status=status, drafted_at=at, circulated_at=at, approved_at=approved))


async def go_on(chamber, actions, question):
    await chamber.do("secretary", report_action, actions[0].id, text="It is done.", status=ActionStatus.DONE)
    await chamber.do("secretary", report_action, actions[1].id, text="Half of it.", status=ActionStatus.OPEN)
    await chamber.do("secretary", answer_question, question.id, answer="Therefore.")


@pytest.mark.parametrize("kind", ["html", "pdf"])
async def test_approved_minutes_tell_of_actions_and_questions_as_they_were_at_the_approval(client, chamber, kind):
    first, _, actions, question = await with_action(chamber, MeetingStatus.MINUTES_APPROVED)
    await chamber.do("secretary", report_action, actions[0].id, text="It is begun.", status=ActionStatus.OPEN)
    await minutes_of(chamber, first, MinutesStatus.APPROVED)
    address, headers = f"/meetings/{first.meeting}/minutes.{kind}", bearer(chamber.token("member1"))
    before = await client.get(address, headers=headers)
    for told in ("It is begun.", "Not answered yet."):
        assert told in shown(before)
    await go_on(chamber, actions, question)
    assert (await client.get(address, headers=headers)).content == before.content


async def test_minutes_that_are_not_approved_tell_what_is_so_now(client, chamber):
    first, _, actions, question = await with_action(chamber, MeetingStatus.HELD)
    await minutes_of(chamber, first, MinutesStatus.CIRCULATED)
    await go_on(chamber, actions, question)
    address, headers = f"/meetings/{first.meeting}/minutes.html", bearer(chamber.token("member1"))
    text = shown(await client.get(address, headers=headers))
    for told in ("It is done.", "Done", "Half of it.", "Answer: Therefore."):
        assert told in text


@pytest.mark.parametrize("kind", ["html", "pdf"])
async def test_the_action_matrix_of_a_meeting_that_is_over_is_that_of_then(client, chamber, kind):
    _, later, actions, question = await with_action(chamber, MeetingStatus.HELD)
    address, headers = f"/meetings/{later.meeting}/agenda.{kind}", bearer(chamber.token("member1"))
    before = await client.get(address, headers=headers)
    text = shown(before)
    assert 0 < text.index("Do 1") < text.index("Do 2")
    await go_on(chamber, actions, question)
    assert (await client.get(address, headers=headers)).content == before.content


async def test_the_action_matrix_of_a_meeting_to_come_is_that_of_now(client, chamber):
    _, _, actions, question = await with_action(chamber, MeetingStatus.HELD)
    coming = await make_meeting(chamber, status=MeetingStatus.AGENDA_PUBLISHED, days=20)
    await go_on(chamber, actions, question)
    address, headers = f"/meetings/{coming.meeting}/agenda.html", bearer(chamber.token("member1"))
    text = shown(await client.get(address, headers=headers))
    assert 0 < text.index("Do 2") < text.index("Do 1")
    for told in ("It is done.", "Half of it."):
        assert told in text
