"""Committees: decisions."""

from __future__ import annotations

from tests.committees.building import LONG_AGO, make_chamber, make_meeting
from tests.committees.delegating import adopt, change, declare, enter, write_paper
from tests.graphql.matrix.world import DENIED, NOBODY, NOT_FOUND, PROBLEMS, Row, World

from almoner.committees.referrals import refer_decision
from almoner.committees.tables import Committee
from almoner.committees.words import CommitteeKind
from almoner.core.ids import global_id

OUTLOOK = "{ canDecide reasons { code } }"
_NEW_ITEM = '[{matter: SERVICE_MODELS, text: "t"}]'
_DAYS = f'decidedOn: "{LONG_AGO}", beginsOn: "{LONG_AGO}"'


async def convene(world: World) -> None:
    """A committee that is not public, in session, with an item in its register, a paper and a decision."""
    chamber = await make_chamber(world.tenant, prefix="deciding-", is_public=False)
    held = await make_meeting(chamber, present=("chair", "member1"), is_public=False)
    (item,) = await enter(chamber)
    paper, *_ = await write_paper(held)
    decision = await declare(held)
    scrutiny = await make_chamber(world.tenant, prefix="asked-", bodies=0)
    async with world.tenant.house.operator_scope(world.tenant.id, "test-setup") as scope:
        (await scope.find(Committee, scrutiny.id)).kind = CommitteeKind.SCRUTINY_COMMITTEE
    world.ids |= {
        "committee": chamber.committee,
        "delegated": global_id("DelegationItem", item),
        "body": global_id("Organization", chamber.bodies[0]),
        "agenda_item": global_id("AgendaItem", held.items["Governance"]),
        "paper": global_id("Paper", paper),
        "decision": global_id("Decision", decision.id),
        "scrutiny": scrutiny.committee,
        "chamber": chamber,
        "scrutinising": scrutiny,
        "delegated_row": item,
        "decision_row": decision,
    }


async def adopted(world: World) -> None:
    """The first body has adopted the item."""
    await convene(world)
    (adoption,) = await adopt(world.ids["chamber"], 1, world.ids["delegated_row"])
    world.ids["adoption"] = global_id("DelegationAdoption", adoption.id)


async def referred(world: World) -> None:
    """The decision is public, and scrutiny was asked about it."""
    await convene(world)
    chamber, decision = world.ids["chamber"], world.ids["decision_row"]
    await change(chamber, decision, public_at=world.tenant.house.clock())
    scrutiny = world.ids["scrutinising"]
    row = await chamber.do("chair", refer_decision, decision.id, to_id=scrutiny.id, reason="r")
    world.ids["referral"] = global_id("Referral", row.id)


ROWS: list[Row] = [
    Row(
        "query",
        "canDecide",
        "(committee: $id, delegationItem: $delegated, bodies: [$body])",
        OUTLOOK,
        "deciding-observer",
        NOBODY,
        NOT_FOUND,
        NOT_FOUND,
        convene,
        about="committee",
    ),
    Row(
        "query",
        "paperOutlook",
        "(paper: $id)",
        OUTLOOK,
        "deciding-secretary",
        "deciding-officer1",
        NOT_FOUND,
        NOT_FOUND,
        convene,
        about="paper",
    ),
    Row(
        "mutation",
        "proposeDelegation",
        f'(committee: $id, workstream: "w", rationale: "r", impact: "i", items: {_NEW_ITEM})',
        PROBLEMS,
        "deciding-secretary",
        "deciding-chair",
        DENIED,
        NOT_FOUND,
        convene,
        about="committee",
    ),
    Row(
        "mutation",
        "adoptDelegation",
        f'(items: [$id], body: $body, reference: "1", {_DAYS})',
        PROBLEMS,
        "deciding-officer1",
        "deciding-officer2",
        DENIED,
        NOT_FOUND,
        convene,
        about="delegated",
    ),
    Row(
        "mutation",
        "declineDelegation",
        '(items: [$id], body: $body, reference: "1", reason: "r")',
        PROBLEMS,
        "deciding-officer1",
        "deciding-officer2",
        DENIED,
        NOT_FOUND,
        convene,
        about="delegated",
    ),
    Row(
        "mutation",
        "withdrawDelegationItem",
        '(id: $id, reason: "r")',
        PROBLEMS,
        "deciding-secretary",
        "deciding-officer1",
        DENIED,
        NOT_FOUND,
        convene,
        about="delegated",
    ),
    Row(
        "mutation",
        "withdrawAdoption",
        '(id: $id, reason: "r")',
        PROBLEMS,
        "deciding-officer1",
        "deciding-officer2",
        DENIED,
        NOT_FOUND,
        adopted,
        about="adoption",
    ),
    Row(
        "mutation",
        "declareDecision",
        '(item: $id, kind: NOTE, text: "Noted.")',
        PROBLEMS,
        "deciding-chair",
        "deciding-secretary",
        DENIED,
        NOT_FOUND,
        convene,
        about="agenda_item",
    ),
    Row(
        "mutation",
        "referDecision",
        '(decision: $id, to: $scrutiny, reason: "r")',
        PROBLEMS,
        "deciding-secretary",
        "deciding-member1",
        DENIED,
        NOT_FOUND,
        convene,
        about="decision",
    ),
    Row(
        "mutation",
        "answerReferral",
        '(id: $id, answer: "No objection.")',
        PROBLEMS,
        "asked-chair",
        "deciding-chair",
        DENIED,
        NOT_FOUND,
        referred,
        about="referral",
    ),
]
