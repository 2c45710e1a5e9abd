"""The bodies that a committee is made of: admitting them and releasing them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select

from almoner.authorization.document import OrganizationKind
from almoner.committees.appoint import LAST_DAY
from almoner.committees.changeable import changeable, changeable_part
from almoner.committees.read import get_committee, today
from almoner.committees.tables import Appointment, CommitteeBody
from almoner.committees.terms import settle_terms, settle_terms_later
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.numbers import NumberRefused, parse_decimal
from almoner.core.scope import TenantScope
from almoner.organizations.read import get_organization
from almoner.organizations.tables import Organization


async def admit_body(
    scope: TenantScope, committee_id: UUID, *, body_id: UUID, weight: object, since_on: date
) -> CommitteeBody:
    """Make an organization one of the bodies that a committee is made of, from a day on.

    Args:
        weight: what its members count in weighted votes: a decimal number as text.

    Raises:
        NotFound: no such committee or organization that the viewer may see.
        Denied: the viewer lacks `committee:change`.
        Invalid: the organization is no body or closed, or the weight is not above 0.
        Conflict: it is one of them on that day or will be later.
    """
    await changeable(scope, committee_id)
    organization = await get_organization(scope, body_id)
    problems = _body_problems(organization)
    counts = _weight(weight, problems)
    if problems:
        raise Invalid(problems)
    query = select(CommitteeBody.id).where(
        col(CommitteeBody.tenant_id) == scope.tenant_id,
        col(CommitteeBody.committee_id) == committee_id,
        col(CommitteeBody.body_id) == body_id,
        or_(col(CommitteeBody.until_on).is_(None), col(CommitteeBody.until_on) > since_on),
    )
    if (await scope.session.execute(query)).first() is not None:
        message = f"{organization.code} is a body of this committee at some time from {since_on} on already."
        raise Conflict(message, code="BODY_ADMITTED_ALREADY", path=("sinceOn",))
    membership = CommitteeBody(
        tenant_id=scope.tenant_id, committee_id=committee_id, body_id=body_id, weight=counts, since_on=since_on
    )
    scope.session.add(membership)
    await scope.session.flush()
    scope.record(
        "committee.body_admitted",
        membership,
        committee=str(committee_id),
        body=str(body_id),
        weight=str(counts),
        since_on=since_on.isoformat(),
    )
    return membership


def _body_problems(organization: Organization) -> list[Problem]:
    if organization.kind != OrganizationKind.BODY:
        return [Problem("NOT_A_BODY", "A committee is made of organizations of the kind BODY.", ("body",))]
    if organization.closed_at is not None:
        return [Problem("ORGANIZATION_CLOSED", "This organization is closed: it takes no part.", ("body",))]
    return []


def _weight(weight: object, problems: list[Problem]) -> Decimal:
    try:
        found = parse_decimal(weight)
    except NumberRefused as error:
        problems.append(Problem(error.code, error.message, ("weight",)))
        return Decimal(0)
    if found <= 0:
        problems.append(Problem("WEIGHT_NOT_POSITIVE", "A weight is above 0.", ("weight",)))
    return found


async def release_body(scope: TenantScope, membership_id: UUID, *, until_on: date) -> CommitteeBody:
    """Let a body be none of the committee's from a day on.

    What all remaining bodies have approved comes into force with it; if the day is still to come, on that day.

    Raises:
        NotFound: no such membership that the viewer may see.
        Denied: the viewer lacks `committee:change`.
        Invalid: the day is not after the first one, or very far off.
        Conflict: it was released already, or people hold seats from it on that day or later.
    """
    membership = await changeable_part(scope, CommitteeBody, membership_id)
    if membership.until_on is not None:
        raise Conflict("This body was released already.", code="BODY_RELEASED")
    if until_on <= membership.since_on:
        message = f"A body is released after its first day, which is {membership.since_on}."
        raise Invalid([Problem("PERIOD_ORDER", message, ("untilOn",))])
    if until_on > LAST_DAY:
        raise Invalid([Problem("DAY_FAR_OFF", f"Give a day until {LAST_DAY}.", ("untilOn",))])
    sitting = await _sitting_from(scope, membership, until_on)
    if sitting:
        message = f"{sitting} appointments from this body reach {until_on} or a later day: end them first."
        raise Conflict(message, code="BODY_STILL_SITS")
    membership.until_on = until_on
    await scope.session.flush()
    scope.record(
        "committee.body_released",
        membership,
        committee=str(membership.committee_id),
        body=str(membership.body_id),
        until_on=until_on.isoformat(),
    )
    await settle_terms(scope, membership.committee_id)
    if until_on > await today(scope):
        await settle_terms_later(scope, await get_committee(scope, membership.committee_id), until_on)
    return membership


async def _sitting_from(scope: TenantScope, membership: CommitteeBody, until_on: date) -> int:
    """How many appointments from a body reach a day or a later one."""
    query = select(func.count()).where(
        col(Appointment.tenant_id) == scope.tenant_id,
        col(Appointment.committee_id) == membership.committee_id,
        col(Appointment.body_id) == membership.body_id,
        or_(
            col(Appointment.ends_on).is_(None),
            (col(Appointment.ends_on) > until_on) & (col(Appointment.ends_on) > col(Appointment.begins_on)),
        ),
    )
    return (await scope.session.execute(query)).scalar_one()
