"""The register of delegations: what is asked for, what each body adopts, and what it takes back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from tests.committees.building import LONG_AGO, make_chamber
from tests.committees.delegating import FUNDS, MODELS, TEXTS, adopt, codes_of, enter, problems_of, today_of

from almoner.committees.adopt_delegation import adopt_delegation, withdraw_adoption
from almoner.committees.propose_delegation import ProposedItem, propose_delegation
from almoner.committees.tables import CommitteeBody

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def test_entries_of_a_register_are_numbered_from_one_and_public_as_the_committee_is(tenant):
    for prefix, is_public in (("open-", True), ("closed-", False)):
        chamber = await make_chamber(tenant, prefix=prefix, is_public=is_public)
        entries = [
            await chamber.do("secretary", propose_delegation, chamber.id, items=[MODELS], **TEXTS) for _ in range(3)
        ]
        assert [each.position for each in entries] == [1, 2, 3]
        assert {each.public_at is not None for each in entries} == {is_public}


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"workstream": " "}, [("WORKSTREAM_MISSING", ("workstream",))]),
        ({"rationale": ""}, [("RATIONALE_MISSING", ("rationale",))]),
        ({"impact": "\t"}, [("IMPACT_MISSING", ("impact",))]),
        ({"impact": "x" * 20_001}, [("TEXT_TOO_LONG", ("impact",))]),
        ({"items": []}, [("ITEMS_MISSING", ("items",))]),
        ({"items": [MODELS] * 51}, [("ITEMS_MISSING", ("items",))]),
        ({"items": [ProposedItem("SERVICE_MODELS", " ")]}, [("TEXT_MISSING", ("items", "0", "text"))]),
        ({"items": [MODELS, ProposedItem("WEATHER", "x")]}, [("UNKNOWN_MATTER", ("items", "1", "matter"))]),
        ({"items": [ProposedItem("USE_OF_FUNDS", "x", " ")]}, [("FUND_MISSING", ("items", "0", "fund"))]),
        (
            {"items": [ProposedItem("USE_OF_FUNDS", "x", "A fund", Decimal(0))]},
            [("BAD_AMOUNT", ("items", "0", "limitAmount"))],
        ),
        ({"items": [ProposedItem("SERVICE_MODELS", "x", "A fund")]}, [("FUND_OUT_OF_PLACE", ("items", "0", "fund"))]),
        (
            {"items": [ProposedItem("SERVICE_MODELS", "x", None, Decimal(5))]},
            [("FUND_OUT_OF_PLACE", ("items", "0", "limitAmount"))],
        ),
        (
            {"rationale": "", "impact": "", "items": [ProposedItem("USE_OF_FUNDS", "")]},
            [
                ("RATIONALE_MISSING", ("rationale",)),
                ("IMPACT_MISSING", ("impact",)),
                ("TEXT_MISSING", ("items", "0", "text")),
                ("FUND_MISSING", ("items", "0", "fund")),
            ],
        ),
    ],
)
async def test_what_is_not_specific_enough_is_not_entered(tenant, changes, problems):
    chamber = await make_chamber(tenant)
    given = {**TEXTS, "items": [MODELS], **changes}
    assert await problems_of(chamber.do("secretary", propose_delegation, chamber.id, **given)) == problems


async def test_nothing_is_delegated_to_a_committee_that_only_recommends(tenant):
    chamber = await make_chamber(tenant, can_decide=False)
    assert await codes_of(enter(chamber)) == ["CANNOT_DECIDE"]


async def test_a_body_adopts_items_by_one_decision_of_its_own(tenant):
    chamber = await make_chamber(tenant)
    items = await enter(chamber, MODELS, FUNDS)
    adoptions = await adopt(chamber, 2, *items, conditions=" Report yearly. ", ends_on=LONG_AGO + DAY)
    assert {each.item_id for each in adoptions} == set(items)
    assert {(each.body_id, each.conditions) for each in adoptions} == {(chamber.bodies[1], "Report yearly.")}


async def test_only_the_officer_of_a_body_adopts_and_withdraws_for_it(tenant):
    chamber = await make_chamber(tenant)
    items = await enter(chamber)
    assert await codes_of(adopt(chamber, 1, *items, body_id=chamber.bodies[1])) == ["DENIED"]
    (adoption,) = await adopt(chamber, 1, *items)
    for somebody in ("officer2", "chair", "secretary"):
        assert await codes_of(chamber.do(somebody, withdraw_adoption, adoption.id, reason="r")) == ["DENIED"]


async def test_a_stranger_body_cannot_adopt(tenant):
    chamber = await make_chamber(tenant)
    elsewhere = await make_chamber(tenant, prefix="other-")
    items = await enter(chamber)
    given = {"reference": "1", "decided_on": LONG_AGO, "begins_on": LONG_AGO, "body_id": elsewhere.bodies[0]}
    assert await problems_of(elsewhere.do("officer1", adopt_delegation, items, **given)) == [
        ("STRANGER_BODY", ("body",))
    ]


async def test_a_body_adopts_for_days_on_which_it_is_a_member_body(tenant):
    chamber = await make_chamber(tenant)
    items = await enter(chamber)
    assert await codes_of(adopt(chamber, 1, *items, begins_on=LONG_AGO - DAY, decided_on=LONG_AGO - DAY)) == [
        "STRANGER_BODY"
    ]


@pytest.mark.parametrize(
    ("days", "codes"),
    [
        ({"ends_on": 0}, ["ENDS_BEFORE_BEGIN"]),
        ({"ends_on": -1}, ["ENDS_BEFORE_BEGIN"]),
        ({"decided_on": 1, "begins_on": 1}, ["DECIDED_IN_FUTURE"]),
        ({"begins_on": -1}, ["BEGINS_BEFORE_DECIDED"]),
        (
            {"decided_on": 2, "begins_on": 1, "ends_on": 1},
            ["DECIDED_IN_FUTURE", "BEGINS_BEFORE_DECIDED", "ENDS_BEFORE_BEGIN"],
        ),
        ({"reference": " "}, ["REFERENCE_MISSING"]),
    ],
)
async def test_days_that_cannot_be_are_refused(tenant, days, codes):
    chamber = await make_chamber(tenant)
    items = await enter(chamber)
    today = today_of(tenant)
    given = {name: today + value * DAY if name.endswith("_on") else value for name, value in days.items()}
    assert await codes_of(adopt(chamber, 1, *items, **{"decided_on": today, "begins_on": today, **given})) == codes


async def test_what_is_in_force_already_is_not_adopted_again_for_the_same_days(tenant):
    chamber = await make_chamber(tenant)
    models, funds = await enter(chamber, MODELS, FUNDS)
    await adopt(chamber, 1, models, ends_on=LONG_AGO + 10 * DAY)
    assert await problems_of(adopt(chamber, 1, funds, models, begins_on=LONG_AGO + 9 * DAY)) == [
        ("ALREADY_IN_FORCE", ("items", "1"))
    ]
    await adopt(chamber, 2, models)  # another body's
    await adopt(chamber, 1, models, begins_on=LONG_AGO + 10 * DAY)  # the days after it


async def test_what_is_withdrawn_can_be_adopted_again(tenant):
    chamber = await make_chamber(tenant)
    items = await enter(chamber)
    (adoption,) = await adopt(chamber, 1, *items)
    await chamber.do("officer1", withdraw_adoption, adoption.id, reason="r")
    assert len(await adopt(chamber, 1, *items)) == 1


async def test_items_of_two_committees_are_not_adopted_at_once(tenant):
    one, other = await make_chamber(tenant), await make_chamber(tenant, prefix="other-")
    items = [*await enter(one), *await enter(other)]
    assert await codes_of(adopt(one, 1, *items)) == ["DIFFERENT_COMMITTEES"]


async def test_nothing_is_adopted_by_naming_nothing(tenant):
    chamber = await make_chamber(tenant)
    assert await codes_of(adopt(chamber, 1)) == ["ITEMS_MISSING"]


async def test_a_delegation_is_withdrawn_once_for_a_reason_and_before_it_has_run_out(tenant):
    chamber = await make_chamber(tenant)
    items = await enter(chamber, MODELS, FUNDS)
    ((lasting,), (over,)) = (
        await adopt(chamber, 1, items[0]),
        await adopt(chamber, 1, items[1], ends_on=LONG_AGO + DAY),
    )

    def withdraw(adoption, reason="Other plans."):
        return chamber.do("officer1", withdraw_adoption, adoption.id, reason=reason)

    assert await codes_of(withdraw(lasting, " ")) == ["REASON_MISSING"]
    assert await codes_of(withdraw(over)) == ["ADOPTION_EXPIRED"]
    gone = await withdraw(lasting)
    assert (gone.withdraw_reason, gone.withdrawn_at is not None) == ("Other plans.", True)
    assert await codes_of(withdraw(lasting)) == ["ADOPTION_WITHDRAWN"]


async def test_a_body_that_has_left_is_a_stranger(tenant):
    chamber = await make_chamber(tenant, bodies=1)
    items = await enter(chamber)
    today = today_of(tenant)

    async def leave(scope):
        found = (await scope.session.execute(update(CommitteeBody).values(until_on=today))).rowcount
        assert found == 1

    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        await leave(scope)
    assert await codes_of(adopt(chamber, 1, *items, decided_on=today, begins_on=today)) == ["STRANGER_BODY"]
