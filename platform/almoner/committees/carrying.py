"""Which vote carries a decision, or that none has to: pure.

A committee decides by its majority. Where nobody asked for a vote the chair declares what all agree on, unless the
rules want a vote for decisions of this kind; a lost vote shows that all do not agree.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from almoner.committees.tables import Vote
from almoner.core.errors import Problem


def vote_problems(
    votes: Collection[Vote],
    named: UUID | None,
    *,
    used: Collection[UUID] = (),
    is_needed: bool,
    carries_something: bool,
) -> list[Problem]:
    """Why a decision about an item is not carried.

    Args:
        votes: all votes on the item.
        named: the vote that is to carry it; None for none.
        used: the votes that have carried a decision already; each carries one.
        is_needed: the rules want a carried vote for decisions of this kind.
        carries_something: it does what a lost vote has refused to do.
    """
    known = {each.id: each for each in votes}
    if any(each.closed_at is None for each in votes):
        return [_problem("VOTE_OPEN", "There is an open vote on this item: close it first.")]
    if named is None:
        return _without_a_vote(votes, is_needed=is_needed, carries_something=carries_something)
    if named not in known:
        return [_problem("VOTE_OF_ANOTHER_ITEM", "This is no vote on this item.")]
    if not known[named].is_carried:
        return [_problem("VOTE_NOT_CARRIED", "The vote has not carried this.")]
    if named in used:
        message = "This vote has carried another decision, and carries one: put this to the vote, too."
        return [_problem("VOTE_USED", message)]
    return []


def _without_a_vote(votes: Collection[Vote], *, is_needed: bool, carries_something: bool) -> list[Problem]:
    last = max(votes, key=_closed, default=None)
    if carries_something and last is not None and not last.is_carried:
        message = "The last vote on this item has not carried it: name one that has, or put another motion to the vote."
        return [_problem("VOTE_NOT_CARRIED", message)]
    if is_needed:
        message = "The committee's rules want a vote for decisions of this kind: hold one, and name it."
        return [_problem("VOTE_NEEDED", message)]
    return []


def _closed(vote: Vote) -> tuple[datetime, UUID]:
    return vote.closed_at or datetime.max.replace(tzinfo=UTC), vote.id


def _problem(code: str, message: str) -> Problem:
    return Problem(code, message, ("vote",))
