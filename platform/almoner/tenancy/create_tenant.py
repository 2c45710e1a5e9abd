"""Opening a tenant."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from almoner.core.adding import add_if_missing
from almoner.core.errors import Conflict, Invalid, NotFound, Problem
from almoner.core.texts import is_blank
from almoner.tenancy.tables import Tenant

CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")


async def create_tenant(session: AsyncSession, *, code: str, name: str, time_zone: str) -> Tenant:
    """Open a tenant, in a global transaction.

    Raises:
        Invalid: the code is not 2 to 40 of `a-z 0-9 -`, the name is blank, or there is no such time zone.
        Conflict: the code is taken.
    """
    problems = []
    if not CODE.fullmatch(code):
        problems.append(Problem("BAD_CODE", "A code is 2 to 40 of a-z, 0-9 and -, a letter first.", ("code",)))
    if is_blank(name):
        problems.append(Problem("NAME_MISSING", "Give the agency's name.", ("name",)))
    if time_zone not in available_timezones():
        problems.append(Problem("UNKNOWN_TIME_ZONE", "Use an IANA name such as America/Phoenix.", ("timeZone",)))
    if problems:
        raise Invalid(problems)
    tenant = await add_if_missing(session, Tenant(code=code, name=name.strip(), time_zone=time_zone), "code")
    if tenant is None:
        raise Conflict(f"There is a tenant {code} already.", code="TENANT_EXISTS", path=("code",))
    return tenant


async def find_tenant(session: AsyncSession, code: str) -> Tenant | None:
    """The tenant with that code, or None."""
    return (await session.execute(select(Tenant).where(col(Tenant.code) == code))).scalar_one_or_none()


async def get_tenant(session: AsyncSession, code: str) -> Tenant:
    """The tenant with that code.

    Raises:
        NotFound: there is none.
    """
    tenant = await find_tenant(session, code)
    if tenant is None:
        raise NotFound(f"There is no tenant {code}.", code="TENANT_NOT_FOUND")
    return tenant
