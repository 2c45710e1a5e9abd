"""Appointing somebody to a seat, which gives the seat's role for the same days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from almoner.authorization.offices import give_with_office
from almoner.authorization.permissions import Permission
from almoner.authorization.roles import settled_policy
from almoner.committees.composition import most_at_once, overlap
from almoner.committees.exclusions import affiliation_problems, exclusion_problems
from almoner.committees.membership import is_body_throughout, terms_in
from almoner.committees.read import begin_of, get_committee, time_zone_of
from almoner.committees.tables import Appointment, Committee, Seat
from almoner.core.errors import Conflict, Invalid, NotFound, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_LINE, wording_problems
from almoner.identity.subjects import keep_account
from almoner.organizations.keep import keep_place
from almoner.organizations.tables import Organization

#: Days of terms lie in here, so that their first instant can be told in every time zone.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
MAX_AFFILIATIONS = 20


@dataclass(frozen=True, slots=True)
class NewAppointment:
    """What somebody says of an appointment; see `tables.Appointment`. The term is `[begins_on, ends_on)`."""

    subject_id: UUID
    name: str
    begins_on: date
    appointed_by: str
    ends_on: date | None = None
    body_id: UUID | None = None
    affiliations: tuple[str, ...] = ()


async def appoint(scope: TenantScope, seat_id: UUID, new: NewAppointment) -> Appointment:
    """Appoint somebody else to a seat. Terms may begin in the past, for the record.

    All appointments of a tenant are made one after the other, so none can slip past what another makes true.

    Raises:
        NotFound: no such seat of a committee that the viewer may see, or no such body.
        Denied: the viewer lacks `appointment:create`, or appoints oneself.
        Invalid: texts or days that do not fit, no such account, a term that overlaps another of this person here, a
            full seat, a body that is none of the committee's, an exclusion; or as for `assign_role`.
        Conflict: the seat is closed, or the policy moved meanwhile.
    """
    seat = await scope.find(Seat, seat_id)
    if seat is None:
        raise NotFound("There is nothing with this id.")
    committee = await get_committee(scope, seat.committee_id)
    scope.require(Permission.APPOINTMENT_CREATE, seat)
    problems = [*_problems(new)]
    # Everything that the rows to come refer to is taken before the turn: who has the turn waits for nobody.
    if not await keep_account(scope, new.subject_id):
        problems.append(Problem("UNKNOWN_SUBJECT", "There is no such account.", ("subject",)))
    if problems:
        raise Invalid(problems)
    place = await _keep_places(scope, committee.id, new.body_id)
    await get_committee(scope, committee.id, lock=True)
    policy = await settled_policy(scope)
    await scope.session.refresh(seat)
    if seat.closed_at is not None:
        raise Conflict("This seat is closed: nobody is appointed to it any more.", code="SEAT_CLOSED")
    if problems := await _rule_problems(scope, seat, new):
        raise Invalid(problems)
    zone = await time_zone_of(scope)
    assignment = await give_with_office(
        scope,
        policy,
        new.subject_id,
        seat.role,
        at=place,
        reason=f"appointed to the seat: {seat.title}",
        valid_from=begin_of(new.begins_on, zone),
        valid_until=None if new.ends_on is None else begin_of(new.ends_on, zone),
    )
    return await _store(scope, committee, seat, new, assignment.id)


async def _keep_places(scope: TenantScope, committee_id: UUID, body_id: UUID | None) -> Organization:
    """Keep the organizations that are the committee and the body; the committee's."""
    places = {each for each in (committee_id, body_id) if each is not None}
    kept = {each: await keep_place(scope, each) for each in sorted(places)}
    return kept[committee_id]


def _problems(new: NewAppointment) -> Iterator[Problem]:
    yield from wording_problems(new.name, LONGEST_LINE, ("name",))
    yield from wording_problems(new.appointed_by, LONGEST_LINE, ("appointedBy",))
    for name, day in (("beginsOn", new.begins_on), ("endsOn", new.ends_on)):
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            yield Problem("DAY_FAR_OFF", f"Give a day from {FIRST_DAY} to {LAST_DAY}.", (name,))
    if new.ends_on is not None and new.ends_on <= new.begins_on:
        yield Problem("PERIOD_ORDER", "A term ends after it begins.", ("endsOn",))
    if len(new.affiliations) > MAX_AFFILIATIONS:
        yield Problem("TOO_MANY_AFFILIATIONS", f"Give at most {MAX_AFFILIATIONS}.", ("affiliations",))
    else:
        yield from affiliation_problems(new.affiliations, "affiliations")


async def _rule_problems(scope: TenantScope, seat: Seat, new: NewAppointment) -> list[Problem]:
    """What the committee as it is says against the appointment."""
    problems = []
    there = await terms_in(scope, seat.committee_id)
    if any(each.subject_id == new.subject_id and overlap(each, new) is not None for each in there):
        message = "This person holds a seat of the committee on some of these days already."
        problems.append(Problem("TERM_OVERLAPS", message, ("beginsOn",)))
    held = most_at_once((each for each in there if each.seat_id == seat.id), new)
    if seat.maximum is not None and held >= seat.maximum:
        message = f"{held} people hold this seat on some of these days, and it has at most {seat.maximum} holders."
        problems.append(Problem("SEAT_FULL", message, ("seat",)))
    if new.body_id is not None and not await is_body_throughout(scope, seat.committee_id, new.body_id, new):
        message = "The committee is not made of this body on all days of the term."
        problems.append(Problem("BODY_NOT_A_MEMBER", message, ("body",)))
    return problems + await exclusion_problems(scope, seat, new.subject_id, new, new.affiliations)


async def _store(
    scope: TenantScope, committee: Committee, seat: Seat, new: NewAppointment, assignment_id: UUID
) -> Appointment:
    appointment = Appointment(
        tenant_id=scope.tenant_id,
        committee_id=committee.id,
        seat_id=seat.id,
        subject_id=new.subject_id,
        name=new.name.strip(),
        body_id=new.body_id,
        affiliations=sorted({*new.affiliations}),
        begins_on=new.begins_on,
        ends_on=new.ends_on,
        appointed_by=new.appointed_by.strip(),
        assignment_id=assignment_id,
        public_at=None if committee.public_at is None else scope.now(),
    )
    scope.session.add(appointment)
    await scope.session.flush()
    scope.record(
        "appointment.created",
        appointment,
        committee=str(committee.id),
        seat=str(seat.id),
        holder=str(new.subject_id),
        begins_on=new.begins_on.isoformat(),
        **({} if new.ends_on is None else {"ends_on": new.ends_on.isoformat()}),
    )
    return appointment
