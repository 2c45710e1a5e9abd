"""Reading programs and periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from almoner.core.scope import TenantScope
from almoner.tenancy.tables import Period, Program, Tenant


async def own_tenant(scope: TenantScope) -> Tenant:
    """The tenant of the scope; everybody in it may know its name."""
    return (await scope.session.execute(select(Tenant).where(col(Tenant.id) == scope.tenant_id))).scalar_one()


async def local_today(scope: TenantScope) -> date:
    """The day that it is for the tenant, in its time zone."""
    tenant = await own_tenant(scope)
    return scope.now().astimezone(ZoneInfo(tenant.time_zone)).date()


async def programs(scope: TenantScope) -> Sequence[Program]:
    """The tenant's programs that the viewer may see, by code."""
    query = select(Program).where(scope.rows("program:view", Program)).order_by(col(Program.code))
    return (await scope.session.execute(query)).scalars().all()


async def periods_of(scope: TenantScope, program_id: UUID) -> Sequence[Period]:
    """The periods of a program, in time."""
    query = (
        select(Period)
        .where(scope.rows("program:view", Period), col(Period.program_id) == program_id)
        .order_by(col(Period.begin_on))
    )
    return (await scope.session.execute(query)).scalars().all()
