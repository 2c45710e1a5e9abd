"""Entering into the register what bodies are asked to delegate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from almoner.authorization.permissions import Permission
from almoner.committees.read import get_committee, keep_numbers, today
from almoner.committees.tables import CommitteeDelegation, DelegationItem
from almoner.committees.words import DelegatedMatter
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, is_blank, wording_problems

MOST_ITEMS = 50


@dataclass(frozen=True, slots=True)
class ProposedItem:
    """One kind of decision that bodies are asked to delegate; the members are those of `DelegationItem`."""

    matter: str
    text: str
    fund: str | None = None
    limit_amount: Decimal | None = None


async def propose_delegation(
    scope: TenantScope,
    committee_id: UUID,
    *,
    workstream: str,
    rationale: str,
    impact: str,
    items: Sequence[ProposedItem],
    answer_by: date | None = None,
) -> CommitteeDelegation:
    """Ask the bodies of a committee for a delegation: specific enough that each understands what it gives away.

    Args:
        answer_by: the last day on which they are asked to say whether they delegate.

    Raises:
        NotFound: no such committee that the viewer may see.
        Denied: the viewer lacks `committee_delegation:propose` for it.
        Conflict: it only recommends.
        Invalid: something is missing or contradicts itself; every problem.
    """
    committee = await get_committee(scope, committee_id)
    scope.require(Permission.COMMITTEE_DELEGATION_PROPOSE, committee)
    problems = [
        problem
        for text, name, message in (
            (workstream, "workstream", "Name the work-stream that this is for."),
            (rationale, "rationale", "Say why this is asked for."),
            (impact, "impact", "Say what this means for each body."),
        )
        for problem in wording_problems(text, LONGEST_TEXT, (name,), code=f"{name.upper()}_MISSING", message=message)
    ]
    entry = CommitteeDelegation(
        tenant_id=scope.tenant_id,
        committee_id=committee.id,
        position=0,  # below, when nobody else numbers
        workstream=workstream.strip(),
        rationale=rationale.strip(),
        impact=impact.strip(),
        answer_by=answer_by,
        proposed_by=scope.viewer.subject_id,
        proposed_at=scope.now(),
        public_at=scope.now() if committee.public_at is not None else None,
    )
    if answer_by is not None and answer_by < await today(scope):
        problems.append(Problem("ANSWER_BY_PAST", "Ask for answers by today or a later day.", ("answerBy",)))
    if not 1 <= len(items) <= MOST_ITEMS:
        problems.append(Problem("ITEMS_MISSING", f"Name 1 to {MOST_ITEMS} kinds of decisions.", ("items",)))
    found = [_checked(problems, item, ("items", str(n))) for n, item in enumerate(items)]
    if problems:
        raise Invalid(problems)
    if not committee.can_decide:
        raise Conflict("This committee decides nothing, so nothing can be delegated to it.", code="CANNOT_DECIDE")
    await _enter(scope, entry, found)
    return entry


def _checked(problems: list[Problem], item: ProposedItem, path: tuple[str, ...]) -> ProposedItem:
    missing = "Say which decisions these are."
    problems += wording_problems(item.text, LONGEST_TEXT, (*path, "text"), code="TEXT_MISSING", message=missing)
    if item.matter not in tuple(DelegatedMatter):
        message = f"A delegation is about one of {', '.join(DelegatedMatter)}."
        problems.append(Problem("UNKNOWN_MATTER", message, (*path, "matter")))
    fund = None if item.fund is None or is_blank(item.fund) else item.fund.strip()
    if item.matter == DelegatedMatter.USE_OF_FUNDS:
        if not fund:
            problems.append(Problem("FUND_MISSING", "Name the fund that may be used.", (*path, "fund")))
    elif fund or item.limit_amount is not None:
        message = "Only the use of funds has a fund and a limit: leave them out."
        problems.append(Problem("FUND_OUT_OF_PLACE", message, (*path, "fund" if fund else "limitAmount")))
    if item.limit_amount is not None and item.limit_amount <= 0:
        problems.append(Problem("BAD_AMOUNT", "An amount is more than 0.", (*path, "limitAmount")))
    return ProposedItem(item.matter, item.text.strip(), fund, item.limit_amount)


async def _enter(scope: TenantScope, entry: CommitteeDelegation, items: Sequence[ProposedItem]) -> None:
    await keep_numbers(scope, entry.committee_id)
    last = select(func.max(col(CommitteeDelegation.position))).where(
        col(CommitteeDelegation.tenant_id) == scope.tenant_id,
        col(CommitteeDelegation.committee_id) == entry.committee_id,
    )
    entry.position = ((await scope.session.execute(last)).scalar() or 0) + 1
    scope.session.add(entry)
    await scope.session.flush()
    for position, item in enumerate(items, 1):
        scope.session.add(
            DelegationItem(
                tenant_id=scope.tenant_id,
                committee_id=entry.committee_id,
                delegation_id=entry.id,
                position=position,
                matter=item.matter,
                text=item.text,
                fund=item.fund,
                limit_amount=item.limit_amount,
                proposed_at=scope.now(),
                public_at=entry.public_at,
            )
        )
    scope.record("committee_delegation.proposed", entry, position=entry.position, items=len(items))
