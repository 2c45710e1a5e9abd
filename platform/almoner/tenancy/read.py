"""What verbs need to know of the tenant that they work for."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from almoner.core.scope import TenantScope
from almoner.tenancy.tables import Tenant


async def own_tenant(scope: TenantScope) -> Tenant:
    """The tenant of the scope; everybody in it may know its name."""
    return (await scope.session.execute(select(Tenant).where(col(Tenant.id) == scope.tenant_id))).scalar_one()


async def local_today(scope: TenantScope) -> date:
    """The day that it is for the tenant, in its time zone."""
    tenant = await own_tenant(scope)
    return scope.now().astimezone(ZoneInfo(tenant.time_zone)).date()
