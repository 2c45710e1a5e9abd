"""Delegations, decisions that stand on them, referrals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from almoner.committees import tables
from almoner.committees.adopt_delegation import adopt_delegation, withdraw_adoption
from almoner.committees.declare_decision import Declared, declare_decision
from almoner.committees.decline_delegation import decline_delegation
from almoner.committees.propose_delegation import ProposedItem, propose_delegation
from almoner.committees.recommendation_answers import Answer
from almoner.committees.referrals import answer_referral, refer_decision
from almoner.committees.withdraw_delegation_item import withdraw_delegation_item
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.committees.amounts import amount_of
from almoner_graphql.committees.decision_payloads import (
    AdoptDelegationPayload,
    CommitteeDelegationPayload,
    DecisionPayload,
    DeclineDelegationPayload,
    DelegationAdoptionPayload,
    DelegationItemInput,
    DelegationItemPayload,
    RecommendationAnswerInput,
    ReferralPayload,
)
from almoner_graphql.committees.enums import DecisionKind
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.planner.executor import reading
from almoner_graphql.problems import Problem, attempt
from almoner_graphql.scalars import day

Reason = Annotated[str, strawberry.argument(description="Why; it is kept.")]


@strawberry.type(description="Mutations of delegations to committees.")
class DelegationMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Enter into a committee's register what its bodies are asked to delegate. Needs "
            "`committee_delegation:propose` at the committee."
        )
    )
    async def propose_delegation(
        self,
        info: Info,
        committee: Annotated[strawberry.ID, strawberry.argument(description="The committee's id.")],
        *,
        workstream: Annotated[str, strawberry.argument(description="The work-stream that it is for.")],
        rationale: Annotated[str, strawberry.argument(description="Why it is asked for.")],
        impact: Annotated[str, strawberry.argument(description="What it means locally.")],
        items: Annotated[list[DelegationItemInput], strawberry.argument(description="Which decisions: 1 to 50.")],
        answer_by: Annotated[
            date | None,
            strawberry.argument(description="The last day on which bodies are asked to say whether they delegate."),
        ] = None,
    ) -> CommitteeDelegationPayload:
        async def propose(scope: TenantScope) -> tables.CommitteeDelegation:
            given = [
                ProposedItem(
                    each.matter.value,
                    each.text,
                    each.fund,
                    amount_of(each.limit_amount, "items", str(n), "limitAmount"),
                )
                for n, each in enumerate(items)
            ]
            return await propose_delegation(
                scope,
                row_id_of("Committee", committee),
                workstream=workstream,
                rationale=rationale,
                impact=impact,
                items=given,
                answer_by=None if answer_by is None else day(answer_by, "answerBy"),
            )

        row, problems = await attempt(info.context, propose)
        if row is None:
            return CommitteeDelegationPayload(delegation=None, problems=problems)
        return reading(CommitteeDelegationPayload, delegation=row.id)

    @mutation(
        description=(
            "Record that a body delegates items of one committee's register, by one decision of its own. Needs "
            "`committee_delegation:adopt` at the body."
        )
    )
    async def adopt_delegation(
        self,
        info: Info,
        items: Annotated[list[strawberry.ID], strawberry.argument(description="The items' ids: 1 to 200.")],
        body: Annotated[strawberry.ID, strawberry.argument(description="The id of the organization that the body is.")],
        *,
        reference: Annotated[str, strawberry.argument(description="Where its decision is written down.")],
        decided_on: Annotated[date, strawberry.argument(description="The day of its decision.")],
        begins_on: Annotated[date, strawberry.argument(description="The first day on which it delegates.")],
        ends_on: Annotated[
            date | None, strawberry.argument(description="The first day on which it does not; open if not given.")
        ] = None,
        conditions: Annotated[str | None, strawberry.argument(description="Under which conditions.")] = None,
    ) -> AdoptDelegationPayload:
        async def adopt(scope: TenantScope) -> list[tables.DelegationAdoption]:
            return await adopt_delegation(
                scope,
                [row_id_of("DelegationItem", each) for each in items],
                body_id=row_id_of("Organization", body),
                reference=reference,
                decided_on=day(decided_on, "decidedOn"),
                begins_on=day(begins_on, "beginsOn"),
                ends_on=None if ends_on is None else day(ends_on, "endsOn"),
                conditions=conditions,
            )

        rows, problems = await attempt(info.context, adopt)
        if rows is None:
            return AdoptDelegationPayload(adoptions=[], problems=problems)
        return reading(AdoptDelegationPayload, adoptions=[each.id for each in rows])

    @mutation(
        description=(
            "Record that a body does not delegate items of one committee's register, by one decision of its own; it "
            "may adopt them later all the same. Needs `committee_delegation:adopt` at the body."
        )
    )
    async def decline_delegation(
        self,
        info: Info,
        items: Annotated[list[strawberry.ID], strawberry.argument(description="The items' ids: 1 to 200.")],
        body: Annotated[strawberry.ID, strawberry.argument(description="The id of the organization that the body is.")],
        *,
        reference: Annotated[str, strawberry.argument(description="Where its decision is written down.")],
        reason: Reason,
    ) -> DeclineDelegationPayload:
        async def decline(scope: TenantScope) -> list[tables.DelegationRefusal]:
            return await decline_delegation(
                scope,
                [row_id_of("DelegationItem", each) for each in items],
                body_id=row_id_of("Organization", body),
                reference=reference,
                reason=reason,
            )

        rows, problems = await attempt(info.context, decline)
        if rows is None:
            return DeclineDelegationPayload(refusals=[], problems=problems)
        return reading(DeclineDelegationPayload, refusals=[each.id for each in rows])

    @mutation(
        description=(
            "Take back an item of the register, as long as no body delegates it and no decision stands on it: nobody "
            "is asked for it any more. Needs `committee_delegation:propose` at the committee."
        )
    )
    async def withdraw_delegation_item(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The item's id.")],
        reason: Reason,
    ) -> DelegationItemPayload:
        async def withdraw(scope: TenantScope) -> tables.DelegationItem:
            return await withdraw_delegation_item(scope, row_id_of("DelegationItem", id), reason=reason)

        row, problems = await attempt(info.context, withdraw)
        if row is None:
            return DelegationItemPayload(item=None, problems=problems)
        return reading(DelegationItemPayload, item=row.id)

    @mutation(
        description=(
            "Record that a body does not delegate something any more, from this instant. Decisions that stand on it "
            "keep standing. Needs `committee_delegation:withdraw` at the body."
        )
    )
    async def withdraw_adoption(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The adoption's id.")],
        reason: Reason,
    ) -> DelegationAdoptionPayload:
        async def withdraw(scope: TenantScope) -> tables.DelegationAdoption:
            return await withdraw_adoption(scope, row_id_of("DelegationAdoption", id), reason=reason)

        row, problems = await attempt(info.context, withdraw)
        if row is None:
            return DelegationAdoptionPayload(adoption=None, problems=problems)
        return reading(DelegationAdoptionPayload, adoption=row.id)


@strawberry.type(description="Mutations of committees' decisions.")
class DecisionMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Write down what the committee has decided about an agenda item, while the meeting is in session. An "
            "approval binds the bodies that delegate it at this instant; whatever is in the way is told at once. Needs "
            "`decision:declare`."
        )
    )
    async def declare_decision(
        self,
        info: Info,
        item: Annotated[strawberry.ID, strawberry.argument(description="The agenda item's id.")],
        kind: Annotated[DecisionKind, strawberry.argument(description="What the committee does by it.")],
        text: Annotated[str, strawberry.argument(description="What is decided.")],
        *,
        recommendations: Annotated[
            list[RecommendationAnswerInput] | None,
            strawberry.argument(description="What becomes of recommendations of the item's papers."),
        ] = None,
        vote: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The vote that carried it; without one it is declared by consensus."),
        ] = None,
        delegation_item: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The item of the register of delegations that an approval stands on."),
        ] = None,
        bodies: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description="The organizations that it is to bind; all member bodies if not given."),
        ] = None,
        amount: Annotated[
            Decimal | None, strawberry.argument(description="How much of the item's fund it uses.")
        ] = None,
    ) -> DecisionPayload:
        async def declare(scope: TenantScope) -> tables.Decision:
            declared = Declared(
                kind=kind,
                text=text,
                answers=[
                    Answer(row_id_of("Recommendation", each.recommendation), each.answer, each.text)
                    for each in recommendations or ()
                ],
                vote_id=None if vote is None else row_id_of("Vote", vote),
                delegation_item_id=None if delegation_item is None else row_id_of("DelegationItem", delegation_item),
                bodies=[row_id_of("Organization", each) for each in bodies or ()],
                amount=amount_of(amount, "amount"),
            )
            return await declare_decision(scope, row_id_of("AgendaItem", item), declared)

        row, problems = await attempt(info.context, declare)
        if row is None:
            return DecisionPayload(decision=None, problems=problems)
        return reading(DecisionPayload, decision=row.id)

    @mutation(
        description=(
            "Refer a decision to a committee that scrutinises, or to one that is advised or reported to. Needs "
            "`referral:make` at the one that decided."
        )
    )
    async def refer_decision(
        self,
        info: Info,
        decision: Annotated[strawberry.ID, strawberry.argument(description="The decision's id.")],
        to: Annotated[strawberry.ID, strawberry.argument(description="The id of the committee that is asked.")],
        reason: Reason,
    ) -> ReferralPayload:
        async def refer(scope: TenantScope) -> tables.Referral:
            return await refer_decision(
                scope, row_id_of("Decision", decision), to_id=row_id_of("Committee", to), reason=reason
            )

        return _referral(*await attempt(info.context, refer))

    @mutation(
        description="Answer a referral, for the committee that was asked. Needs `referral:answer` at that committee."
    )
    async def answer_referral(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The referral's id.")],
        answer: Annotated[str, strawberry.argument(description="The answer.")],
    ) -> ReferralPayload:
        async def reply(scope: TenantScope) -> tables.Referral:
            return await answer_referral(scope, row_id_of("Referral", id), answer=answer)

        return _referral(*await attempt(info.context, reply))


def _referral(row: tables.Referral | None, problems: list[Problem]) -> ReferralPayload:
    if row is None:
        return ReferralPayload(referral=None, problems=problems)
    return reading(ReferralPayload, referral=row.id)
