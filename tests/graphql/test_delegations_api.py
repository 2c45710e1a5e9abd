"""Delegations and decisions over HTTP: where they stand, whether a committee can decide, and every mutation."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.committees.building import LONG_AGO, at_time, make_chamber, make_meeting
from tests.committees.delegating import (
    FUNDS,
    MODELS,
    adopt,
    change_item,
    delegate,
    enter,
    stored,
    today_of,
    write_paper,
    write_vote,
)

from almoner.committees.delegation import refusal_that_stands, state_of
from almoner.committees.prospects import can_decide as asked
from almoner.committees.status import DelegationState, MeetingStatus
from almoner.committees.tables import DelegationAdoption, DelegationRefusal
from almoner.core.ids import global_id, new_id

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)

STANDING = """query ($id: ID!) { node(id: $id) { ... on DelegationItem {
    adoptions { id state }
    standing { body { code } state adoption { id state } refusal { id reason reference } }
} } }"""
OUTLOOK = "{ canDecide kind kinds on binds { code name conditions endsOn } reasons { code message body } }"
CAN_DECIDE = f"""query ($committee: ID!, $item: ID, $bodies: [ID!], $kind: DecisionKind, $amount: Decimal, $on: Date) {{
    canDecide(
        committee: $committee, delegationItem: $item, bodies: $bodies, kind: $kind, amount: $amount, on: $on
    ) {OUTLOOK}
}}"""
PAPER = f"query ($paper: ID!) {{ paperOutlook(paper: $paper) {OUTLOOK} }}"


@pytest.fixture
def tell(ask):
    """Asks as somebody of a chamber: the data, which must come without errors."""

    async def told(chamber, name, query, **variables):
        answer = (await ask(query, variables, token=chamber.token(name))).json()
        assert "errors" not in answer, answer
        return answer["data"]

    return told


def some_adoption(chamber, item, dice, today):
    begins_on = today + dice.randint(-2, 2) * DAY
    return DelegationAdoption(
        tenant_id=chamber.tenant.id,
        committee_id=chamber.id,
        item_id=item,
        body_id=dice.choice(chamber.bodies),
        reference="1",
        decided_on=begins_on,
        begins_on=begins_on,
        ends_on=dice.choice((None, begins_on + dice.randint(1, 3) * DAY)),
        adopted_by=UUID(int=0),
        adopted_at=chamber.tenant.house.clock() + dice.randint(0, 9) * DAY,
        withdrawn_at=dice.choice((None, None, chamber.tenant.house.clock())),
    )


def some_refusal(chamber, item, dice):
    return DelegationRefusal(
        tenant_id=chamber.tenant.id,
        committee_id=chamber.id,
        item_id=item,
        body_id=dice.choice(chamber.bodies),
        reference="1",
        reason="r",
        declined_by=UUID(int=0),
        declined_at=chamber.tenant.house.clock() + dice.randint(0, 9) * DAY,
    )


async def test_sql_and_python_agree_on_where_random_adoptions_stand(tenant, tell):
    dice, chamber = random.Random(4), await make_chamber(tenant, bodies=3)
    items = await enter(chamber, *[MODELS] * 40)
    today = today_of(tenant)
    rows = [some_adoption(chamber, item, dice, today) for item in items for _ in range(dice.randint(0, 6))]
    by_id = dict(zip(await stored(chamber, *rows), rows, strict=True))
    refusals = [some_refusal(chamber, item, dice) for item in items for _ in range(dice.randint(0, 1))]
    for refusal, id_ in zip(refusals, await stored(chamber, *refusals), strict=True):
        refusal.id = id_
    seen = set()
    for item in items:
        found = (await tell(chamber, "observer", STANDING, id=global_id("DelegationItem", item)))["node"]
        mine = {global_id("DelegationAdoption", each.id): each for each in by_id.values() if each.item_id == item}
        assert {each["id"]: each["state"] for each in found["adoptions"]} == {
            id_: state_of(each, today).name for id_, each in mine.items()
        }
        assert [each["body"]["code"] for each in found["standing"]] == ["body1", "body2", "body3"]
        for body, stands in zip(chamber.bodies, found["standing"], strict=True):
            its = [each for each in mine.values() if each.body_id == body]
            states = {state_of(each, today) for each in its}
            counted = mine[stands["adoption"]["id"]] if stands["adoption"] else None
            assert (counted is None) is (not its)
            said = [each for each in refusals if (each.item_id, each.body_id) == (item, body)]
            refusal = refusal_that_stands(said, its, today)
            assert (stands["refusal"] or {}).get("id") == (refusal and global_id("DelegationRefusal", refusal.id))
            assert stands["state"] == ("DECLINED" if refusal else state_of(counted, today).name)
            assert (stands["state"] == "IN_FORCE") is (DelegationState.IN_FORCE in states)
            if counted is not None and DelegationState.IN_FORCE not in states:
                assert counted.adopted_at == max(each.adopted_at for each in its)
            seen.add(stands["state"])
    assert seen == set(DelegationState.__members__)


@pytest.mark.parametrize(
    ("name", "sent", "binds", "reasons"),
    [
        ("all bodies", {}, [], [("NOT_DELEGATED", "body3")]),
        ("those that have", {"bodies": (1, 2)}, ["body1", "body2"], []),
        ("one that has not", {"bodies": (1, 3)}, [], [("NOT_DELEGATED", "body3")]),
        ("before they did", {"bodies": (1,), "on": LONG_AGO - DAY}, [], [("STRANGER_BODY", None)]),
        ("on the last day", {"bodies": (2,), "on": 9}, ["body2"], []),
        ("after that", {"bodies": (2,), "on": 10}, [], [("NOT_DELEGATED", "body2")]),
        ("no item", {"item": None}, [], [("NO_DELEGATION_NAMED", None)]),
        ("a note", {"item": None, "kind": "NOTE"}, [], []),
        ("a note on an item", {"kind": "NOTE"}, [], [("ONLY_FOR_APPROVALS", None)]),
        ("an amount", {"bodies": (1,), "amount": "5"}, [], [("AMOUNT_WITHOUT_FUND", None)]),
        ("funds", {"item": 1, "bodies": (1,), "amount": "500"}, ["body1"], []),
        ("too much", {"item": 1, "bodies": (1,), "amount": "500.01"}, [], [("OVER_THE_LIMIT", None)]),
        ("no amount", {"item": 1, "bodies": (1,)}, [], [("AMOUNT_MISSING", None)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_beforehand_it_is_told_who_would_be_bound_and_what_is_in_the_way(
    tenant, tell, name, sent, binds, reasons
):
    chamber = await make_chamber(tenant, bodies=3)
    today = today_of(tenant)
    items = await enter(chamber, MODELS, FUNDS)
    await adopt(chamber, 1, *items)
    await adopt(chamber, 2, items[0], ends_on=today + 10 * DAY)
    on = sent.get("on")
    wanted = sent.get("item", 0)
    answer = await tell(
        chamber,
        "observer",
        CAN_DECIDE,
        committee=chamber.committee,
        item=None if wanted is None else global_id("DelegationItem", items[wanted]),
        bodies=[global_id("Organization", chamber.bodies[n - 1]) for n in sent.get("bodies", ())],
        kind=sent.get("kind"),
        amount=sent.get("amount"),
        on=str(today + on * DAY) if isinstance(on, int) else None if on is None else str(on),
    )
    found = answer["canDecide"]
    assert [each["code"] for each in found["binds"]] == binds
    assert [(each["code"], each["body"]) for each in found["reasons"]] == reasons
    assert (found["canDecide"], found["kind"]) == (not reasons, sent.get("kind") or "APPROVE")
    assert found["on"] == (str(today) if on is None else str(today + on * DAY) if isinstance(on, int) else str(on))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"amount": "1e3"}, "NUMBER_HAS_EXPONENT"),
        ({"on": "2017-13-01"}, "DATE_MALFORMED"),
        ({"item": "x"}, "NOT_FOUND"),
    ],
)
async def test_what_cannot_be_read_is_an_error(ask, tenant, sent, code):
    chamber = await make_chamber(tenant)
    answer = await ask(CAN_DECIDE, {"committee": chamber.committee, **sent}, token=chamber.token("chair"))
    (error,) = answer.json()["errors"]
    told = [each["code"] for each in error["extensions"].get("problems", ())]
    assert (told or [error["extensions"]["code"]]) == [code]


async def test_who_may_not_see_a_committee_or_its_register_is_told_nothing(ask, tenant):
    chamber = await make_chamber(tenant, is_public=False)
    answers = [
        (await ask(CAN_DECIDE, {"committee": id_}, token=tenant.token("nobody"))).content
        for id_ in (chamber.committee, global_id("Committee", new_id()))
    ]
    assert answers[0] == answers[1]
    refused = (
        await ask(CAN_DECIDE, {"committee": chamber.committee}, token=tenant.token("program_administrator"))
    ).json()
    assert [each["extensions"]["code"] for each in refused["errors"]] == ["DENIED"]


async def test_a_register_is_seen_by_all_of_a_committee_that_is_not_public_and_by_no_one_else(ask, tenant, tell):
    chamber = await make_chamber(tenant, is_public=False)
    (item,) = await delegate(chamber)
    id_ = global_id("DelegationItem", item)
    for name in ("observer", "member1", "chair", "secretary", "officer1"):
        found = (await tell(chamber, name, STANDING, id=id_))["node"]
        assert [each["state"] for each in found["standing"]] == ["IN_FORCE"] * 2
        assert all(each["adoption"] for each in found["standing"])
    answer = (await ask(STANDING, {"id": id_}, token=tenant.token("program_administrator"))).json()
    assert answer["data"]["node"] is None


async def test_a_paper_shows_whether_the_committee_can_decide_on_the_day_of_its_meeting(tenant, tell):
    chamber = await make_chamber(tenant)
    (item,) = await enter(chamber)
    today = today_of(tenant)
    await adopt(chamber, 1, item)
    await adopt(chamber, 2, item, ends_on=today + 20 * DAY)
    found = []
    for days in (10, 30):
        held = await make_meeting(chamber, days=days)
        paper, *_ = await write_paper(held, purposes=["DECISION"], delegation_item_id=item)
        answer = await tell(chamber, "secretary", PAPER, paper=global_id("Paper", paper))
        assert answer["paperOutlook"]["on"] == str(today + days * DAY)
        found.append(answer["paperOutlook"])
    assert [each["canDecide"] for each in found] == [True, False]
    assert [each["code"] for each in found[0]["binds"]] == ["body1", "body2"]
    assert [(each["code"], each["body"]) for each in found[1]["reasons"]] == [("NOT_DELEGATED", "body2")]


async def test_a_paper_asks_some_bodies_leaves_the_amount_open_and_shows_closed_doors(tenant, tell):
    chamber = await make_chamber(tenant)
    (item,) = await enter(chamber, FUNDS)
    await adopt(chamber, 1, item)
    given: dict[str, Any] = {
        "purposes": ["DECISION"],
        "delegation_item_id": item,
        "asks_bodies": [str(chamber.bodies[0])],
    }
    for is_public, codes in ((True, []), (False, ["NOT_ADMINISTRATION"])):
        held = await make_meeting(chamber, is_public=is_public)
        paper, *_ = await write_paper(held, **given)
        found = (await tell(chamber, "chair", PAPER, paper=global_id("Paper", paper)))["paperOutlook"]
        assert [each["code"] for each in found["reasons"]] == codes


async def test_a_paper_that_asks_for_no_decision_is_noted(tenant, tell):
    chamber = await make_chamber(tenant, can_decide=False)
    held = await make_meeting(chamber)
    paper, *_ = await write_paper(held, purposes=["INFORMATION"])
    found = (await tell(chamber, "chair", PAPER, paper=global_id("Paper", paper)))["paperOutlook"]
    assert (found["kind"], found["canDecide"]) == ("NOTE", True)
    asking, *_ = await write_paper(held, purposes=["DECISION"])
    found = (await tell(chamber, "chair", PAPER, paper=global_id("Paper", asking)))["paperOutlook"]
    assert [each["code"] for each in found["reasons"]] == ["CANNOT_DECIDE", "NO_DELEGATION_NAMED"]


BESIDE = ["NOTE", "ENDORSE", "RECOMMEND", "REFER"]


async def test_an_outlook_says_under_which_conditions_and_until_when_bodies_delegate(tenant, tell):
    chamber = await make_chamber(tenant)
    (item,) = await enter(chamber)
    ends_on = today_of(tenant) + 20 * DAY
    await adopt(chamber, 1, item, conditions="Within the budget.", ends_on=ends_on)
    await adopt(chamber, 2, item)
    id_ = global_id("DelegationItem", item)
    found = (await tell(chamber, "observer", CAN_DECIDE, committee=chamber.committee, item=id_))["canDecide"]
    assert [(each["conditions"], each["endsOn"]) for each in found["binds"]] == [
        ("Within the budget.", str(ends_on)),
        (None, None),
    ]


async def test_a_committee_that_only_recommends_is_told_what_it_can_do(tenant, tell):
    chamber = await make_chamber(tenant, can_decide=False, bodies=0, rules={"publicMatters": ["M"]})
    for is_public, matter, kinds in ((True, None, BESIDE), (False, None, ["NOTE", "ENDORSE"]), (False, "M", [])):
        held = await make_meeting(chamber, is_public=is_public)
        await change_item(held, matter=matter)
        paper, *_ = await write_paper(held, purposes=["DECISION"])
        found = (await tell(chamber, "chair", PAPER, paper=global_id("Paper", paper)))["paperOutlook"]
        assert (found["kind"], found["canDecide"], found["kinds"]) == ("APPROVE", False, kinds)
    found = (await tell(chamber, "chair", CAN_DECIDE, committee=chamber.committee))["canDecide"]
    assert found["kinds"] == BESIDE


async def test_what_stands_on_another_committees_register_is_not_among_what_can_be_done(tenant, tell):
    chamber = await make_chamber(tenant, bodies=0)
    other = await make_chamber(tenant, prefix="other-")
    (item,) = await delegate(other)
    asked_for = {"committee": chamber.committee, "item": global_id("DelegationItem", item)}
    assert (await tell(chamber, "chair", CAN_DECIDE, **asked_for))["canDecide"]["kinds"] == BESIDE


@pytest.mark.parametrize("status", [MeetingStatus.PLANNED, MeetingStatus.NOTICE_GIVEN])
@pytest.mark.parametrize("is_public", [True, False])
async def test_the_author_of_a_paper_is_told_before_the_agenda_is_published(tenant, tell, is_public, status):
    chamber = await make_chamber(tenant, is_public=is_public)
    (item,) = await delegate(chamber)
    held = await make_meeting(chamber, status=status)
    paper, *_ = await write_paper(held, purposes=["DECISION"], delegation_item_id=item)
    found = (await tell(chamber, "author", PAPER, paper=global_id("Paper", paper)))["paperOutlook"]
    assert (found["canDecide"], len(found["binds"])) == (True, 2)


async def test_days_are_those_of_the_agencys_time_zone(tenant):
    """At half past six in the morning in UTC it is still the day before in Phoenix."""
    chamber = await make_chamber(tenant)
    (item,) = await enter(chamber)
    await adopt(chamber, 1, item, ends_on=date(2027, 11, 7))
    for hour, can_decide in ((6, True), (8, False)):
        then = at_time(tenant, lambda hour=hour: datetime(2027, 11, 7, hour, 30, tzinfo=UTC))
        found = await then.do("chair", asked, chamber.id, delegation_item_id=item, bodies=[chamber.bodies[0]])
        assert found.outlook.can_decide is can_decide


async def test_the_whole_way_over_http(tenant, tell):
    chamber = await make_chamber(tenant, bodies=1)
    held = await make_meeting(chamber, present=("chair", "member1"))
    _, wanted = await write_paper(held, "To agree the model.")
    entered = await tell(
        chamber,
        "secretary",
        """mutation ($committee: ID!) { proposeDelegation(
            committee: $committee, workstream: "Primary care", rationale: "r", impact: "i",
            items: [{matter: USE_OF_FUNDS, text: "t", fund: "F", limitAmount: "12.50"}]
        ) { delegation { position items { id limitAmount standing { state } } } problems { code } } }""",
        committee=chamber.committee,
    )
    (item,) = entered["proposeDelegation"]["delegation"]["items"]
    assert (item["limitAmount"], item["standing"]) == ("12.5", [{"state": "PROPOSED"}])
    adopted = await tell(
        chamber,
        "officer1",
        """mutation ($items: [ID!]!, $body: ID!) { adoptDelegation(
            items: $items, body: $body, reference: "17/42", decidedOn: "2017-07-20", beginsOn: "2017-08-01"
        ) { adoptions { id state body { code } } problems { code message } } }""",
        items=[item["id"]],
        body=global_id("Organization", chamber.bodies[0]),
    )
    (adoption,) = adopted["adoptDelegation"]["adoptions"]
    assert (adoption["state"], adoption["body"]) == ("IN_FORCE", {"code": "body1"})
    declared = await tell(
        chamber,
        "chair",
        """mutation ($item: ID!, $on: ID!, $wanted: ID!, $vote: ID!) { declareDecision(
            item: $item, kind: APPROVE, text: "Agreed.", delegationItem: $on, amount: "12.5", vote: $vote,
            recommendations: [{recommendation: $wanted, answer: ACCEPTED}]
        ) { decision { id number amount delegationItem { id } bodies { body { code } adoption { id } }
            answers { answer } } problems { code message path } } }""",
        item=global_id("AgendaItem", held.items["Vision"]),
        on=item["id"],
        wanted=global_id("Recommendation", wanted),
        vote=global_id("Vote", await write_vote(held)),
    )
    decision = declared["declareDecision"]["decision"]
    assert decision == {
        "id": decision["id"],
        "number": 1,
        "amount": "12.5",
        "delegationItem": {"id": item["id"]},
        "bodies": [{"body": {"code": "body1"}, "adoption": {"id": adoption["id"]}}],
        "answers": [{"answer": "ACCEPTED"}],
    }
    withdrawn = await tell(
        chamber,
        "officer1",
        'mutation ($id: ID!) { withdrawAdoption(id: $id, reason: "r") { adoption { state } problems { code } } }',
        id=adoption["id"],
    )
    assert withdrawn["withdrawAdoption"] == {"adoption": {"state": "WITHDRAWN"}, "problems": []}
