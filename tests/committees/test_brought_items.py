"""Agenda items that minutes or the action matrix bring, in place of a paper."""

from __future__ import annotations

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.planning import NOW, add, at, founded, plan, refusal, refused

from almoner.committees.agenda_items import change_agenda_item
from almoner.committees.give_notice import give_notice
from almoner.committees.minutes import circulate_minutes, draft_minutes
from almoner.committees.publish_agenda import publish_agenda
from almoner.committees.read import get_meeting
from almoner.committees.status import MeetingStatus
from almoner.committees.words import AgendaFormat

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chamber(tenant):
    return at(await founded(tenant), NOW)


async def before(chamber, **options):
    """A meeting that was held before."""
    return await make_meeting(chamber, status=MeetingStatus.HELD, days=-60, **options)


async def test_minutes_that_can_be_read_bring_an_item_without_a_cover_sheet(chamber):
    march = await before(chamber)
    july = await plan(chamber)
    item = await add(chamber, july.id, "Minutes", format=AgendaFormat.PAPER, minutes_of_id=march.id)
    await chamber.do("secretary", give_notice, july.id)
    for verb in (draft_minutes, circulate_minutes):
        error = await refusal(chamber, chamber.do("secretary", publish_agenda, july.id))
        (problem,) = error.problems
        assert (problem.code, problem.path) == ("MINUTES_NOT_CIRCULATED", ("agenda", item.number, "minutesOf"))
        if verb is draft_minutes:
            minutes = await chamber.do("secretary", draft_minutes, march.id)
        else:
            await chamber.do("secretary", circulate_minutes, minutes.id)
    assert (await chamber.do("secretary", publish_agenda, july.id)).status == "AGENDA_PUBLISHED"


async def test_the_action_matrix_brings_an_item_without_a_cover_sheet(chamber):
    july = await plan(chamber)
    item = await add(chamber, july.id, "Action matrix", format=AgendaFormat.PAPER, reviews_actions=True)
    await chamber.do("secretary", give_notice, july.id)
    await chamber.do("secretary", change_agenda_item, item.id, reviews_actions=False)
    assert await refused(chamber, chamber.do("secretary", publish_agenda, july.id)) == ["PAPER_MISSING"]
    await chamber.do("secretary", change_agenda_item, item.id, reviews_actions=True)
    assert (await chamber.do("secretary", publish_agenda, july.id)).status == "AGENDA_PUBLISHED"


async def test_only_minutes_of_an_earlier_meeting_of_the_committee_bring_an_item(chamber):
    july = await plan(chamber)
    elsewhere = at(await make_chamber(chamber.tenant, prefix="other-", bodies=0), NOW)
    for other, code in ((await before(elsewhere), "OTHER_COMMITTEE"), (july, "NOT_EARLIER")):
        assert await refused(chamber, add(chamber, july.id, minutes_of_id=other.id)) == [code]
    item = await add(chamber, july.id)
    later = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=90)
    change = chamber.do("secretary", change_agenda_item, item.id, minutes_of_id=later.id)
    assert await refused(chamber, change) == ["NOT_EARLIER"]


async def test_minutes_of_another_tenants_meeting_are_not_found(chamber, other_tenant):
    july = await plan(chamber)
    theirs = await before(at(await make_chamber(other_tenant), NOW))
    assert await refused(chamber, add(chamber, july.id, minutes_of_id=theirs.id)) == ["NOT_FOUND"]


async def test_the_agenda_says_what_brings_an_item(tenant, client):
    chamber = await make_chamber(tenant)
    march, july = await before(chamber), await make_meeting(chamber, status=MeetingStatus.PLANNED, days=30, items=())
    headers = {"Authorization": f"Bearer {chamber.token('secretary')}"}
    add_item = (
        'mutation ($meeting: ID!, $of: ID) { addAgendaItem(meeting: $meeting, section: STANDING, title: "Before", '
        'owner: "Chair", action: INFORMATION, format: PAPER, minutesOf: $of, reviewsActions: true) '
        "{ agendaItem { id minutesOf { id } reviewsActions } problems { code } } }"
    )
    body = {"query": add_item, "variables": {"meeting": july.meeting, "of": march.meeting}}
    payload = (await client.post("/graphql", json=body, headers=headers)).json()["data"]["addAgendaItem"]
    assert payload["problems"] == []
    item = payload["agendaItem"]
    assert (item["minutesOf"]["id"], item["reviewsActions"]) == (march.meeting, True)
    page = (await client.get(f"/meetings/{july.meeting}/agenda.html", headers=headers)).text
    held_on = (await chamber.do("secretary", _day_of, march.id)).strftime("%A %-d %B %Y")
    assert f"Paper: minutes of {held_on}, action matrix" in page
    taken_away = (
        "mutation ($id: ID!) { changeAgendaItem(id: $id, minutesOf: null, reviewsActions: false) "
        "{ agendaItem { minutesOf { id } reviewsActions } problems { code } } }"
    )
    body = {"query": taken_away, "variables": {"id": item["id"]}}
    payload = (await client.post("/graphql", json=body, headers=headers)).json()["data"]["changeAgendaItem"]
    assert payload["agendaItem"] == {"minutesOf": None, "reviewsActions": False}


async def _day_of(scope, meeting_id):
    return (await get_meeting(scope, meeting_id)).held_on
