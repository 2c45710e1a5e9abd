"""The register of delegations is answered by a day, by adoption or refusal, and items can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import (
    MODELS,
    TEXTS,
    adopt,
    codes_of,
    declare,
    enter,
    problems_of,
    today_of,
    write_paper,
)

from almoner.committees.adopt_delegation import withdraw_adoption
from almoner.committees.decline_delegation import decline_delegation
from almoner.committees.propose_delegation import propose_delegation
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import DelegationItem
from almoner.committees.withdraw_delegation_item import withdraw_delegation_item
from almoner.committees.words import DecisionKind
from almoner.committees.write_paper import write_paper as write_cover
from almoner.core.ids import global_id

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
TASKS = "{ tasks { nodes { kind dueOn about { id } } } }"
STANDING = "query ($id: ID!) { node(id: $id) { ... on DelegationItem { withdrawnAt standing { state } } } }"


def decline(chamber, n, *items, **changes):
    given = {"body_id": chamber.bodies[n - 1], "reference": "17/43", "reason": "We decide that ourselves.", **changes}
    return chamber.do(f"officer{n}", decline_delegation, items, **given)


def withdraw(chamber, item, *, who="secretary", reason="A typo."):
    return chamber.do(who, withdraw_delegation_item, item, reason=reason)


@pytest.fixture
def ask(client):
    """The data of a query, as somebody of a committee."""

    async def read(chamber, name, query, **variables):
        headers = {"Authorization": f"Bearer {chamber.token(name)}"}
        body = {"query": query, "variables": variables}
        return (await client.post("/graphql", json=body, headers=headers)).json()["data"]

    return read


@pytest.fixture
def asked(ask):
    """The items that an officer is asked to decide about, with their last days."""

    async def read(chamber, n):
        answer = (await ask(chamber, f"officer{n}", TASKS))["tasks"]["nodes"]
        return {each["about"]["id"]: each["dueOn"] for each in answer if each["kind"] == "DECIDE_ON_DELEGATION"}

    return read


@pytest.fixture
def standing(ask):
    async def read(chamber, item):
        found = await ask(chamber, "observer", STANDING, id=global_id("DelegationItem", item))
        return [each["state"] for each in found["node"]["standing"]]

    return read


async def test_bodies_are_asked_by_the_day_that_an_entry_names_until_they_adopt_or_decline(tenant, asked, standing):
    chamber = await make_chamber(tenant)
    by = today_of(tenant) + 30 * DAY
    items = await enter(chamber, MODELS, MODELS, answer_by=by)
    ids = [global_id("DelegationItem", each) for each in items]
    assert await asked(chamber, 1) == dict.fromkeys(ids, str(by))
    await decline(chamber, 1, items[0])
    await adopt(chamber, 1, items[1])
    assert (await asked(chamber, 1), set(await asked(chamber, 2))) == ({}, set(ids))
    assert [await standing(chamber, each) for each in items] == [["DECLINED", "PROPOSED"], ["IN_FORCE", "PROPOSED"]]


async def test_an_answer_is_asked_for_today_or_later(tenant):
    chamber = await make_chamber(tenant)
    today = today_of(tenant)
    for answer_by, problems in ((today, []), (today - DAY, [("ANSWER_BY_PAST", ("answerBy",))])):
        verb = chamber.do("secretary", propose_delegation, chamber.id, items=[MODELS], answer_by=answer_by, **TEXTS)
        assert (await problems_of(verb) if problems else (await verb).answer_by) == (problems or today)


async def test_who_declined_can_adopt_and_who_does_not_delegate_any_more_can_decline(tenant, standing):
    chamber = await make_chamber(tenant)
    (item,) = await enter(chamber)
    await decline(chamber, 1, item)
    (adoption,) = await adopt(chamber, 1, item)
    assert await standing(chamber, item) == ["IN_FORCE", "PROPOSED"]
    assert await problems_of(decline(chamber, 1, item)) == [("ADOPTED_ALREADY", ("items", "0"))]
    await chamber.do("officer1", withdraw_adoption, adoption.id, reason="r")
    assert await standing(chamber, item) == ["WITHDRAWN", "PROPOSED"]
    await decline(chamber, 1, item)
    assert await standing(chamber, item) == ["DECLINED", "PROPOSED"]
    assert await problems_of(decline(chamber, 1, item)) == [("DECLINED_ALREADY", ("items", "0"))]


async def test_a_refusal_says_where_and_why_and_is_of_a_member_body(tenant):
    chamber, elsewhere = await make_chamber(tenant), await make_chamber(tenant, prefix="other-")
    (item,), (other,) = await enter(chamber), await enter(elsewhere)
    assert await problems_of(decline(chamber, 1, item, reference=" ", reason="")) == [
        ("REFERENCE_MISSING", ("reference",)),
        ("REASON_MISSING", ("reason",)),
    ]
    assert await codes_of(decline(chamber, 1)) == ["ITEMS_MISSING"]
    assert await codes_of(decline(chamber, 1, item, body_id=chamber.bodies[1])) == ["DENIED"]
    assert await codes_of(decline(elsewhere, 1, item)) == ["STRANGER_BODY"]
    assert await codes_of(decline(chamber, 1, item, other)) == ["DIFFERENT_COMMITTEES"]


async def test_nobody_is_asked_for_an_item_that_is_withdrawn_and_nobody_decides_about_it(tenant, asked):
    chamber = await make_chamber(tenant)
    item, kept = await enter(chamber, MODELS, MODELS)
    await withdraw(chamber, item)
    assert set(await asked(chamber, 1)) == {global_id("DelegationItem", kept)}
    for doing in (adopt(chamber, 1, kept, item), decline(chamber, 1, kept, item)):
        ((code, (_, n)),) = await problems_of(doing)
        assert (code, n) == ("DELEGATION_ITEM_WITHDRAWN", "1")
    held = await make_meeting(chamber, present=("chair", "member1"))
    declared = declare(held, DecisionKind.APPROVE, delegation_item_id=item)
    assert await codes_of(declared) == ["DELEGATION_ITEM_WITHDRAWN"]
    assert await codes_of(withdraw(chamber, item)) == ["DELEGATION_ITEM_WITHDRAWN"]


async def test_no_new_paper_names_an_item_that_is_withdrawn(tenant):
    chamber = await make_chamber(tenant)
    (item,) = await enter(chamber)
    held = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=30)
    paper, *_ = await write_paper(held)
    await withdraw(chamber, item)
    cover = {"purposes": ["DECISION"], "delegation_item_id": item}
    assert await codes_of(chamber.do("author", write_cover, paper, cover)) == ["UNKNOWN_DELEGATION_ITEM"]


async def test_what_a_body_delegates_or_a_decision_stands_on_is_not_withdrawn(tenant):
    chamber = await make_chamber(tenant)
    (item,) = await enter(chamber)
    adoptions = [each for n in (1, 2) for each in await adopt(chamber, n, item)]
    held = await make_meeting(chamber, present=("chair", "member1"))
    assert await codes_of(withdraw(chamber, item)) == ["STILL_DELEGATED"]
    await declare(held, DecisionKind.APPROVE, delegation_item_id=item)
    for n, adoption in enumerate(adoptions, 1):
        await chamber.do(f"officer{n}", withdraw_adoption, adoption.id, reason="r")
    assert await codes_of(withdraw(chamber, item)) == ["DECISION_STANDS_ON_IT"]


async def test_an_adoption_from_a_later_day_on_keeps_an_item_in_the_register(tenant):
    chamber = await make_chamber(tenant)
    (item,) = await enter(chamber)
    today = today_of(tenant)
    (adoption,) = await adopt(chamber, 1, item, decided_on=today, begins_on=today + DAY)
    assert await codes_of(withdraw(chamber, item)) == ["STILL_DELEGATED"]
    await chamber.do("officer1", withdraw_adoption, adoption.id, reason="r")
    assert await codes_of(withdraw(chamber, item, reason=" ")) == ["REASON_MISSING"]
    for somebody in ("chair", "officer1"):
        assert await codes_of(withdraw(chamber, item, who=somebody)) == ["DENIED"]
    taken = await withdraw(chamber, item)
    assert (taken.withdraw_reason, taken.withdrawn_at is not None) == ("A typo.", True)
    assert isinstance(taken, DelegationItem)
