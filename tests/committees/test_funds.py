"""What decisions use of a fund: by an item about it, within its limit, all of them together."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from tests.committees.building import make_meeting
from tests.committees.delegating import (
    ALL,
    FUNDS,
    MODELS,
    codes_of,
    declare,
    delegate,
    problems_of,
    sitting,
    write_vote,
)
from tests.committees.record_rows import rows

from almoner.committees.prospects import can_decide
from almoner.committees.tables import Decision
from almoner.committees.words import DecisionKind
from almoner.core.errors import Invalid

pytestmark = pytest.mark.anyio
APPROVE = DecisionKind.APPROVE


async def test_funds_are_used_up_to_the_limit_of_the_item(tenant):
    chamber, held = await sitting(tenant)
    (item,) = await delegate(chamber, FUNDS)
    for amount, codes in ((None, ["AMOUNT_MISSING"]), (0, ["BAD_AMOUNT"]), (Decimal("500.01"), ["OVER_THE_LIMIT"])):
        wanted = None if amount is None else Decimal(amount)
        assert await codes_of(declare(held, APPROVE, delegation_item_id=item, amount=wanted)) == codes
    made = await declare(held, APPROVE, delegation_item_id=item, amount=Decimal(500))
    assert made.amount == 500


async def test_the_limit_of_an_item_is_for_all_decisions_that_stand_on_it(tenant):
    chamber, held = await sitting(tenant)
    first, other = await delegate(chamber, FUNDS, FUNDS)

    async def left(amount):
        found = await chamber.do("chair", can_decide, chamber.id, delegation_item_id=first, amount=amount)
        return [(each.code, each.message) for each in found.outlook.reasons]

    await declare(held, APPROVE, delegation_item_id=first, amount=Decimal("300.25"))
    await declare(held, APPROVE, delegation_item_id=other, amount=Decimal(500))
    assert await problems_of(declare(held, APPROVE, delegation_item_id=first, amount=Decimal(200))) == [
        ("OVER_THE_LIMIT", ("amount",))
    ]
    told = "Of 500 of the fund Transformation, decisions have left {}: use no more than that."
    assert await left(Decimal("199.76")) == [("OVER_THE_LIMIT", told.format("199.75"))]
    assert await left(Decimal("199.75")) == []
    await declare(held, APPROVE, delegation_item_id=first, amount=Decimal("199.75"))
    assert await left(None) == [("OVER_THE_LIMIT", told.format("0.00"))]


@pytest.mark.parametrize("bodies", [0, 2])
async def test_two_decisions_at_once_do_not_use_more_than_is_left(tenant, bodies):
    chamber, held = await sitting(tenant, bodies=bodies)
    other = await make_meeting(chamber, present=ALL)
    (item,) = await delegate(chamber, FUNDS)
    given: list[dict[str, Any]] = [
        {"delegation_item_id": item, "amount": Decimal(200), "vote_id": await write_vote(held)} for _ in range(4)
    ]
    given += [{**each, "vote_id": await write_vote(other)} for each in given]
    attempts = (declare(held if n < 4 else other, APPROVE, **each) for n, each in enumerate(given))
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    refusals = [[each.code for each in one.problems] for one in ended if isinstance(one, Invalid)]
    assert refusals == [["OVER_THE_LIMIT"]] * 6
    assert [each.amount for each in await rows(chamber, Decision)] == [200, 200]


async def test_an_amount_needs_an_item_about_the_use_of_funds(tenant):
    chamber, held = await sitting(tenant)
    (item,) = await delegate(chamber, MODELS)
    for given in ({"delegation_item_id": item}, {"delegation_item_id": None}):
        codes = await codes_of(declare(held, APPROVE, amount=Decimal(1), **given))
        assert codes[0] == "AMOUNT_WITHOUT_FUND"
