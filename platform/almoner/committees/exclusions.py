"""Who may not hold a seat, or sit in for who does: rules as data, which bite when somebody is appointed.

An exclusion of voting seats elsewhere bites in both committees: whichever of two appointments comes second is refused.
So does an affiliation: what any term of a person says counts on all days of that term, in every committee.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from almoner.authorization.stored import take_turns
from almoner.committees.changeable import changeable, changeable_part
from almoner.committees.composition import Term, overlap
from almoner.committees.membership import terms_in_seats, terms_of
from almoner.committees.read import today
from almoner.committees.tables import Appointment, Exclusion, Seat
from almoner.committees.words import ExcludedSeats, ExclusionKind, SeatVote
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import wording_problems

MAX_REASON = 1_000
_AFFILIATION = re.compile(r"[A-Z][A-Z0-9_]{1,59}")
#: The seats that an exclusion is about.
CONCERNED: dict[ExcludedSeats, frozenset[SeatVote]] = {
    ExcludedSeats.VOTING: frozenset({SeatVote.VOTING}),
    ExcludedSeats.MEMBERS: frozenset({SeatVote.VOTING, SeatVote.NON_VOTING}),
}
_SEATS = {ExcludedSeats.VOTING: "a voting seat", ExcludedSeats.MEMBERS: "a member's seat"}


async def add_exclusion(
    scope: TenantScope,
    committee_id: UUID,
    *,
    kind: ExclusionKind,
    reason: str,
    affiliation: str | None = None,
    other_id: UUID | None = None,
    seats: ExcludedSeats = ExcludedSeats.VOTING,
) -> Exclusion:
    """Keep people from seats of a committee.

    Args:
        seats: which seats; for `VOTING_SEAT_ELSEWHERE` it is about voting seats in both committees.
        affiliation: for `AFFILIATION` and nothing else: its code.
        other_id: for `VOTING_SEAT_ELSEWHERE` and nothing else: the other committee.

    Raises:
        NotFound: no such committees that the viewer may see.
        Denied: the viewer lacks `committee:change` for a committee in which it bites.
        Invalid: no reason, or not what the kind needs.
        Conflict: it is there already, or people who sit break it.
    """
    # In the order of ids, so that two who add_exclusion each other's committees do not wait for one another.
    for each in sorted({committee_id, other_id or committee_id}):
        await changeable(scope, each)
    problems = [*wording_problems(reason, MAX_REASON, ("reason",))]
    problems += _problems(committee_id, kind, affiliation, other_id, seats)
    if problems:
        raise Invalid(problems)
    # What an affiliation excludes may be said of somebody by an appointment elsewhere at this very moment.
    await take_turns(scope)
    exclusion = Exclusion(
        tenant_id=scope.tenant_id,
        committee_id=committee_id,
        kind=kind,
        affiliation=affiliation,
        other_id=other_id,
        seats=seats,
        reason=reason.strip(),
    )
    await _insist_on_a_new_one(scope, exclusion)
    sitting = await _who_break(scope, exclusion, await today(scope))
    if sitting:
        message = f"{len(sitting)} of those who sit or will break this: end their appointments first."
        raise Conflict(message, code="EXCLUSION_BROKEN")
    scope.session.add(exclusion)
    await scope.session.flush()
    scope.record("exclusion.made", exclusion, committee=str(committee_id), **_detail(exclusion))
    return exclusion


def _problems(
    committee_id: UUID,
    kind: ExclusionKind,
    affiliation: str | None,
    other_id: UUID | None,
    seats: ExcludedSeats,
) -> Iterator[Problem]:
    if kind == ExclusionKind.AFFILIATION:
        if affiliation is None:
            yield Problem("EXCLUSION_INCOMPLETE", "Say which affiliation is excluded.", ("affiliation",))
        else:
            yield from affiliation_problems([affiliation], "affiliation")
        if other_id is not None:
            yield Problem("EXCLUSION_OVERFULL", "An affiliation has no other committee.", ("other",))
        return
    if other_id is None:
        yield Problem("EXCLUSION_INCOMPLETE", "Say which other committee it is.", ("other",))
    elif other_id == committee_id:
        yield Problem("EXCLUDES_ITSELF", "Name another committee.", ("other",))
    if affiliation is not None:
        yield Problem("EXCLUSION_OVERFULL", "A seat elsewhere has no affiliation.", ("affiliation",))
    if seats != ExcludedSeats.VOTING:
        yield Problem("EXCLUSION_OVERFULL", "A seat elsewhere keeps from voting seats only.", ("seats",))


def affiliation_problems(affiliations: Sequence[str], *path: str) -> Iterator[Problem]:
    """What is wrong with codes of affiliations."""
    if not all(_AFFILIATION.fullmatch(each) for each in affiliations):
        message = "An affiliation is a code of 2 to 60 capitals, digits and _, for example FEDERAL_EMPLOYEE."
        yield Problem("BAD_AFFILIATION", message, path)


async def _insist_on_a_new_one(scope: TenantScope, exclusion: Exclusion) -> None:
    for each in await exclusions_of(scope, exclusion.committee_id):
        if _says(each) == _says(exclusion):
            raise Conflict("This is excluded already.", code="EXCLUSION_EXISTS")


def _says(exclusion: Exclusion) -> tuple[str, str | None, str, frozenset[UUID | None]]:
    pair = frozenset({exclusion.committee_id, exclusion.other_id})
    return exclusion.kind, exclusion.affiliation, exclusion.seats, pair


async def exclusions_of(scope: TenantScope, committee_id: UUID) -> Sequence[Exclusion]:
    """The exclusions that bite in a committee, its own and those of others that name it."""
    query = select(Exclusion).where(
        col(Exclusion.tenant_id) == scope.tenant_id,
        or_(col(Exclusion.committee_id) == committee_id, col(Exclusion.other_id) == committee_id),
        col(Exclusion.lifted_at).is_(None),
    )
    return (await scope.session.execute(query.order_by(col(Exclusion.id)))).scalars().all()


async def _who_break(scope: TenantScope, exclusion: Exclusion, on: date) -> set[UUID]:
    """Who would break an exclusion by terms that reach a day or a later one."""
    here = await terms_in_seats(scope, exclusion.committee_id, CONCERNED[ExcludedSeats(exclusion.seats)])
    theirs = await terms_of(scope, {each.subject_id for each in here})
    breaking = [term for term, vote in theirs if _breaks(exclusion, term, vote)]
    return {
        one.subject_id
        for one in here
        for other in breaking
        if one.subject_id == other.subject_id and _reaches(overlap(one, other), on)
    }


def _breaks(exclusion: Exclusion, term: Appointment, vote: SeatVote) -> bool:
    """Whether an exclusion names a term, which may be elsewhere, as what keeps its holder from seats."""
    if exclusion.kind == ExclusionKind.AFFILIATION:
        return exclusion.affiliation in term.affiliations
    return term.committee_id == exclusion.other_id and vote == SeatVote.VOTING


def _reaches(term: Term | None, on: date) -> bool:
    return term is not None and (term.ends_on is None or term.ends_on > max(on, term.begins_on))


async def lift_exclusion(scope: TenantScope, exclusion_id: UUID) -> Exclusion:
    """Let an exclusion count no more.

    Raises:
        NotFound: no such exclusion that the viewer may see.
        Denied: the viewer lacks `committee:change` for the committee that made it.
        Conflict: it was lifted already.
    """
    exclusion = await changeable_part(scope, Exclusion, exclusion_id)
    if exclusion.lifted_at is not None:
        raise Conflict("This exclusion was lifted already.", code="EXCLUSION_LIFTED")
    exclusion.lifted_at = scope.now()
    scope.record("exclusion.lifted", exclusion, committee=str(exclusion.committee_id), **_detail(exclusion))
    return exclusion


def _detail(exclusion: Exclusion) -> dict[str, str]:
    known = {
        "kind": exclusion.kind,
        "affiliation": exclusion.affiliation,
        "other": None if exclusion.other_id is None else str(exclusion.other_id),
    }
    return {name: value for name, value in known.items() if value is not None}


async def exclusion_problems(
    scope: TenantScope, seat: Seat, subject_id: UUID, term: Term, affiliations: Collection[str] = ()
) -> list[Problem]:
    """What keeps somebody from a seat, or from sitting in for who holds it, on some day of a term.

    Args:
        affiliations: what is said now; what other terms of this person say that share a day counts as well. The caller
            appoints in turn, and what is said now bites in those as well.
    """
    others = [(each, vote) for each, vote in await terms_of(scope, {subject_id}) if overlap(each, term) is not None]
    known = {*affiliations, *(code for each, _ in others for code in each.affiliations)}
    found = []
    for exclusion in await exclusions_of(scope, seat.committee_id):
        if not _concerns(exclusion, SeatVote(seat.vote)):
            continue
        if exclusion.kind == ExclusionKind.AFFILIATION:
            if exclusion.affiliation in known:
                held = _SEATS[ExcludedSeats(exclusion.seats)]
                message = f"Nobody with the affiliation {exclusion.affiliation} holds {held} here."
                path = "affiliations" if exclusion.affiliation in affiliations else "subject"
                found.append(Problem("EXCLUDED_BY_AFFILIATION", message, (path,)))
            continue
        pair = {exclusion.committee_id, exclusion.other_id}
        if any(each.committee_id in pair - {seat.committee_id} and vote == SeatVote.VOTING for each, vote in others):
            message = "Nobody holds a voting seat here and in the other committee at once: end that term first."
            found.append(Problem("EXCLUDED_BY_SEAT", message, ("subject",)))
    return found + await _problems_elsewhere(scope, others, affiliations)


async def _problems_elsewhere(
    scope: TenantScope, others: Sequence[tuple[Appointment, SeatVote]], affiliations: Collection[str]
) -> list[Problem]:
    """What an affiliation that is said now excludes where the person sits already."""
    found = []
    for each, vote in others if affiliations else ():
        for exclusion in await exclusions_of(scope, each.committee_id):
            if exclusion.affiliation in affiliations and _concerns(exclusion, vote):
                held = _SEATS[ExcludedSeats(exclusion.seats)]
                message = f"Nobody with the affiliation {exclusion.affiliation} holds {held} where this person sits."
                found.append(Problem("EXCLUDED_BY_AFFILIATION", f"{message} End that term first.", ("affiliations",)))
    return found


def _concerns(exclusion: Exclusion, vote: SeatVote) -> bool:
    return vote in CONCERNED[ExcludedSeats(exclusion.seats)]
