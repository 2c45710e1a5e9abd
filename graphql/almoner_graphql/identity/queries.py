"""Who one is."""

from __future__ import annotations

import strawberry

from almoner.authorization.permissions import Permission
from almoner.core.scope import TenantScope
from almoner.tenancy.read import own_tenant
from almoner_graphql.context import Info
from almoner_graphql.fields import resolved
from almoner_graphql.identity.types import Tenant, Viewer
from almoner_graphql.node import node_id


@strawberry.type(description="Queries about oneself.")
class IdentityQueries:
    """Part of `Query`."""

    @resolved(description="Who sends this request.")
    async def viewer(self, info: Info) -> Viewer:
        return await info.context.read(_viewer)


async def _viewer(scope: TenantScope) -> Viewer:
    tenant = await own_tenant(scope)
    return Viewer(
        id=node_id("Subject", scope.viewer.subject_id),
        kind=scope.viewer.kind,
        roles=sorted(scope.viewer.roles),
        permissions=sorted(permission for permission in Permission if scope.allows(permission)),
        tenant=Tenant(code=tenant.code, name=tenant.name, time_zone=tenant.time_zone),
    )
