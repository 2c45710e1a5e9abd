"""Admitting organizations, renaming them, letting them go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Concatenate, ParamSpec
from uuid import UUID

import strawberry

from almoner.authorization.document import OrganizationKind
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.organizations import close_organization, create_organization, rename_organization, tables
from almoner_graphql.authorization.arguments import Reason
from almoner_graphql.context import Context, Info
from almoner_graphql.fields import mutation
from almoner_graphql.organizations.types import OrganizationPayload
from almoner_graphql.problems import answered, attempt

P = ParamSpec("P")
OrganizationId = Annotated[strawberry.ID, strawberry.argument(description="The organization's id.")]
Name = Annotated[str, strawberry.argument(description="Its name: 1 to 200 characters.")]


@strawberry.type(description="Mutations of organizations.")
class OrganizationMutations:
    """Part of `Mutation`."""

    @mutation(description="Admit an organization. Needs `organization:create`.")
    async def create_organization(
        self,
        info: Info,
        kind: Annotated[OrganizationKind, strawberry.argument(description="What it is; it stays so.")],
        code: Annotated[
            str,
            strawberry.argument(
                description="What people call it by, unique in the agency: 2 to 40 letters, digits and `-`."
            ),
        ],
        name: Name,
    ) -> OrganizationPayload:
        made = await attempt(
            info.context, create_organization.create_organization, kind=kind.value, code=code, name=name
        )
        return answered(OrganizationPayload, "organization", *made)

    @mutation(description="Give an organization another name; its code stays. Needs `organization:rename`.")
    async def rename_organization(self, info: Info, id: OrganizationId, name: Name) -> OrganizationPayload:
        return await _change(info.context, id, rename_organization.rename_organization, name=name)

    @mutation(
        description=(
            "Let an organization take no part any more: all roles at it end at once, invitations to them are "
            "withdrawn, and none can be given. What belongs to it stays. Needs `organization:close` and "
            "`role_assignment:end`."
        )
    )
    async def close_organization(self, info: Info, id: OrganizationId, reason: Reason) -> OrganizationPayload:
        return await _change(info.context, id, close_organization.close_organization, reason=reason)

    @mutation(
        description=(
            "Let a closed organization take part again. Roles at it must be given anew. Needs `organization:close`."
        )
    )
    async def reopen_organization(self, info: Info, id: OrganizationId, reason: Reason) -> OrganizationPayload:
        return await _change(info.context, id, close_organization.reopen_organization, reason=reason)


async def _change(
    context: Context,
    id_: str,
    verb: Callable[Concatenate[TenantScope, UUID, P], Awaitable[tables.Organization]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> OrganizationPayload:
    async def change(scope: TenantScope) -> tables.Organization:
        return await verb(scope, row_id_of("Organization", id_), *args, **kwargs)

    return answered(OrganizationPayload, "organization", *await attempt(context, change))
