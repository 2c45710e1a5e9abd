"""Addresses of calendars: making and closing private ones, and whose calendar an address shows."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_
from sqlmodel import col, func, select

from almoner.authorization.permissions import Permission
from almoner.committees.tables import CalendarFeed, Committee
from almoner.core.errors import Conflict, NotFound
from almoner.core.scope import TenantScope
from almoner.identity.opaque import digest, new_opaque
from almoner.identity.standing import may_go_on
from almoner.identity.subjects import is_machine
from almoner.identity.tokens import Identity
from almoner.organizations.tables import Organization

#: Open ones of one account: a calendar program each.
MOST_FEEDS = 10


async def create_calendar_feed(scope: TenantScope) -> tuple[CalendarFeed, str]:
    """Make a private address for the viewer's calendar; the secret in it is told this once, and stored nowhere.

    Raises:
        Denied: the viewer lacks `calendar_feed:create`.
        Conflict: the viewer has as many open ones as there may be.
    """
    secret = new_opaque(scope.tenant_id)
    feed = CalendarFeed(
        tenant_id=scope.tenant_id,
        subject_id=scope.viewer.subject_id,
        digest=digest(secret),
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


async def holder_of_feed(scope: TenantScope, secret: str) -> Identity:
    """Whose calendar the private address with this secret shows.

    Raises:
        NotFound: there is none, it is closed, or its holder could not sign in any more.
    """
    query = select(CalendarFeed.subject_id).where(
        col(CalendarFeed.tenant_id) == scope.tenant_id,
        col(CalendarFeed.digest) == digest(secret),
        col(CalendarFeed.closed_at).is_(None),
    )
    subject_id = (await scope.session.execute(query)).scalar_one_or_none()
    if subject_id is not None:
        kind = "service_account" if await is_machine(scope, subject_id) else "account"
        identity = Identity(scope.tenant_id, subject_id, kind)
        if await may_go_on(scope, identity):
            return identity
    raise NotFound("There is nothing with this id.")


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
