"""The quorum: whether enough of those who vote are in the room. The rule is data (`rules.QuorumRule`)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil
from uuid import UUID

from almoner.committees.rules import QuorumRule


@dataclass(frozen=True, slots=True)
class Sitting:
    """A voting member whose seat is represented in the room: by the holder, or by a substitute who votes.

    `body_id`: the member body that the holder comes from; None for nobody's.
    """

    appointment_id: UUID
    body_id: UUID | None


@dataclass(frozen=True, slots=True)
class Quorum:
    """Whether a meeting is quorate, and what is lacking, in words, if it is not."""

    voting_members: int
    bodies: int
    lacking: tuple[str, ...]

    @property
    def is_there(self) -> bool:
        """Whether nothing is lacking."""
        return not self.lacking


def quorum_of(rule: QuorumRule, present: Collection[Sitting], voting_members: int) -> Quorum:
    """The quorum of a meeting.

    Args:
        present: the voting members in the room; each counts once.
        voting_members: how many voting members the committee has, present or not.
    """
    members = len({each.appointment_id for each in present})
    bodies = len({each.body_id for each in present if each.body_id is not None})
    needed = max(rule.voting_members, ceil(rule.share * voting_members))
    lacking = []
    if members < needed:
        lacking.append(f"{needed - members} more of {needed} voting members")
    if bodies < rule.bodies:
        lacking.append(f"members of {rule.bodies - bodies} more of {rule.bodies} bodies")
    return Quorum(members, bodies, tuple(lacking))
