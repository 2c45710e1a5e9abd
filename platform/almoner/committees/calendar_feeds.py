"""Addresses of calendars: making and closing private ones, and what an address shows, to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import col, func, select

from almoner.authorization.permissions import Permission
from almoner.authorization.standing import parse_standing, read_standing
from almoner.committees.tables import Attendance, CalendarFeed, Committee, Meeting
from almoner.core.errors import Conflict, NotFound
from almoner.core.scope import TenantScope
from almoner.identity.opaque import digest, new_opaque
from almoner.identity.standing import may_go_on
from almoner.identity.subjects import is_machine
from almoner.identity.tokens import Identity
from almoner.organizations.tables import Organization

#: Open ones of one account: a calendar program each.
MOST_FEEDS = 10


@dataclass(frozen=True, slots=True)
class PrivateCalendar:
    """What a private address shows.

    Attributes:
        holder: as whom its meetings are read.
        committees: whose meetings they are; None: of all that the holder may see.
    """

    holder: Identity
    committees: Sequence[UUID] | None


async def create_calendar_feed(scope: TenantScope, *, shows_all: bool = False) -> tuple[CalendarFeed, str]:
    """Make a private address for the viewer's calendar; the secret in it is told this once, and stored nowhere.

    Args:
        shows_all: all meetings that the viewer may see, not only those of committees that they work with.

    Raises:
        Denied: the viewer lacks `calendar_feed:create`.
        Conflict: the viewer has as many open ones as there may be.
    """
    secret = new_opaque(scope.tenant_id)
    feed = CalendarFeed(
        tenant_id=scope.tenant_id,
        subject_id=scope.viewer.subject_id,
        digest=digest(secret),
        shows_all=shows_all,
        created_at=scope.now(),
    )
    scope.require(Permission.CALENDAR_FEED_CREATE, feed)
    # One lock per subject: two requests at once make one too many otherwise.
    key = func.hashtextextended(f"almoner feeds {feed.subject_id}", 0)
    await scope.session.execute(select(func.pg_advisory_xact_lock(key)))
    theirs = select(func.count()).where(
        col(CalendarFeed.tenant_id) == scope.tenant_id,
        col(CalendarFeed.subject_id) == feed.subject_id,
        col(CalendarFeed.closed_at).is_(None),
    )
    if (await scope.session.execute(theirs)).scalar_one() >= MOST_FEEDS:
        message = f"You have {MOST_FEEDS} open calendar feeds; close one that you do not use any more."
        raise Conflict(message, code="TOO_MANY_FEEDS")
    scope.session.add(feed)
    scope.record("calendar_feed.created", feed)
    return feed, secret


async def close_calendar_feed(scope: TenantScope, feed_id: UUID) -> CalendarFeed:
    """Let a private address of the viewer's own answer nothing any more; a second time changes nothing.

    Whoever lost the roles by which it was made closes it all the same.

    Raises:
        NotFound: the viewer has none with this id.
    """
    feed = await scope.find(CalendarFeed, feed_id, lock=True)
    if feed is None or feed.subject_id != scope.viewer.subject_id:
        raise NotFound("There is nothing with this id.")
    if feed.closed_at is None:
        feed.closed_at = scope.now()
        scope.record("calendar_feed.closed", feed)
    return feed


async def private_calendar(scope: TenantScope, secret: str, since: datetime) -> PrivateCalendar:
    """What the private address with this secret shows now.

    Args:
        since: the first instant of the calendar.

    Raises:
        NotFound: there is none, it is closed, or its holder could not sign in any more.
    """
    query = select(CalendarFeed.subject_id, CalendarFeed.shows_all).where(
        col(CalendarFeed.tenant_id) == scope.tenant_id,
        col(CalendarFeed.digest) == digest(secret),
        col(CalendarFeed.closed_at).is_(None),
    )
    feed = (await scope.session.execute(query)).one_or_none()
    if feed is not None:
        kind = "service_account" if await is_machine(scope, feed.subject_id) else "account"
        holder = Identity(scope.tenant_id, feed.subject_id, kind)
        if await may_go_on(scope, holder):
            return PrivateCalendar(holder, None if feed.shows_all else await _own_committees(scope, holder, since))
    raise NotFound("There is nothing with this id.")


async def _own_committees(scope: TenantScope, holder: Identity, since: datetime) -> list[UUID]:
    """The committees at which somebody holds a role now, as who has a seat does, or has sat in for somebody since."""
    standing = await read_standing(scope.session, scope.tenant_id, holder.subject_id, scope.now())
    places = {each.organization_id for each in parse_standing(standing).held if each.organization_id is not None}
    sat_in = (
        select(Attendance.committee_id)
        .join(
            Meeting,
            and_(col(Meeting.tenant_id) == col(Attendance.tenant_id), col(Meeting.id) == col(Attendance.meeting_id)),
        )
        .where(
            col(Attendance.tenant_id) == scope.tenant_id,
            col(Attendance.substitute_id) == holder.subject_id,
            col(Meeting.starts_at) >= since,
        )
    )
    query = select(Committee.id).where(
        col(Committee.tenant_id) == scope.tenant_id,
        or_(col(Committee.id).in_(places), col(Committee.id).in_(sat_in)),
    )
    return list((await scope.session.execute(query)).scalars())


async def committee_of_calendar(scope: TenantScope, code: str) -> UUID:
    """The id of the committee whose calendar the address with this code shows.

    Raises:
        NotFound: none that the viewer may see.
    """
    query = (
        select(Committee.id)
        .join(
            Organization,
            and_(col(Organization.tenant_id) == col(Committee.tenant_id), col(Organization.id) == col(Committee.id)),
        )
        .where(
            col(Committee.tenant_id) == scope.tenant_id,
            col(Organization.code) == code,
            scope.rows(Permission.COMMITTEE_VIEW, Committee),
        )
    )
    committee_id = (await scope.session.execute(query)).scalar_one_or_none()
    if committee_id is None:
        raise NotFound("There is nothing with this code.")
    return committee_id
