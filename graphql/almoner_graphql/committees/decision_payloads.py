"""What delegations and decisions are changed with, and what comes of it."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from almoner.committees import tables
from almoner_graphql.committees.enums import DelegatedMatter, RecommendationAnswer
from almoner_graphql.committees.records import Referral
from almoner_graphql.committees.session import (
    CommitteeDelegation,
    Decision,
    DelegationAdoption,
    DelegationItem,
    DelegationRefusal,
)
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.sources import given_row, given_rows, no_rows
from almoner_graphql.problems import Problem

_AS_IT_IS = "As it is now; null if this was refused."
_WHY = "Why this was refused; empty if it was not."


@strawberry.input(description="One kind of decision that bodies are asked to delegate.")
class DelegationItemInput:
    """See `propose_delegation.ProposedItem`."""

    matter: DelegatedMatter = strawberry.field(description="Which decisions.")
    text: str = strawberry.field(description="The decisions, in words: specific enough to be understood.")
    fund: str | None = strawberry.field(default=None, description="For the use of funds: which.")
    limit_amount: Decimal | None = strawberry.field(
        default=None, description="For the use of funds: up to how much, all decisions together; no limit if not given."
    )


@strawberry.input(description="What becomes of a recommendation.")
class RecommendationAnswerInput:
    """See `answers.Answer`."""

    recommendation: strawberry.ID = strawberry.field(description="The recommendation's id.")
    answer: RecommendationAnswer = strawberry.field(description="What becomes of it.")
    text: str | None = strawberry.field(default=None, description="As amended, or why not.")


@reads()
@strawberry.type(description="What became of a change of the register of delegations.")
class CommitteeDelegationPayload:
    """The entry, or problems."""

    delegation: CommitteeDelegation | None = one(
        given_row(tables.CommitteeDelegation, "delegation"), description=_AS_IT_IS
    )
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of `adoptDelegation`.")
class AdoptDelegationPayload:
    """The adoptions, one for each item, or problems."""

    adoptions: list[DelegationAdoption] = many(
        given_rows(tables.DelegationAdoption, "adoptions"), description="One for each item; none if this was refused."
    )
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of `declineDelegation`.")
class DeclineDelegationPayload:
    """The refusals, one for each item, or problems."""

    refusals: list[DelegationRefusal] = many(
        given_rows(tables.DelegationRefusal, "refusals"), description="One for each item; none if this was refused."
    )
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of the withdrawal of an item of the register.")
class DelegationItemPayload:
    """The item, or problems."""

    item: DelegationItem | None = one(given_row(tables.DelegationItem, "item"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of a change of what a body delegates.")
class DelegationAdoptionPayload:
    """The adoption, or problems."""

    adoption: DelegationAdoption | None = one(given_row(tables.DelegationAdoption, "adoption"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of the declaration of a decision.")
class DecisionPayload:
    """The decision, or problems."""

    decision: Decision | None = one(given_row(tables.Decision, "decision"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description="Every reason why the committee cannot decide this now.")


@reads()
@strawberry.type(description="What became of a referral.")
class ReferralPayload:
    """The referral, or problems."""

    referral: Referral | None = one(given_row(tables.Referral, "referral"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)
