"""Terms of reference: drafted, approved body by body, in force when all have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.changeable import changeable
from almoner.committees.membership import bodies_on
from almoner.committees.read import begin_of, day_of, get_committee, hold, time_zone_of, today
from almoner.committees.reminders import reschedule_reminders
from almoner.committees.rules import Rules, parse_rules, written
from almoner.committees.tables import Committee, TermsApproval, TermsOfReference
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_LINE, LONGEST_TEXT, wording_problems

SETTLE_TERMS = "committees.settle_terms"


async def draft_terms_of_reference(
    scope: TenantScope, committee_id: UUID, *, text: str, rules: Mapping[str, Any]
) -> TermsOfReference:
    """Write a new version of what a committee is for and of the rules that it works by.

    It waits for the bodies that the committee is made of; in a committee that is made of none, it is a charter and
    comes into force at once.

    Args:
        rules: what `rules.parse_rules` reads.

    Raises:
        NotFound: no such committee that the viewer may see.
        Denied: the viewer lacks `committee:change`.
        Invalid: no text, or rules that are none.
    """
    await changeable(scope, committee_id)
    problems = wording_problems(text, LONGEST_TEXT, ("text",))
    parsed = _parsed(rules, problems)
    if problems:
        raise Invalid(problems)
    terms = TermsOfReference(
        tenant_id=scope.tenant_id,
        committee_id=committee_id,
        number=await _next_number(scope, committee_id),
        text=text.strip(),
        rules=written(parsed),
        drafted_by=scope.viewer.subject_id,
        drafted_at=scope.now(),
    )
    scope.session.add(terms)
    await scope.session.flush()
    scope.record("terms_of_reference.drafted", terms, committee=str(committee_id), number=terms.number)
    if not await bodies_on(scope, committee_id, await today(scope)):
        await _come_into_force(scope, terms)
    return terms


def _parsed(rules: Mapping[str, Any], problems: list[Problem]) -> Rules:
    try:
        return parse_rules(rules)
    except Invalid as error:
        problems.extend(error.problems)
        return Rules()


async def _next_number(scope: TenantScope, committee_id: UUID) -> int:
    query = select(func.coalesce(func.max(col(TermsOfReference.number)), 0) + 1).where(
        col(TermsOfReference.tenant_id) == scope.tenant_id, col(TermsOfReference.committee_id) == committee_id
    )
    number: int = (await scope.session.execute(query)).scalar_one()
    return number


async def approve_terms_of_reference(
    scope: TenantScope, terms_id: UUID, *, body_id: UUID, approved_on: date, reference: str
) -> TermsOfReference:
    """Record that a body has approved a version; it comes into force at once when all of today's bodies have.

    If they all have already, since another one was released from today on, it comes into force and nothing is recorded.

    Args:
        approved_on: the day of the body's own decision.
        reference: where that decision is written down.

    Raises:
        NotFound: no such version that the viewer may see.
        Denied: the viewer lacks `terms_of_reference:approve` for this body.
        Invalid: no reference, or a day before the draft or in the future.
        Conflict: the committee is not made of this body; the body has approved it already; it is in force already, or
            a newer version is.
    """
    terms = await scope.get(TermsOfReference, terms_id, Permission.TERMS_OF_REFERENCE_VIEW)
    await get_committee(scope, terms.committee_id, lock=True)
    await scope.session.refresh(terms)
    approval = TermsApproval(
        tenant_id=scope.tenant_id,
        terms_id=terms.id,
        body_id=body_id,
        approved_on=approved_on,
        reference=reference.strip(),
        recorded_by=scope.viewer.subject_id,
        recorded_at=scope.now(),
    )
    scope.require(Permission.TERMS_OF_REFERENCE_APPROVE, approval)
    zone = await time_zone_of(scope)
    drafted_on, this_day = day_of(terms.drafted_at, zone), day_of(scope.now(), zone)
    problems = wording_problems(reference, LONGEST_LINE, ("reference",))
    problems += _day_problems(approved_on, drafted_on, this_day)
    if problems:
        raise Invalid(problems)
    if body_id not in await bodies_on(scope, terms.committee_id, this_day):
        raise Conflict("The committee is not made of this body today.", code="STRANGER_BODY", path=("body",))
    # A body that hesitated may be gone since this day began, and then there is nothing left to approve.
    waited = terms.in_force_at is None
    await settle_terms(scope, terms.committee_id)
    if waited and terms.in_force_at is not None:
        return terms
    await _insist_on_open(scope, terms, body_id)
    scope.session.add(approval)
    await scope.session.flush()
    scope.record(
        "terms_of_reference.approved", terms, body=str(body_id), on=approved_on.isoformat(), number=terms.number
    )
    await settle_terms(scope, terms.committee_id)
    return terms


def _day_problems(approved_on: date, drafted_on: date, this_day: date) -> list[Problem]:
    if approved_on > this_day:
        return [Problem("APPROVED_IN_FUTURE", f"Today is {this_day}: record it on the day.", ("approvedOn",))]
    if approved_on < drafted_on:
        message = f"This version was drafted on {drafted_on}: nobody approved it before."
        return [Problem("APPROVED_BEFORE_DRAFT", message, ("approvedOn",))]
    return []


async def _insist_on_open(scope: TenantScope, terms: TermsOfReference, body_id: UUID) -> None:
    if terms.in_force_at is not None:
        raise Conflict("This version is in force already.", code="TERMS_IN_FORCE")
    if terms.number < await _number_in_force(scope, terms.committee_id):
        raise Conflict("A newer version is in force: approve that, or draft another.", code="TERMS_OUTDATED")
    if body_id in await _approving(scope, terms):
        raise Conflict("This body has approved this version already.", code="TERMS_APPROVED_ALREADY")


async def settle_terms_later(scope: TenantScope, committee: Committee, on: date) -> None:
    """Ask for a job at the beginning of a day from which on a committee is made of other bodies."""
    await scope.enqueue_at(begin_of(on, await time_zone_of(scope)), SETTLE_TERMS, committee)


async def settle_terms_due(scope: TenantScope, committee_id: UUID) -> None:
    """What that job does. Asked for by a job, so by nobody who would need a permission."""
    if await hold(scope, Committee, committee_id) is not None:
        await settle_terms(scope, committee_id)


async def settle_terms(scope: TenantScope, committee_id: UUID) -> None:
    """Bring the newest version into force that all of today's bodies have approved, and that is newer than the one.

    The caller holds the committee.
    """
    bodies = {*await bodies_on(scope, committee_id, await today(scope))}
    query = (
        select(TermsOfReference)
        .where(
            col(TermsOfReference.tenant_id) == scope.tenant_id,
            col(TermsOfReference.committee_id) == committee_id,
            col(TermsOfReference.in_force_at).is_(None),
            col(TermsOfReference.number) > await _number_in_force(scope, committee_id),
        )
        .order_by(col(TermsOfReference.number).desc())
    )
    for terms in (await scope.session.execute(query)).scalars().all():
        if bodies and bodies <= await _approving(scope, terms):
            await _come_into_force(scope, terms)
            return


async def _come_into_force(scope: TenantScope, terms: TermsOfReference) -> None:
    committee = await scope.find(Committee, terms.committee_id)
    if committee is None:
        raise LookupError("terms of reference are a committee's")
    terms.in_force_at = scope.now()
    terms.public_at = None if committee.public_at is None else terms.in_force_at
    await reschedule_reminders(scope, terms.committee_id)
    scope.record("terms_of_reference.in_force", terms, committee=str(terms.committee_id), number=terms.number)


async def _number_in_force(scope: TenantScope, committee_id: UUID) -> int:
    query = select(func.coalesce(func.max(col(TermsOfReference.number)), 0)).where(
        col(TermsOfReference.tenant_id) == scope.tenant_id,
        col(TermsOfReference.committee_id) == committee_id,
        col(TermsOfReference.in_force_at).is_not(None),
    )
    number: int = (await scope.session.execute(query)).scalar_one()
    return number


async def _approving(scope: TenantScope, terms: TermsOfReference) -> set[UUID]:
    """The bodies that have approved a version."""
    query = select(TermsApproval.body_id).where(
        col(TermsApproval.tenant_id) == scope.tenant_id, col(TermsApproval.terms_id) == terms.id
    )
    return {*(await scope.session.execute(query)).scalars()}
