"""Giving roles, taking them away, delegating them; invitations; emergencies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from almoner.authorization import break_glass, delegate, invitations, roles, tables
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.organizations.keep import keep_place
from almoner_graphql.authorization.arguments import Place, Reason, Role, Subject, maybe_instant, place_of, subject_of
from almoner_graphql.authorization.role_types import BreakGlassPayload, InvitationPayload, RoleAssignmentPayload
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.problems import answered, attempt
from almoner_graphql.scalars import instant

AssignmentId = Annotated[strawberry.ID, strawberry.argument(description="The assignment's id.")]


@strawberry.type(description="Mutations of who holds which role.")
class AssignmentMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Give somebody else a role. Needs `role_assignment:create` there, and `administrator:appoint` for a role "
            "that can itself give roles or change the policy. It holds for the next request of every process."
        )
    )
    async def assign_role(
        self,
        info: Info,
        subject: Subject,
        role: Role,
        reason: Reason,
        *,
        organization: Place = None,
        valid_from: Annotated[datetime | None, strawberry.argument(description="From when; now if not given.")] = None,
        valid_until: Annotated[
            datetime | None, strawberry.argument(description="Until before when; for good if not given.")
        ] = None,
    ) -> RoleAssignmentPayload:
        async def assign(scope: TenantScope) -> tables.RoleAssignment:
            begin, end = maybe_instant(valid_from, "validFrom"), maybe_instant(valid_until, "validUntil")
            place = await place_of(scope, organization)
            return await roles.assign_role(
                scope, subject_of(subject), role, reason=reason, at=place, valid_from=begin, valid_until=end
            )

        return answered(RoleAssignmentPayload, "assignment", *await attempt(info.context, assign))

    @mutation(
        description=(
            "Take a role away, and the delegations of it, for the next request of every process. Needs "
            "`role_assignment:end`; everybody may give up their own and take back what they have delegated."
        )
    )
    async def end_role_assignment(self, info: Info, id: AssignmentId, reason: Reason) -> RoleAssignmentPayload:
        async def end(scope: TenantScope) -> tables.RoleAssignment:
            return await roles.end_role_assignment(scope, row_id_of("RoleAssignment", id), reason=reason)

        return answered(RoleAssignmentPayload, "assignment", *await attempt(info.context, end))

    @mutation(
        description=(
            "Let somebody else hold a role of one's own beside oneself, from now until an instant; it ends with one's "
            "own. Needs `delegation:create`. What was delegated or taken in an emergency is not passed on."
        )
    )
    async def delegate_role(
        self,
        info: Info,
        assignment: Annotated[strawberry.ID, strawberry.argument(description="One's own assignment of the role.")],
        subject: Annotated[strawberry.ID, strawberry.argument(description="To whom: the id of a person's account.")],
        valid_until: Annotated[
            datetime, strawberry.argument(description="Until before when; no later than one's own role.")
        ],
        reason: Reason,
    ) -> RoleAssignmentPayload:
        async def hand_over(scope: TenantScope) -> tables.RoleAssignment:
            end = instant(valid_until, "validUntil")
            own = await roles.get_assignment(scope, row_id_of("RoleAssignment", assignment))
            place = await keep_place(scope, own.organization_id) if own.organization_id else None
            return await delegate.delegate_role(
                scope, own.id, subject_of(subject), valid_until=end, reason=reason, at=place
            )

        return answered(RoleAssignmentPayload, "assignment", *await attempt(info.context, hand_over))


@strawberry.type(description="Mutations of invitations to roles.")
class InvitationMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Invite the owner of an address to a role, who need not have an account yet. They get the role when they "
            "next sign in or set a password, having proved that the address is theirs. Needs what `assignRole` needs."
        )
    )
    async def invite_to_role(
        self,
        info: Info,
        email: Annotated[str, strawberry.argument(description="The person's e-mail address.")],
        role: Role,
        reason: Reason,
        *,
        expires_at: Annotated[datetime, strawberry.argument(description="Until when it can be taken up.")],
        organization: Place = None,
        valid_until: Annotated[
            datetime | None, strawberry.argument(description="When the role itself ends; never if not given.")
        ] = None,
    ) -> InvitationPayload:
        async def invite(scope: TenantScope) -> tables.Invitation:
            expires, end = instant(expires_at, "expiresAt"), maybe_instant(valid_until, "validUntil")
            place = await place_of(scope, organization)
            return await invitations.invite(
                scope, email, role, reason=reason, expires_at=expires, at=place, valid_until=end
            )

        return answered(InvitationPayload, "invitation", *await attempt(info.context, invite))

    @mutation(description="Take an invitation back that was not taken up. Needs `role_assignment:end`.")
    async def withdraw_invitation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The invitation's id.")]
    ) -> InvitationPayload:
        async def withdraw(scope: TenantScope) -> tables.Invitation:
            return await invitations.withdraw_invitation(scope, row_id_of("Invitation", id))

        return answered(InvitationPayload, "invitation", *await attempt(info.context, withdraw))


@strawberry.type(description="Mutations of emergencies.")
class BreakGlassMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Take an emergency role at once, for at most 8 hours. The administrators are told, and until one of them "
            "has closed the review there is no second time. For people only. Needs `break_glass:open`."
        )
    )
    async def break_glass(
        self,
        info: Info,
        role: Role,
        reason: Annotated[str, strawberry.argument(description="What the emergency is; it is kept.")],
        until_at: Annotated[datetime, strawberry.argument(description="When the role ends: within 8 hours.")],
        organization: Place = None,
    ) -> BreakGlassPayload:
        async def smash(scope: TenantScope) -> tables.BreakGlass:
            end = instant(until_at, "untilAt")
            place = await place_of(scope, organization)
            return await break_glass.break_glass(scope, role, reason=reason, until_at=end, at=place)

        return answered(BreakGlassPayload, "break_glass", *await attempt(info.context, smash))

    @mutation(
        description=(
            "Close the review of somebody else's emergency; what still holds of its role ends. Needs "
            "`break_glass:review`."
        )
    )
    async def review_break_glass(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The emergency's id.")],
        justified: Annotated[bool, strawberry.argument(description="Whether it was right.")],
        finding: Annotated[str, strawberry.argument(description="What the review found; it is kept.")],
    ) -> BreakGlassPayload:
        async def review(scope: TenantScope) -> tables.BreakGlass:
            row_id = row_id_of("BreakGlass", id)
            return await break_glass.review_break_glass(scope, row_id, justified=justified, finding=finding)

        return answered(BreakGlassPayload, "break_glass", *await attempt(info.context, review))


@strawberry.type(description="Mutations of roles.")
class RoleMutations(AssignmentMutations, InvitationMutations, BreakGlassMutations):
    """Part of `Mutation`: its topics together."""
