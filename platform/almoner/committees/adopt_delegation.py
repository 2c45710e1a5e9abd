"""A body delegates decisions to a committee, and takes that back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import col

from almoner.authorization.permissions import Permission
from almoner.committees.delegation import state_of
from almoner.committees.read import member_bodies, today
from almoner.committees.status import DelegationState
from almoner.committees.tables import DelegationAdoption, DelegationItem
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, require_reason, text_problems, wording_problems

MOST_ITEMS = 200


async def adopt_delegation(
    scope: TenantScope,
    item_ids: Sequence[UUID],
    *,
    body_id: UUID,
    reference: str,
    decided_on: date,
    begins_on: date,
    ends_on: date | None = None,
    conditions: str | None = None,
) -> list[DelegationAdoption]:
    """Record that a body delegates items of one committee's register, by one decision of its own.

    Args:
        reference: of the body's decision, for example the number in its minutes.
        decided_on: the day of it.
        begins_on, ends_on: it delegates on the days `[begins_on, ends_on)`; None: until it withdraws.

    Raises:
        NotFound: no such item that the viewer may see.
        Denied: the viewer lacks `committee_delegation:adopt` for the body.
        Invalid: every problem of the items and the days, among them a body that is none of the committee's.
    """
    items = await kept_items(scope, item_ids)
    missing = "Say where the body's decision is written down."
    problems = wording_problems(reference, LONGEST_TEXT, ("reference",), code="REFERENCE_MISSING", message=missing)
    problems += text_problems(conditions or "", LONGEST_TEXT, ("conditions",))
    adoptions = [
        DelegationAdoption(
            tenant_id=scope.tenant_id,
            committee_id=item.committee_id,
            item_id=item.id,
            body_id=body_id,
            reference=reference.strip(),
            decided_on=decided_on,
            begins_on=begins_on,
            ends_on=ends_on,
            conditions=(conditions or "").strip() or None,
            adopted_by=scope.viewer.subject_id,
            adopted_at=scope.now(),
            public_at=scope.now() if item.public_at is not None else None,
        )
        for item in items
    ]
    for each in adoptions:
        scope.require(Permission.COMMITTEE_DELEGATION_ADOPT, each)
    problems += _day_problems(decided_on, begins_on, ends_on, await today(scope))
    problems += await register_problems(scope, items, item_ids, body_id=body_id, on=begins_on)
    problems += await _overlap_problems(scope, item_ids, adoptions[0])
    if problems:
        raise Invalid(problems)
    for each in adoptions:
        scope.session.add(each)
        await scope.session.flush()
        scope.record("delegation.adopted", each, item=str(each.item_id), body=str(body_id))
    return adoptions


async def kept_items(scope: TenantScope, item_ids: Sequence[UUID]) -> list[DelegationItem]:
    """The items that a body decides about, which nobody else adopts, declines or withdraws meanwhile.

    Raises:
        NotFound: no such item that the viewer may see.
        Invalid: too many, or none.
    """
    if not 1 <= len(set(item_ids)) <= MOST_ITEMS:
        raise Invalid([Problem("ITEMS_MISSING", f"Name 1 to {MOST_ITEMS} items of the register.", ("items",))])
    # In the order of their ids, so that two at once do not wait for each other in a ring.
    return [
        await scope.get(DelegationItem, each, Permission.COMMITTEE_DELEGATION_VIEW, lock=True)
        for each in sorted(set(item_ids))
    ]


def _day_problems(decided_on: date, begins_on: date, ends_on: date | None, now_on: date) -> list[Problem]:
    problems = []
    if decided_on > now_on:
        message = "A decision of a day to come is not taken yet: record it when it is."
        problems.append(Problem("DECIDED_IN_FUTURE", message, ("decidedOn",)))
    if begins_on < decided_on:
        message = "A delegation begins on the day on which the body has decided, or later."
        problems.append(Problem("BEGINS_BEFORE_DECIDED", message, ("beginsOn",)))
    if ends_on is not None and ends_on <= begins_on:
        problems.append(Problem("ENDS_BEFORE_BEGIN", "It ends on a day after the one on which it begins.", ("endsOn",)))
    return problems


async def register_problems(
    scope: TenantScope, items: Sequence[DelegationItem], item_ids: Sequence[UUID], *, body_id: UUID, on: date
) -> list[Problem]:
    """Why a body cannot decide about these items at once.

    Args:
        item_ids: as they were given, which paths count by.
        on: the day on which the body must be one of the committee's.
    """
    problems = []
    if len({each.committee_id for each in items}) > 1:
        message = "These items are of several committees' registers: decide about those of one at a time."
        problems.append(Problem("DIFFERENT_COMMITTEES", message, ("items",)))
    elif body_id not in await member_bodies(scope, items[0].committee_id, on):
        message = "The body is not a member body of the committee on the first day of this."
        problems.append(Problem("STRANGER_BODY", message, ("body",)))
    withdrawn = {each.id for each in items if each.withdrawn_at is not None}
    message = "This item is withdrawn from the register: the committee does not ask for it any more."
    problems += [
        Problem("DELEGATION_ITEM_WITHDRAWN", message, ("items", str(n)))
        for n, each in enumerate(item_ids)
        if each in withdrawn
    ]
    return problems


async def _overlap_problems(scope: TenantScope, item_ids: Sequence[UUID], wanted: DelegationAdoption) -> list[Problem]:
    """What of these the body delegates already; the rows are not stored yet."""
    taken = await _overlapping(scope, item_ids, wanted)
    return [
        Problem("ALREADY_IN_FORCE", "The body delegates this already on some of these days.", ("items", str(n)))
        for n, each in enumerate(item_ids)
        if each in taken
    ]


async def _overlapping(scope: TenantScope, item_ids: Sequence[UUID], wanted: DelegationAdoption) -> set[UUID]:
    """The items that the body delegates already on some of the days that are wanted."""
    query = select(col(DelegationAdoption.item_id)).where(
        col(DelegationAdoption.tenant_id) == scope.tenant_id,
        col(DelegationAdoption.item_id).in_(item_ids),
        col(DelegationAdoption.body_id) == wanted.body_id,
        col(DelegationAdoption.withdrawn_at).is_(None),
        or_(col(DelegationAdoption.ends_on).is_(None), col(DelegationAdoption.ends_on) > wanted.begins_on),
    )
    if wanted.ends_on is not None:
        query = query.where(col(DelegationAdoption.begins_on) < wanted.ends_on)
    return set((await scope.session.execute(query)).scalars())


async def withdraw_adoption(scope: TenantScope, adoption_id: UUID, *, reason: str) -> DelegationAdoption:
    """Record that a body does not delegate something any more. Decisions that stand on it keep standing.

    Raises:
        NotFound: no such adoption that the viewer may see.
        Denied: the viewer lacks `committee_delegation:withdraw` for the body.
        Invalid: no reason.
        Conflict: it is withdrawn already, or has run out.
    """
    adoption = await scope.get(DelegationAdoption, adoption_id, Permission.COMMITTEE_DELEGATION_VIEW, lock=True)
    scope.require(Permission.COMMITTEE_DELEGATION_WITHDRAW, adoption)
    require_reason(reason)
    state = state_of(adoption, await today(scope))
    if state is DelegationState.WITHDRAWN:
        raise Conflict("This delegation is withdrawn already.", code="ADOPTION_WITHDRAWN")
    if state is DelegationState.EXPIRED:
        raise Conflict("This delegation has run out: there is nothing to withdraw.", code="ADOPTION_EXPIRED")
    adoption.withdrawn_at = scope.now()
    adoption.withdraw_reason = reason.strip()
    scope.record("delegation.withdrawn", adoption, item=str(adoption.item_id), body=str(adoption.body_id))
    return adoption
