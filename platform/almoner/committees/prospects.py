"""What a committee can decide: the facts for `delegation.outlook`, at the decision and beforehand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.delegation import Outlook, Reason, Register, Wish, kinds_open, outlook
from almoner.committees.publicity import publicity_reasons
from almoner.committees.read import get_committee, get_meeting, member_bodies, rules_of, today
from almoner.committees.tables import AgendaItem, Committee, Decision, DelegationAdoption, DelegationItem, Paper
from almoner.committees.words import DecisionKind, PaperPurpose
from almoner.core.scope import TenantScope
from almoner.organizations.tables import Organization


@dataclass(frozen=True, slots=True)
class Prospect:
    """What was asked, and what came out.

    Attributes:
        bodies: the member bodies on the day, by id.
        kinds: the kinds of decisions that the committee can take about this, also if it is none of what was asked.
    """

    kind: DecisionKind
    on: date
    outlook: Outlook
    bodies: Mapping[UUID, Organization]
    kinds: Collection[DecisionKind]


async def can_decide(
    scope: TenantScope,
    committee_id: UUID,
    *,
    delegation_item_id: UUID | None = None,
    bodies: Collection[UUID] = (),
    kind: DecisionKind = DecisionKind.APPROVE,
    amount: Decimal | None = None,
    on: date | None = None,
) -> Prospect:
    """Whether a committee could decide something on a day (today if none is given), and whom that would bind.

    Raises:
        NotFound: no such committee or item that the viewer may see.
        Denied: the viewer may not read the committee's register of delegations.
    """
    committee = await get_committee(scope, committee_id)
    scope.require(Permission.COMMITTEE_DELEGATION_VIEW, committee)
    item = await _item(scope, delegation_item_id)
    return await prospect(scope, committee, item, Wish(kind, bodies, amount), on or await today(scope))


async def paper_outlook(scope: TenantScope, paper_id: UUID) -> Prospect:
    """Whether the committee could decide what a paper asks for on the day of its meeting.

    A paper that asks for no decision asks for being noted.

    Raises:
        NotFound: no such paper that the viewer may see.
        Denied: the viewer may not read the committee's register of delegations.
    """
    paper = await scope.get(Paper, paper_id, Permission.PAPER_VIEW)
    committee = await get_committee(scope, paper.committee_id)
    scope.require(Permission.COMMITTEE_DELEGATION_VIEW, committee)
    meeting = await get_meeting(scope, paper.meeting_id)
    # Whoever sees the paper is told, also its author, who does not see the agenda before it is published.
    agenda_item = await scope.find(AgendaItem, paper.item_id)
    if agenda_item is None:
        raise LookupError("a paper is about an agenda item")
    rules = await rules_of(scope, committee.id)
    asks = PaperPurpose.DECISION in paper.purposes
    kind = DecisionKind.APPROVE if asks else DecisionKind.NOTE
    item = await _item(scope, paper.delegation_item_id) if asks else None
    wish = Wish(kind, [UUID(each) for each in paper.asks_bodies] if asks else [], amount_follows=True)
    found = await prospect(scope, committee, item, wish, meeting.held_on)

    def doors(of: DecisionKind) -> list[Reason]:
        reaches_others = of == DecisionKind.APPROVE and item is not None
        return [*publicity_reasons(meeting, agenda_item, rules, of, reaches_others=reaches_others)]

    return with_reasons(replace(found, kinds=[each for each in found.kinds if not doors(each)]), doors(kind))


async def prospect(
    scope: TenantScope,
    committee: Committee,
    item: DelegationItem | None,
    wish: Wish,
    on: date,
    *,
    lock: bool = False,
) -> Prospect:
    """The outlook on a decision.

    Locked, no body withdraws its delegation, and no other decision stands on the item, until the transaction ends.
    """
    bodies = await member_bodies(scope, committee.id, on)
    members = {each: body.code for each, body in bodies.items()}
    elsewhere = []
    if item is not None and item.committee_id != committee.id:
        message = "This item is of another committee's register: name one of this committee's."
        elsewhere, item = [Reason("DELEGATION_OF_ANOTHER_COMMITTEE", message, about="delegationItem")], None
    register = Register(committee.can_decide, members)
    if item is not None:
        if lock:
            item = await _kept(scope, item)
        adoptions, used = await _adoptions(scope, item, lock=lock), await _used(scope, item)
        register = Register(committee.can_decide, members, item, adoptions, used)
    found, kinds = outlook(register, wish, on), kinds_open(register, wish, on)
    if elsewhere:  # it is named, though not one that helps
        found = Outlook(tuple(each for each in found.reasons if each.code != "NO_DELEGATION_NAMED"), {})
        kinds = tuple(each for each in kinds if each != DecisionKind.APPROVE)
    return with_reasons(Prospect(wish.kind, on, found, bodies, kinds), elsewhere)


def with_reasons(found: Prospect, more: Sequence[Reason]) -> Prospect:
    """The same with more reasons against it, if there are any; then it binds nobody."""
    if not more:
        return found
    return replace(found, outlook=Outlook((*found.outlook.reasons, *more), {}))


async def _item(scope: TenantScope, item_id: UUID | None) -> DelegationItem | None:
    if item_id is None:
        return None
    return await scope.get(DelegationItem, item_id, Permission.COMMITTEE_DELEGATION_VIEW)


async def _kept(scope: TenantScope, item: DelegationItem) -> DelegationItem:
    """An item that nobody else decides by, adopts or withdraws until the transaction ends, as it is now."""
    query = select(DelegationItem).where(
        col(DelegationItem.tenant_id) == scope.tenant_id, col(DelegationItem.id) == item.id
    )
    # Rows that name it by a foreign key can be added meanwhile.
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await scope.session.execute(locked)).scalar_one()


async def _used(scope: TenantScope, item: DelegationItem) -> Decimal:
    """What all decisions that stand on an item use of its fund, whoever asks."""
    query = select(func.sum(col(Decision.amount))).where(
        col(Decision.tenant_id) == scope.tenant_id, col(Decision.delegation_item_id) == item.id
    )
    return (await scope.session.execute(query)).scalar_one() or Decimal(0)


async def _adoptions(scope: TenantScope, item: DelegationItem, *, lock: bool) -> Sequence[DelegationAdoption]:
    """All adoptions of an item, whoever asks: what a committee can decide does not depend on that."""
    query = (
        select(DelegationAdoption)
        .where(col(DelegationAdoption.tenant_id) == scope.tenant_id, col(DelegationAdoption.item_id) == item.id)
        .order_by(col(DelegationAdoption.id))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await scope.session.execute(query)).scalars().all()
