"""Majorities: whether a motion is carried by the votes that were cast.

Each kind is one function below and one line in `CARRIES`; docs/committees.md says in ten lines how to add a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from almoner.committees.words import BallotChoice, Majority


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes of those who may vote: heads, or weights in a weighted vote."""

    votes_for: Fraction
    votes_against: Fraction
    abstentions: Fraction


def tally(ballots: Iterable[tuple[BallotChoice, Fraction]]) -> Tally:
    """Count ballots, each a choice and what it counts."""
    sums = dict.fromkeys(BallotChoice, Fraction(0))
    for choice, weight in ballots:
        sums[choice] += weight
    return Tally(sums[BallotChoice.FOR], sums[BallotChoice.AGAINST], sums[BallotChoice.ABSTAIN])


def carries(majority: Majority, counted: Tally, share: Fraction) -> bool:
    """Whether the motion is carried. Who abstains is counted on neither side; without a vote for it nothing is carried.

    Args:
        share: for `SHARE` and `WEIGHTED`: what share of the votes for and against must be for; above 0.
    """
    return counted.votes_for > 0 and CARRIES[majority](counted, share)


def carried_by_all(wanted: Iterable[tuple[Majority, Fraction]], tally_of: Callable[[Majority], Tally]) -> bool:
    """Whether a motion is carried by each of several majorities, given with their shares.

    So nothing that a chair asks for carries what the rules' own majority would not.

    Args:
        tally_of: the same ballots as a kind of majority counts them: heads, or weights.
    """
    return all(carries(majority, tally_of(majority), share) for majority, share in wanted)


def may_be_asked_for(asked: Majority, asked_share: Fraction, ruled: Majority, ruled_share: Fraction) -> bool:
    """Whether a chair may ask for the one majority where the rules ask for the other: for no less.

    `UNANIMOUS` may be asked for anywhere: where it counts other than the rules do, a motion is to be carried by both.
    """
    return asked == Majority.UNANIMOUS or is_as_strict(asked, asked_share, ruled, ruled_share)


def is_as_strict(asked: Majority, asked_share: Fraction, ruled: Majority, ruled_share: Fraction) -> bool:
    """Whether whatever the one majority carries is carried by the other, too.

    That are `UNANIMOUS` where heads are counted, the same kind with no smaller share, and for `MAJORITY` a `SHARE` of
    more than half.
    """
    if asked == Majority.UNANIMOUS and ruled not in BY_WEIGHT:
        return True
    if (asked, ruled) == (Majority.SHARE, Majority.MAJORITY):
        return asked_share > Fraction(1, 2)
    return asked == ruled and (asked not in OF_A_SHARE or asked_share >= ruled_share)


def _unanimous(counted: Tally, _share: Fraction) -> bool:
    return counted.votes_against == 0


def _more_for_than_against(counted: Tally, _share: Fraction) -> bool:
    return counted.votes_for > counted.votes_against


def _share_of_both(counted: Tally, share: Fraction) -> bool:
    return counted.votes_for >= share * (counted.votes_for + counted.votes_against)


#: Which votes carry a motion, by the kind of majority. `WEIGHTED` differs by what a ballot counts.
CARRIES: dict[Majority, Callable[[Tally, Fraction], bool]] = {
    Majority.UNANIMOUS: _unanimous,
    Majority.MAJORITY: _more_for_than_against,
    Majority.SHARE: _share_of_both,
    Majority.WEIGHTED: _share_of_both,
}
#: Kinds that ask for a share.
OF_A_SHARE = frozenset({Majority.SHARE, Majority.WEIGHTED})
#: Kinds in which bodies weigh: see `weights.py`. In all others heads are counted.
BY_WEIGHT = frozenset({Majority.WEIGHTED})
