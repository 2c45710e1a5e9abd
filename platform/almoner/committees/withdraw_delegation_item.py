"""Taking back what bodies are asked to delegate, as long as nothing stands on it."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.delegation import LIVING, state_of
from almoner.committees.read import today
from almoner.committees.tables import Decision, DelegationAdoption, DelegationItem
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason


async def withdraw_delegation_item(scope: TenantScope, item_id: UUID, *, reason: str) -> DelegationItem:
    """Take an item of the register back: it stays there for the record, and nobody is asked for it any more.

    Raises:
        NotFound: no such item that the viewer may see.
        Denied: the viewer lacks `committee_delegation:propose` for the committee.
        Invalid: no reason.
        Conflict: it is withdrawn already, a body delegates it, or a decision stands on it.
    """
    item = await scope.get(DelegationItem, item_id, Permission.COMMITTEE_DELEGATION_VIEW, lock=True)
    scope.require(Permission.COMMITTEE_DELEGATION_PROPOSE, item)
    require_reason(reason)
    if item.withdrawn_at is not None:
        raise Conflict("This item is withdrawn already.", code="DELEGATION_ITEM_WITHDRAWN")
    await _insist_on_nothing_standing(scope, item)
    item.withdrawn_at = scope.now()
    item.withdraw_reason = reason.strip()
    scope.record("delegation_item.withdrawn", item)
    return item


async def _insist_on_nothing_standing(scope: TenantScope, item: DelegationItem) -> None:
    decided = select(col(Decision.id)).where(
        col(Decision.tenant_id) == scope.tenant_id, col(Decision.delegation_item_id) == item.id
    )
    if (await scope.session.execute(decided.limit(1))).first() is not None:
        message = "A decision stands on this item: it stays in the register. Bodies can withdraw their adoptions."
        raise Conflict(message, code="DECISION_STANDS_ON_IT")
    adopted = select(DelegationAdoption).where(
        col(DelegationAdoption.tenant_id) == scope.tenant_id, col(DelegationAdoption.item_id) == item.id
    )
    on = await today(scope)
    if any(state_of(each, on) in LIVING for each in (await scope.session.execute(adopted)).scalars()):
        message = "A body delegates this: it stays in the register until each of these has withdrawn its adoption."
        raise Conflict(message, code="STILL_DELEGATED")
