"""Who may not hold a voting seat: rules as data, which bite when somebody is appointed.

An exclusion of voting seats elsewhere bites in both committees: whichever of two appointments comes second is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from almoner.committees.changeable import changeable, changeable_part
from almoner.committees.composition import Term, overlap
from almoner.committees.membership import voting_terms
from almoner.committees.read import today
from almoner.committees.tables import Appointment, Exclusion
from almoner.committees.words import ExclusionKind
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import wording_problems

MAX_REASON = 1_000
_AFFILIATION = re.compile(r"[A-Z][A-Z0-9_]{1,59}")


async def add_exclusion(
    scope: TenantScope,
    committee_id: UUID,
    *,
    kind: ExclusionKind,
    reason: str,
    affiliation: str | None = None,
    other_id: UUID | None = None,
) -> Exclusion:
    """Keep people from voting seats of a committee.

    Args:
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
    if problems := [*_problems(committee_id, kind, affiliation, other_id, reason)]:
        raise Invalid(problems)
    await _insist_on_a_new_one(scope, committee_id, kind, affiliation, other_id)
    exclusion = Exclusion(
        tenant_id=scope.tenant_id,
        committee_id=committee_id,
        kind=kind,
        affiliation=affiliation,
        other_id=other_id,
        reason=reason.strip(),
    )
    sitting = await _who_break(scope, exclusion, await today(scope))
    if sitting:
        message = f"{len(sitting)} of those who sit or will break this: end their appointments first."
        raise Conflict(message, code="EXCLUSION_BROKEN")
    scope.session.add(exclusion)
    await scope.session.flush()
    scope.record("exclusion.made", exclusion, committee=str(committee_id), **_detail(exclusion))
    return exclusion


def _problems(
    committee_id: UUID, kind: ExclusionKind, affiliation: str | None, other_id: UUID | None, reason: str
) -> Iterator[Problem]:
    yield from wording_problems(reason, MAX_REASON, ("reason",))
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


def affiliation_problems(affiliations: Sequence[str], *path: str) -> Iterator[Problem]:
    """What is wrong with codes of affiliations."""
    if not all(_AFFILIATION.fullmatch(each) for each in affiliations):
        message = "An affiliation is a code of 2 to 60 capitals, digits and _, for example FEDERAL_EMPLOYEE."
        yield Problem("BAD_AFFILIATION", message, path)


async def _insist_on_a_new_one(
    scope: TenantScope, committee_id: UUID, kind: ExclusionKind, affiliation: str | None, other_id: UUID | None
) -> None:
    for each in await exclusions_of(scope, committee_id):
        same_pair = {each.committee_id, each.other_id} == {committee_id, other_id}
        if each.kind == kind and each.affiliation == affiliation and same_pair:
            raise Conflict("This is excluded already.", code="EXCLUSION_EXISTS")


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
    here = await voting_terms(scope, exclusion.committee_id)
    if exclusion.other_id is None:
        return {each.subject_id for each in here if exclusion.affiliation in each.affiliations and _reaches(each, on)}
    there = await voting_terms(scope, exclusion.other_id)
    return {
        one.subject_id
        for one in here
        for other in there
        if one.subject_id == other.subject_id and _reaches(overlap(one, other), on)
    }


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
    scope: TenantScope, committee_id: UUID, subject_id: UUID, affiliations: Sequence[str], term: Term
) -> list[Problem]:
    """What keeps somebody from a voting seat of a committee on some day of a term. The caller appoints in turn."""
    found = []
    for each in await exclusions_of(scope, committee_id):
        if each.other_id is None:
            if each.affiliation in affiliations:
                message = f"Nobody with the affiliation {each.affiliation} holds a voting seat here."
                found.append(Problem("EXCLUDED_BY_AFFILIATION", message, ("affiliations",)))
            continue
        elsewhere = each.other_id if each.committee_id == committee_id else each.committee_id
        if _sits(subject_id, await voting_terms(scope, elsewhere), term):
            message = "Nobody holds a voting seat here and in the other committee at once: end that term first."
            found.append(Problem("EXCLUDED_BY_SEAT", message, ("subject",)))
    return found


def _sits(subject_id: UUID, terms: Sequence[Appointment], term: Term) -> bool:
    return any(each.subject_id == subject_id and overlap(each, term) is not None for each in terms)
