"""Founding committees; the bodies, seats, relations and exclusions that they are made up of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from almoner.committees import bodies, exclusions, relations, seats, tables
from almoner.committees.create_committee import create_committee
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.committees.bodies_payloads import (
    CommitteeBodyPayload,
    CommitteePayload,
    CommitteeRelationPayload,
    ExclusionPayload,
    SeatPayload,
)
from almoner_graphql.committees.enums import (
    CommitteeKind,
    CommitteeRelationKind,
    ExcludedSeats,
    ExclusionKind,
    SeatRole,
    SeatStandsFor,
    SeatVote,
)
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.problems import answered, attempt
from almoner_graphql.scalars import day

CommitteeId = Annotated[strawberry.ID, strawberry.argument(description="The committee's id.")]


@strawberry.type(description="Mutations of committees and what they are made up of.")
class CommitteeBodiesMutations:
    """Part of `Mutation`."""

    @mutation(description="Found a committee. Needs `committee:create` and `organization:create`.")
    async def create_committee(
        self,
        info: Info,
        *,
        kind: Annotated[CommitteeKind, strawberry.argument(description="What it is; it stays so.")],
        code: Annotated[str, strawberry.argument(description="Unique in the agency: 2 to 40 letters, digits and `-`.")],
        name: Annotated[str, strawberry.argument(description="Its name: 1 to 200 characters.")],
        can_decide: Annotated[
            bool, strawberry.argument(description="It is a legal entity that decides; otherwise it recommends.")
        ],
        is_public: Annotated[bool, strawberry.argument(description="Everybody may know of it.")],
    ) -> CommitteePayload:
        async def create(scope: TenantScope) -> tables.Committee:
            return await create_committee(
                scope, kind=kind, code=code, name=name, can_decide=can_decide, is_public=is_public
            )

        return answered(CommitteePayload, "committee", *await attempt(info.context, create))

    @mutation(description="Say what a committee is to another organization. Needs `committee:change`.")
    async def relate_committee(
        self,
        info: Info,
        committee: CommitteeId,
        kind: Annotated[CommitteeRelationKind, strawberry.argument(description="What it is.")],
        other: Annotated[strawberry.ID, strawberry.argument(description="The other organization's id.")],
    ) -> CommitteeRelationPayload:
        async def relate(scope: TenantScope) -> tables.CommitteeRelation:
            other_id = row_id_of("Organization", other)
            return await relations.relate_committee(
                scope, row_id_of("Committee", committee), kind=kind, other_id=other_id
            )

        return answered(CommitteeRelationPayload, "relation", *await attempt(info.context, relate))

    @mutation(description="Say that a committee is that to another no more. Needs `committee:change`.")
    async def end_committee_relation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The relation's id.")]
    ) -> CommitteeRelationPayload:
        async def end(scope: TenantScope) -> tables.CommitteeRelation:
            return await relations.end_committee_relation(scope, row_id_of("CommitteeRelation", id))

        return answered(CommitteeRelationPayload, "relation", *await attempt(info.context, end))

    @mutation(description="Make an organization one of a committee's bodies. Needs `committee:change`.")
    async def admit_body(
        self,
        info: Info,
        *,
        committee: CommitteeId,
        body: Annotated[strawberry.ID, strawberry.argument(description="The id of an organization of the kind BODY.")],
        since_on: Annotated[date, strawberry.argument(description="The first day.")],
        weight: Annotated[
            Decimal | None,
            strawberry.argument(description="What its members count in weighted votes, above 0; 1 if not given."),
        ] = None,
    ) -> CommitteeBodyPayload:
        async def admit(scope: TenantScope) -> tables.CommitteeBody:
            return await bodies.admit_body(
                scope,
                row_id_of("Committee", committee),
                body_id=row_id_of("Organization", body),
                weight="1" if weight is None else weight,
                since_on=day(since_on, "sinceOn"),
            )

        return answered(CommitteeBodyPayload, "membership", *await attempt(info.context, admit))

    @mutation(
        description=(
            "Let a body be none of the committee's from a day on. Nobody may hold a seat from it then. Needs "
            "`committee:change`."
        )
    )
    async def release_body(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The membership's id: see `Committee.bodies`.")],
        until_on: Annotated[date, strawberry.argument(description="The first day on which it is none any more.")],
    ) -> CommitteeBodyPayload:
        async def release(scope: TenantScope) -> tables.CommitteeBody:
            return await bodies.release_body(scope, row_id_of("CommitteeBody", id), until_on=day(until_on, "untilOn"))

        return answered(CommitteeBodyPayload, "membership", *await attempt(info.context, release))

    @mutation(description="Add a category of seats to a committee. Needs `committee:change`.")
    async def add_seat(
        self,
        info: Info,
        *,
        committee: CommitteeId,
        title: Annotated[str, strawberry.argument(description="What it is called; unique in the committee.")],
        vote: Annotated[SeatVote, strawberry.argument(description="Whether they vote.")],
        drawn_from: Annotated[str, strawberry.argument(description="Where they come from, in words.")],
        stands_for: Annotated[SeatStandsFor, strawberry.argument(description="For whom they sit.")],
        role: Annotated[SeatRole, strawberry.argument(description="The role that an appointment gives.")],
        minimum: Annotated[int, strawberry.argument(description="How many people hold one at least.")] = 0,
        maximum: Annotated[
            int | None, strawberry.argument(description="How many at most; null: as many as you like.")
        ] = None,
    ) -> SeatPayload:
        new = seats.NewSeat(title, minimum, maximum, vote, drawn_from, stands_for, role)

        async def add(scope: TenantScope) -> tables.Seat:
            return await seats.add_seat(scope, row_id_of("Committee", committee), new)

        return answered(SeatPayload, "seat", *await attempt(info.context, add))

    @mutation(
        description=(
            "Let nobody be appointed to a seat any more. Who holds one sits to the end of the term. Needs "
            "`committee:change`."
        )
    )
    async def close_seat(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The seat's id.")]
    ) -> SeatPayload:
        async def close(scope: TenantScope) -> tables.Seat:
            return await seats.close_seat(scope, row_id_of("Seat", id))

        return answered(SeatPayload, "seat", *await attempt(info.context, close))

    @mutation(
        description=(
            "Keep people from seats of a committee, and from sitting in for who holds one: those with an affiliation, "
            "or those who hold a voting seat of another committee, where the same rule bites. Needs `committee:change` "
            "for both."
        )
    )
    async def add_exclusion(
        self,
        info: Info,
        *,
        committee: CommitteeId,
        kind: Annotated[ExclusionKind, strawberry.argument(description="What keeps them.")],
        reason: Annotated[str, strawberry.argument(description="Why; everybody who sees the committee reads it.")],
        affiliation: Annotated[
            str | None, strawberry.argument(description="For AFFILIATION: its code, for example FEDERAL_EMPLOYEE.")
        ] = None,
        other: Annotated[
            strawberry.ID | None, strawberry.argument(description="For VOTING_SEAT_ELSEWHERE: the committee's id.")
        ] = None,
        seats: Annotated[
            ExcludedSeats, strawberry.argument(description="Which seats; for VOTING_SEAT_ELSEWHERE, voting ones.")
        ] = ExcludedSeats.VOTING,
    ) -> ExclusionPayload:
        async def add(scope: TenantScope) -> tables.Exclusion:
            return await exclusions.add_exclusion(
                scope,
                row_id_of("Committee", committee),
                kind=kind,
                reason=reason,
                affiliation=affiliation,
                other_id=None if other is None else row_id_of("Committee", other),
                seats=seats,
            )

        return answered(ExclusionPayload, "exclusion", *await attempt(info.context, add))

    @mutation(description="Let an exclusion count no more. Needs `committee:change`.")
    async def lift_exclusion(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The exclusion's id.")]
    ) -> ExclusionPayload:
        async def lift(scope: TenantScope) -> tables.Exclusion:
            return await exclusions.lift_exclusion(scope, row_id_of("Exclusion", id))

        return answered(ExclusionPayload, "exclusion", *await attempt(info.context, lift))
