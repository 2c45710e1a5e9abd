"""What follows from an interest in an agenda item: pure, and in one table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from almoner.committees.words import ConflictRuling


@dataclass(frozen=True, slots=True)
class Consequence:
    """What somebody who declared an interest may do about the item.

    Attributes:
        votes: votes on it, puts it to the vote, and counts toward the quorum of votes and decisions on it.
        stays: is in the room for it.
        reads: sees what is private of it.
    """

    votes: bool
    stays: bool
    reads: bool


#: By ruling; None: the chair has not ruled yet.
CONSEQUENCES: dict[ConflictRuling | None, Consequence] = {
    None: Consequence(votes=False, stays=True, reads=True),
    ConflictRuling.STAY: Consequence(votes=True, stays=True, reads=True),
    ConflictRuling.STAY_WITHOUT_VOTING: Consequence(votes=False, stays=True, reads=True),
    ConflictRuling.LEAVE: Consequence(votes=False, stays=False, reads=False),
}


def consequence_of(ruling: str | None) -> Consequence:
    """What follows from a ruling as a row has it."""
    return CONSEQUENCES[None if ruling is None else ConflictRuling(ruling)]


def kept_from_voting(declared: Iterable[tuple[UUID, str | None]]) -> frozenset[UUID]:
    """Who does not vote on an item, of those who declared an interest in it, each with the ruling."""
    return frozenset(subject for subject, ruling in declared if not consequence_of(ruling).votes)


def kept_from_reading(declared: Iterable[tuple[UUID, str | None]]) -> list[UUID]:
    """The same of who does not see what is private of the item."""
    return [subject for subject, ruling in declared if not consequence_of(ruling).reads]
