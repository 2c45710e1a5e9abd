"""Who votes from which seat: pure. One person has one vote, and one seat has one vote."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from almoner.committees.quorum import Sitting
from almoner.core.errors import Conflict


@dataclass(frozen=True, slots=True)
class Place:
    """A voting seat as it is held on the day of a meeting, and who is in the room for it.

    Attributes:
        holder_id: the account of who holds it.
        body_id: the body that the holder comes from; None for nobody's.
        is_present: somebody is in the room for it.
        has_substitute: that is a substitute, or will be.
        substitute_id: the substitute's account; None for one without, who does not vote.
    """

    appointment_id: UUID
    holder_id: UUID
    body_id: UUID | None = None
    is_present: bool = False
    has_substitute: bool = False
    substitute_id: UUID | None = None


def voter_of(place: Place, *, substitutes_vote: bool) -> UUID | None:
    """Who would vote from a place if they were in the room; None for nobody."""
    if not place.has_substitute:
        return place.holder_id
    return place.substitute_id if substitutes_vote else None


def sitting(
    places: Iterable[Place], *, substitutes_vote: bool, conflicted: Collection[UUID] = frozenset()
) -> list[Sitting]:
    """The places that count toward the quorum: somebody is there who votes. A person counts once.

    Args:
        conflicted: who does not vote on the item that it is about.
    """
    found: dict[UUID, Sitting] = {}
    for place in sorted(places, key=lambda each: each.appointment_id):
        voter = voter_of(place, substitutes_vote=substitutes_vote)
        if place.is_present and voter is not None and voter not in conflicted:
            found.setdefault(voter, Sitting(place.appointment_id, place.body_id))
    return list(found.values())


def place_to_vote_from(subject: UUID, places: Iterable[Place], *, substitutes_vote: bool, conflicted: bool) -> Place:
    """The place from which somebody votes on an item.

    Args:
        places: those of the meeting; those that somebody else has to do with do not matter.
        conflicted: an interest in the item keeps this person from voting on it.

    Raises:
        Conflict: this person does not vote, is not in the room for a seat, or has an interest.
    """
    known = sorted(places, key=lambda each: each.appointment_id)
    theirs = [each for each in known if voter_of(each, substitutes_vote=substitutes_vote) == subject]
    if not theirs and not any(each.holder_id == subject for each in known):
        raise Conflict(
            "Only who holds a voting seat, or sits in for somebody who does, votes.", code="NOT_A_VOTING_MEMBER"
        )
    there = [each for each in theirs if each.is_present]
    if not there:
        message = "You are not recorded as present: ask the secretary to record your arrival."
        raise Conflict(message, code="NOT_PRESENT")
    if conflicted:
        raise Conflict("You declared an interest in this item, and do not vote on it.", code="CONFLICT_OF_INTEREST")
    return there[0]
