"""The chair declares what the committee has decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.agenda import hold_item
from almoner.committees.carrying import vote_problems
from almoner.committees.delegation import Reason, Wish
from almoner.committees.presence import insist_on_no_interest, insist_on_quorum
from almoner.committees.prospects import Prospect, prospect
from almoner.committees.publicity import publicity_reasons
from almoner.committees.read import get_committee, keep_numbers, rules_of, today
from almoner.committees.recommendation_answers import ACCEPTING, Answer, answer_problems, recommended_for
from almoner.committees.rules import Rules
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import (
    AgendaItem,
    Decision,
    DecisionBody,
    DelegationItem,
    Meeting,
    Recommendation,
    Vote,
)
from almoner.committees.words import DecisionKind
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, wording_problems


@dataclass(frozen=True, slots=True)
class Declared:
    """What the chair says that was decided.

    Attributes:
        answers: what becomes of the recommendations of the item's papers, by their ids.
        vote_id: the vote that carried it; None for what all agree on.
        delegation_item_id: the item of the register that an approval stands on.
        bodies: the bodies that it is to bind; empty: all member bodies.
        amount: of the funds that it uses.
    """

    kind: DecisionKind
    text: str
    answers: Sequence[Answer] = ()
    vote_id: UUID | None = None
    delegation_item_id: UUID | None = None
    bodies: Sequence[UUID] = ()
    amount: Decimal | None = None

    @property
    def reaches_others(self) -> bool:
        """Whether it is about more than the committee itself."""
        names_others = self.delegation_item_id is not None or bool(self.bodies) or bool(self.answers)
        return names_others or self.amount is not None

    @property
    def carries_something(self) -> bool:
        """Whether it does what a motion may have asked for: all but to note it, and to accept nothing."""
        return self.kind != DecisionKind.NOTE or any(each.answer in ACCEPTING for each in self.answers)


async def declare_decision(scope: TenantScope, item_id: UUID, declared: Declared) -> Decision:
    """Write down a decision about an agenda item. It binds the bodies whose delegation is in force at this instant.

    Raises:
        NotFound: no such agenda item, or item of the register, that the viewer may see.
        Denied: the viewer lacks `decision:declare` for the committee.
        Invalid: every reason why the committee cannot decide this, here and now.
    """
    meeting, item = await hold_item(scope, item_id)
    scope.require(Permission.DECISION_DECLARE, item)
    problems = await _moment_problems(scope, meeting, item)
    missing = "Say what is decided."
    problems += wording_problems(declared.text, LONGEST_TEXT, ("text",), code="TEXT_MISSING", message=missing)
    found = await _prospect(scope, meeting, declared)
    rules = await rules_of(scope, meeting.committee_id)
    reasons = [
        *found.outlook.reasons,
        *publicity_reasons(meeting, item, rules, declared.kind, reaches_others=declared.reaches_others),
    ]
    problems += [_problem(each, declared) for each in reasons]
    problems += await _vote_problems(scope, item, declared, rules)
    recommendations = await recommended_for(scope, item)
    problems += answer_problems(recommendations, declared.answers)
    if problems:
        raise Invalid(problems)
    decision = await _declared(scope, item, declared)
    await _bind(scope, decision, found)
    _answer(scope, decision, recommendations, declared.answers)
    scope.record("decision.declared", decision, number=decision.number, kind=decision.kind)
    return decision


async def _moment_problems(scope: TenantScope, meeting: Meeting, item: AgendaItem) -> list[Problem]:
    if item.withdrawn_at is not None:
        message = "This item is not on the agenda any more."
        return [Problem("ITEM_WITHDRAWN", message, ("item",))]
    if meeting.status != MeetingStatus.IN_SESSION:
        message = "A committee decides while it is in session: open the meeting first."
        if meeting.closed_at is not None or meeting.cancelled_at is not None:
            message = "A committee decides while it is in session, and this meeting is over: bring it to another one."
        return [Problem("NOT_IN_SESSION", message, ("item",))]
    if meeting.formal_part_closed_at is not None:
        message = "The formal part of this meeting is closed: bring this to another meeting."
        return [Problem("FORMAL_PART_CLOSED", message, ("item",))]
    problems: list[Problem] = []
    try:
        await insist_on_no_interest(scope, item)
    except Conflict as refused:
        problems += refused.problems
    try:
        await insist_on_quorum(scope, meeting, item)
    except Conflict as refused:
        problems += refused.problems
    return problems


async def _prospect(scope: TenantScope, meeting: Meeting, declared: Declared) -> Prospect:
    committee = await get_committee(scope, meeting.committee_id)
    delegation = None
    if declared.delegation_item_id is not None:
        wanted, permission = declared.delegation_item_id, Permission.COMMITTEE_DELEGATION_VIEW
        delegation = await scope.get(DelegationItem, wanted, permission)
    wish = Wish(declared.kind, declared.bodies, declared.amount)
    return await prospect(scope, committee, delegation, wish, await today(scope), lock=True)


def _problem(reason: Reason, declared: Declared) -> Problem:
    path = [reason.about] if reason.about else []
    if reason.body_id is not None and reason.body_id in declared.bodies:
        path.append(str(declared.bodies.index(reason.body_id)))
    return Problem(reason.code, reason.message, tuple(path))


async def _vote_problems(scope: TenantScope, item: AgendaItem, declared: Declared, rules: Rules) -> list[Problem]:
    query = (
        select(Vote, col(Decision.id))
        .outerjoin(Decision, (col(Decision.tenant_id) == col(Vote.tenant_id)) & (col(Decision.vote_id) == col(Vote.id)))
        .where(col(Vote.tenant_id) == scope.tenant_id, col(Vote.item_id) == item.id)
    )
    found = (await scope.session.execute(query)).all()
    return vote_problems(
        [vote for vote, _ in found],
        declared.vote_id,
        used={vote.id for vote, decision in found if decision is not None},
        is_needed=declared.kind in rules.vote_needed_for,
        carries_something=declared.carries_something,
    )


async def _declared(scope: TenantScope, item: AgendaItem, declared: Declared) -> Decision:
    await keep_numbers(scope, item.committee_id)
    last = select(func.max(col(Decision.number))).where(
        col(Decision.tenant_id) == scope.tenant_id, col(Decision.committee_id) == item.committee_id
    )
    decision = Decision(
        tenant_id=scope.tenant_id,
        committee_id=item.committee_id,
        meeting_id=item.meeting_id,
        item_id=item.id,
        number=((await scope.session.execute(last)).scalar() or 0) + 1,
        kind=declared.kind,
        text=declared.text.strip(),
        vote_id=declared.vote_id,
        delegation_item_id=declared.delegation_item_id,
        amount=declared.amount,
        declared_by=scope.viewer.subject_id,
        decided_at=scope.now(),
        barred=[*item.barred],
    )
    scope.session.add(decision)
    await scope.session.flush()
    return decision


async def _bind(scope: TenantScope, decision: Decision, found: Prospect) -> None:
    for body_id, adoption in found.outlook.bound.items():
        scope.session.add(
            DecisionBody(tenant_id=scope.tenant_id, decision_id=decision.id, body_id=body_id, adoption_id=adoption.id)
        )


def _answer(
    scope: TenantScope,
    decision: Decision,
    recommendations: dict[UUID, Recommendation],
    answers: Sequence[Answer],
) -> None:
    for each in answers:
        recommendation = recommendations[each.recommendation_id]
        recommendation.answer = each.answer
        recommendation.answer_text = (each.text or "").strip() or None
        recommendation.answered_at = scope.now()
        recommendation.decision_id = decision.id
