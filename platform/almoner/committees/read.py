"""What many verbs of committees begin with: the rows that they are about, and the rules in force."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.rules import Rules, parse_rules
from almoner.committees.tables import Committee, CommitteeBody, Meeting, TermsOfReference
from almoner.core.errors import Conflict, NotFound
from almoner.core.scope import TenantScope
from almoner.organizations.tables import Organization
from almoner.tenancy.tables import Tenant

Held = TypeVar("Held", Committee, Meeting)


async def get_committee(scope: TenantScope, committee_id: UUID, *, lock: bool = False) -> Committee:
    """A committee; locked, nobody else changes what it is made up of until the transaction ends.

    Raises:
        NotFound: none that the viewer may see.
    """
    if not lock:
        return await scope.get(Committee, committee_id, Permission.COMMITTEE_VIEW)
    committee = await hold(scope, Committee, committee_id)
    if committee is None or not scope.allows(Permission.COMMITTEE_VIEW, committee):
        raise NotFound("There is nothing with this id.")
    return committee


async def get_meeting(scope: TenantScope, meeting_id: UUID, *, lock: bool = False) -> Meeting:
    """A meeting; locked, nothing else happens in it until the transaction ends, but ballots are cast.

    Raises:
        NotFound: none that the viewer may see.
    """
    if not lock:
        return await scope.get(Meeting, meeting_id, Permission.MEETING_VIEW)
    meeting = await hold(scope, Meeting, meeting_id)
    if meeting is None or not scope.allows(Permission.MEETING_VIEW, meeting):
        raise NotFound("There is nothing with this id.")
    return meeting


async def hold(scope: TenantScope, table: type[Held], row_id: UUID) -> Held | None:
    """A committee or a meeting, whoever asks, that nobody else holds or changes until the transaction ends.

    Rows that name it by a foreign key are added meanwhile. FOR UPDATE would keep them waiting: a ballot for who waits
    for the ballot, and what is added in a meeting that somebody holds for the committee, whose holder waits for it.
    """
    query = select(table).where(col(table.tenant_id) == scope.tenant_id, col(table.id) == row_id)
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await scope.session.execute(query)).scalar_one_or_none()


async def share_committee(scope: TenantScope, committee_id: UUID) -> None:
    """Keep a committee as it is until the transaction ends; others may keep it, too."""
    query = select(col(Committee.id)).where(
        col(Committee.tenant_id) == scope.tenant_id, col(Committee.id) == committee_id
    )
    await scope.session.execute(query.with_for_update(read=True))


async def keep_numbers(scope: TenantScope, committee_id: UUID) -> None:
    """Let nobody else number anything of a committee until the transaction ends."""
    await hold(scope, Committee, committee_id)


async def member_bodies(scope: TenantScope, committee_id: UUID, on: date) -> dict[UUID, Organization]:
    """The bodies that a committee is made of on a day, by id, in the order of their codes."""
    query = (
        select(Organization)
        .join(
            CommitteeBody,
            (col(CommitteeBody.tenant_id) == col(Organization.tenant_id))
            & (col(CommitteeBody.body_id) == col(Organization.id)),
        )
        .where(
            col(CommitteeBody.tenant_id) == scope.tenant_id,
            col(CommitteeBody.committee_id) == committee_id,
            col(CommitteeBody.since_on) <= on,
            or_(col(CommitteeBody.until_on).is_(None), col(CommitteeBody.until_on) > on),
        )
        .order_by(col(Organization.code))
    )
    return {each.id: each for each in (await scope.session.execute(query)).scalars()}


async def rules_of(scope: TenantScope, committee_id: UUID, *, at: datetime | None = None) -> Rules:
    """The rules that a committee works by now, or at an instant: those of the terms of reference in force.

    Raises:
        Conflict: it has none yet.
    """
    rules = await rules_if_any(scope, committee_id, at=at)
    if rules is None:
        raise Conflict("This committee has no terms of reference in force yet.", code="NO_TERMS_IN_FORCE")
    return rules


async def rules_if_any(scope: TenantScope, committee_id: UUID, *, at: datetime | None = None) -> Rules | None:
    """The same; None for a committee without terms of reference in force."""
    query = (
        select(TermsOfReference)
        .where(
            col(TermsOfReference.tenant_id) == scope.tenant_id,
            col(TermsOfReference.committee_id) == committee_id,
            col(TermsOfReference.in_force_at) <= (at or scope.now()),
        )
        .order_by(col(TermsOfReference.in_force_at).desc(), col(TermsOfReference.number).desc())
        .limit(1)
    )
    terms = (await scope.session.execute(query)).scalar_one_or_none()
    return None if terms is None else parse_rules(terms.rules)


async def time_zone_of(scope: TenantScope) -> ZoneInfo:
    """The time zone in which the tenant's days begin and end."""
    query = select(Tenant.time_zone).where(col(Tenant.id) == scope.tenant_id)
    return ZoneInfo((await scope.session.execute(query)).scalar_one())


async def today(scope: TenantScope) -> date:
    """The day of this operation, in the tenant's time zone."""
    return day_of(scope.now(), await time_zone_of(scope))


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day there."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The day of an instant, there."""
    return instant.astimezone(zone).date()
