"""Terms of reference, who sits on a committee, and the register of interests."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from almoner.committees import appoint, interests, tables, terms
from almoner.committees.end_appointment import end_appointment
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.authorization.arguments import subject_of
from almoner_graphql.committees.bodies_payloads import (
    AppointmentPayload,
    InterestPayload,
    TermsOfReferencePayload,
)
from almoner_graphql.committees.rules import CommitteeRulesInput, as_sent
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.problems import answered, attempt
from almoner_graphql.scalars import day

CommitteeId = Annotated[strawberry.ID, strawberry.argument(description="The committee's id.")]


@strawberry.type(description="Mutations of terms of reference, appointments and interests.")
class AppointmentMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Write a new version of terms of reference. It waits for all bodies that the committee is made of; where "
            "there is none, it comes into force at once. Needs `committee:change`."
        )
    )
    async def draft_terms_of_reference(
        self,
        info: Info,
        committee: CommitteeId,
        text: Annotated[str, strawberry.argument(description="What the committee is for.")],
        rules: Annotated[CommitteeRulesInput, strawberry.argument(description="The rules that it is to work by.")],
    ) -> TermsOfReferencePayload:
        async def draft(scope: TenantScope) -> tables.TermsOfReference:
            return await terms.draft_terms_of_reference(
                scope, row_id_of("Committee", committee), text=text, rules=as_sent(rules)
            )

        return answered(TermsOfReferencePayload, "terms", *await attempt(info.context, draft))

    @mutation(
        description=(
            "Record that a body has approved a version, which comes into force as soon as all have. Needs "
            "`terms_of_reference:approve` for the body."
        )
    )
    async def approve_terms_of_reference(
        self,
        info: Info,
        *,
        id: Annotated[strawberry.ID, strawberry.argument(description="The version's id.")],
        body: Annotated[strawberry.ID, strawberry.argument(description="The body's id, as an organization.")],
        approved_on: Annotated[date, strawberry.argument(description="The day of the body's own decision.")],
        reference: Annotated[str, strawberry.argument(description="Where that decision is written down.")],
    ) -> TermsOfReferencePayload:
        async def approve(scope: TenantScope) -> tables.TermsOfReference:
            return await terms.approve_terms_of_reference(
                scope,
                row_id_of("TermsOfReference", id),
                body_id=row_id_of("Organization", body),
                approved_on=day(approved_on, "approvedOn"),
                reference=reference,
            )

        return answered(TermsOfReferencePayload, "terms", *await attempt(info.context, approve))

    @mutation(
        description=(
            "Appoint somebody else to a seat, which gives the seat's role at the committee for the same days. Needs "
            "`appointment:create`."
        )
    )
    async def appoint(
        self,
        info: Info,
        *,
        seat: Annotated[strawberry.ID, strawberry.argument(description="The seat's id.")],
        subject: Annotated[
            strawberry.ID, strawberry.argument(description="The account's id, or that of its `viewer`.")
        ],
        name: Annotated[str, strawberry.argument(description="As minutes name them.")],
        begins_on: Annotated[date, strawberry.argument(description="The first day; a past one is for the record.")],
        appointed_by: Annotated[str, strawberry.argument(description="Who appoints them, in words.")],
        ends_on: Annotated[
            date | None,
            strawberry.argument(description="The first day on which they do not hold it any more; null: for good."),
        ] = None,
        body: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The id of the committee's body that they come from; null for none."),
        ] = None,
        affiliations: Annotated[
            list[str] | None,
            strawberry.argument(description="What ties them to others, as codes that exclusions name."),
        ] = None,
    ) -> AppointmentPayload:
        async def make(scope: TenantScope) -> tables.Appointment:
            new = appoint.NewAppointment(
                subject_id=subject_of(subject),
                name=name,
                begins_on=day(begins_on, "beginsOn"),
                ends_on=None if ends_on is None else day(ends_on, "endsOn"),
                appointed_by=appointed_by,
                body_id=None if body is None else row_id_of("Organization", body),
                affiliations=tuple(affiliations or ()),
            )
            return await appoint.appoint(scope, row_id_of("Seat", seat), new)

        return answered(AppointmentPayload, "appointment", *await attempt(info.context, make))

    @mutation(description=("End an appointment today, and the role that it gave at once. Needs `appointment:end`."))
    async def end_appointment(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The appointment's id.")],
        reason: Annotated[str, strawberry.argument(description="Why; it is kept.")],
    ) -> AppointmentPayload:
        async def end(scope: TenantScope) -> tables.Appointment:
            return await end_appointment(scope, row_id_of("Appointment", id), reason=reason)

        return answered(AppointmentPayload, "appointment", *await attempt(info.context, end))

    @mutation(
        description=(
            "Enter an interest of one's own in a committee's standing register. Needs `interest:declare`, which "
            "members hold."
        )
    )
    async def declare_interest(
        self,
        info: Info,
        committee: CommitteeId,
        text: Annotated[str, strawberry.argument(description="The interest.")],
    ) -> InterestPayload:
        async def declare(scope: TenantScope) -> tables.Interest:
            return await interests.declare_interest(scope, row_id_of("Committee", committee), text=text)

        return answered(InterestPayload, "interest", *await attempt(info.context, declare))

    @mutation(description="Say that an interest of one's own is true no more. Needs `interest:declare`.")
    async def end_interest(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The entry's id.")]
    ) -> InterestPayload:
        async def end(scope: TenantScope) -> tables.Interest:
            return await interests.end_interest(scope, row_id_of("Interest", id))

        return answered(InterestPayload, "interest", *await attempt(info.context, end))
