"""What many verbs of committees begin with: the rows that they are about, and the rules in force."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.rules import Rules, parse_rules
from almoner.committees.tables import Committee, Meeting, TermsOfReference
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope
from almoner.tenancy.tables import Tenant


async def get_committee(scope: TenantScope, committee_id: UUID, *, lock: bool = False) -> Committee:
    """A committee.

    Raises:
        NotFound: none that the viewer may see.
    """
    return await scope.get(Committee, committee_id, Permission.COMMITTEE_VIEW, lock=lock)


async def get_meeting(scope: TenantScope, meeting_id: UUID, *, lock: bool = False) -> Meeting:
    """A meeting; locked, nothing else happens in it until the transaction ends.

    Raises:
        NotFound: none that the viewer may see.
    """
    return await scope.get(Meeting, meeting_id, Permission.MEETING_VIEW, lock=lock)


async def rules_of(scope: TenantScope, committee_id: UUID) -> Rules:
    """The rules that a committee works by now: those of the terms of reference in force.

    Raises:
        Conflict: it has none yet.
    """
    query = (
        select(TermsOfReference)
        .where(
            col(TermsOfReference.tenant_id) == scope.tenant_id,
            col(TermsOfReference.committee_id) == committee_id,
            col(TermsOfReference.in_force_at) <= scope.now(),
        )
        .order_by(col(TermsOfReference.in_force_at).desc(), col(TermsOfReference.number).desc())
        .limit(1)
    )
    terms = (await scope.session.execute(query)).scalar_one_or_none()
    if terms is None:
        raise Conflict("This committee has no terms of reference in force yet.", code="NO_TERMS_IN_FORCE")
    return parse_rules(terms.rules)


async def time_zone_of(scope: TenantScope) -> ZoneInfo:
    """The time zone in which the tenant's days begin and end."""
    query = select(Tenant.time_zone).where(col(Tenant.id) == scope.tenant_id)
    return ZoneInfo((await scope.session.execute(query)).scalar_one())


async def today(scope: TenantScope) -> date:
    """The day of this operation, in the tenant's time zone."""
    return day_of(scope.now(), await time_zone_of(scope))


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The day of an instant, there."""
    return instant.astimezone(zone).date()
