"""A body decides not to delegate something that it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.adopt_delegation import kept_items, register_problems
from almoner.committees.delegation import LIVING, refusal_that_stands, state_of
from almoner.committees.read import today
from almoner.committees.tables import DelegationAdoption, DelegationRefusal
from almoner.core.errors import Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, wording_problems


async def decline_delegation(
    scope: TenantScope, item_ids: Sequence[UUID], *, body_id: UUID, reference: str, reason: str
) -> list[DelegationRefusal]:
    """Record that a body does not delegate items of one committee's register, by one decision of its own.

    Args:
        reference: of the body's decision, for example the number in its minutes.

    Raises:
        NotFound: no such item that the viewer may see.
        Denied: the viewer lacks `committee_delegation:adopt` for the body.
        Invalid: every problem: a text that is missing, a body that is none of the committee's, an item that the body
            delegates, or has declined already, or that is withdrawn.
    """
    items = await kept_items(scope, item_ids)
    missing = "Say where the body's decision is written down."
    problems = wording_problems(reference, LONGEST_TEXT, ("reference",), code="REFERENCE_MISSING", message=missing)
    missing = "Say why the body does not delegate this."
    problems += wording_problems(reason, LONGEST_TEXT, ("reason",), code="REASON_MISSING", message=missing)
    refusals = [
        DelegationRefusal(
            tenant_id=scope.tenant_id,
            committee_id=item.committee_id,
            item_id=item.id,
            body_id=body_id,
            reference=reference.strip(),
            reason=reason.strip(),
            declined_by=scope.viewer.subject_id,
            declined_at=scope.now(),
            public_at=scope.now() if item.public_at is not None else None,
        )
        for item in items
    ]
    for each in refusals:
        scope.require(Permission.COMMITTEE_DELEGATION_ADOPT, each)
    on = await today(scope)
    problems += await register_problems(scope, items, item_ids, body_id=body_id, on=on)
    problems += await _standing_problems(scope, item_ids, body_id, on)
    if problems:
        raise Invalid(problems)
    for each in refusals:
        scope.session.add(each)
        await scope.session.flush()
        scope.record("delegation.declined", each, item=str(each.item_id), body=str(body_id))
    return refusals


async def _standing_problems(scope: TenantScope, item_ids: Sequence[UUID], body_id: UUID, on: date) -> list[Problem]:
    adoptions = await _of_body(scope, DelegationAdoption, item_ids, body_id)
    refusals = await _of_body(scope, DelegationRefusal, item_ids, body_id)
    problems = []
    for n, item_id in enumerate(item_ids):
        adopted = [each for each in adoptions if each.item_id == item_id]
        if any(state_of(each, on) in LIVING for each in adopted):
            message = "The body delegates this: withdraw its adoption instead."
            problems.append(Problem("ADOPTED_ALREADY", message, ("items", str(n))))
        elif refusal_that_stands([each for each in refusals if each.item_id == item_id], adopted, on):
            problems.append(Problem("DECLINED_ALREADY", "The body has declined this already.", ("items", str(n))))
    return problems


async def _of_body(scope: TenantScope, table: Any, item_ids: Sequence[UUID], body_id: UUID) -> list[Any]:
    query = select(table).where(
        col(table.tenant_id) == scope.tenant_id, col(table.item_id).in_(item_ids), col(table.body_id) == body_id
    )
    return list((await scope.session.execute(query)).scalars())
