"""Casting a ballot: the one thing in a meeting that nobody waits for, since all members do it at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from almoner.authorization.permissions import Permission
from almoner.committees.conflicts import kept_from_voting
from almoner.committees.moments import insist_on_session
from almoner.committees.presence import places_in
from almoner.committees.read import rules_of
from almoner.committees.tables import Ballot, ConflictDeclaration, Meeting, Vote
from almoner.committees.voters import Place, place_to_vote_from
from almoner.committees.words import BallotChoice
from almoner.core.errors import Conflict, NotFound
from almoner.core.scope import TenantScope

# Written once, and asked in one statement each: 300 members do so in a few seconds.
_DECLARED = and_(
    col(ConflictDeclaration.tenant_id) == col(Vote.tenant_id),
    col(ConflictDeclaration.item_id) == col(Vote.item_id),
    col(ConflictDeclaration.subject_id) == bindparam("me"),
)
_VOTE: Any = (
    select(Vote, Meeting, col(ConflictDeclaration.subject_id), col(ConflictDeclaration.ruling))
    .join(Meeting, (col(Meeting.tenant_id) == col(Vote.tenant_id)) & (col(Meeting.id) == col(Vote.meeting_id)))
    .outerjoin(ConflictDeclaration, _DECLARED)
    .where(col(Vote.tenant_id) == bindparam("tenant"), col(Vote.id) == bindparam("vote"))
    .with_for_update(read=True, of=Vote)
)
# Of the table: SQLAlchemy spends as long again on an insert of what it takes for objects.
_BALLOT = Ballot.__table__  # type: ignore[attr-defined]
_NEW: Any = insert(_BALLOT).on_conflict_do_nothing().returning(_BALLOT.c.id)


async def cast_ballot(scope: TenantScope, vote_id: UUID, choice: BallotChoice) -> Ballot:
    """Vote, for oneself or for whom one sits in for. The first ballot stands, whatever a second one says.

    The vote's row is shared until the ballot is committed, so that closing waits for it, and voters do not wait for
    each other. Two ballots of a seat or a person meet in the table's unique constraints.

    Raises:
        NotFound: no such vote that the viewer may see.
        Denied: the viewer lacks `ballot:cast` for it.
        Conflict: the vote is closed, the meeting is not in session, the viewer does not vote in it, is not in the
            room, has an interest in the item, or has voted.
    """
    vote, meeting, conflicted = await _shared(scope, vote_id)
    scope.require(Permission.BALLOT_CAST, vote)
    if vote.closed_at is not None:
        raise Conflict("This vote is closed: no ballot is taken any more.", code="VOTE_CLOSED")
    insist_on_session(meeting)
    place = await _place(scope, meeting, conflicted=conflicted)
    ballot = Ballot(
        tenant_id=scope.tenant_id,
        committee_id=vote.committee_id,
        meeting_id=vote.meeting_id,
        vote_id=vote.id,
        appointment_id=place.appointment_id,
        subject_id=scope.viewer.subject_id,
        choice=choice,
        cast_at=scope.now(),
        barred=list(vote.barred),
    )
    if (await scope.session.execute(_NEW, ballot.model_dump())).first() is None:
        raise Conflict("You have voted: your first ballot stands.", code="ALREADY_VOTED")
    scope.record("ballot.cast", ballot)
    return ballot


async def _shared(scope: TenantScope, vote_id: UUID) -> tuple[Vote, Meeting, bool]:
    """The vote, shared; its meeting; and whether an interest keeps the viewer from voting."""
    me = scope.viewer.subject_id
    found = (await scope.session.execute(_VOTE, {"tenant": scope.tenant_id, "vote": vote_id, "me": me})).one_or_none()
    if found is None or not scope.allows(Permission.VOTE_VIEW, found[0]):
        raise NotFound("There is nothing with this id.")
    vote, meeting, declared, ruling = found
    return vote, meeting, bool(kept_from_voting([(declared, ruling)] if declared else []))


async def _place(scope: TenantScope, meeting: Meeting, *, conflicted: bool) -> Place:
    """The place from which the viewer votes.

    Raises:
        Conflict: there is none.
    """
    me = scope.viewer.subject_id
    places = await places_in(scope, meeting, of=me)
    # The rules matter to substitutes alone; nobody else need wait for them to be read.
    sits_in = any(each.substitute_id == me for each in places)
    vote_too = sits_in and (await rules_of(scope, meeting.committee_id)).substitutes_vote
    return place_to_vote_from(me, places, substitutes_vote=vote_too, conflicted=conflicted)
