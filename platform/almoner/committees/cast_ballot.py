"""Casting a ballot: the one thing in a meeting that nobody waits for, since all members do it at once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.moments import insist_on_session
from almoner.committees.presence import conflicted_on, places_in
from almoner.committees.read import rules_of
from almoner.committees.tables import Ballot, Meeting, Vote
from almoner.committees.voters import Place, place_to_vote_from
from almoner.committees.words import BallotChoice
from almoner.core.errors import Conflict, NotFound
from almoner.core.scope import TenantScope


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
    vote, meeting = await _shared(scope, vote_id)
    scope.require(Permission.BALLOT_CAST, vote)
    if vote.closed_at is not None:
        raise Conflict("This vote is closed: no ballot is taken any more.", code="VOTE_CLOSED")
    insist_on_session(meeting)
    place = await _place(scope, meeting, vote)
    ballot = Ballot(
        tenant_id=scope.tenant_id,
        committee_id=vote.committee_id,
        meeting_id=vote.meeting_id,
        vote_id=vote.id,
        appointment_id=place.appointment_id,
        subject_id=scope.viewer.subject_id,
        choice=choice,
        cast_at=scope.now(),
    )
    new = insert(Ballot).values(ballot.model_dump()).on_conflict_do_nothing().returning(col(Ballot.id))
    if (await scope.session.execute(new)).first() is None:
        raise Conflict("You have voted: your first ballot stands.", code="ALREADY_VOTED")
    scope.record("ballot.cast", ballot)
    return ballot


async def _shared(scope: TenantScope, vote_id: UUID) -> tuple[Vote, Meeting]:
    query = (
        select(Vote, Meeting)
        .join(Meeting, (col(Meeting.tenant_id) == col(Vote.tenant_id)) & (col(Meeting.id) == col(Vote.meeting_id)))
        .where(col(Vote.tenant_id) == scope.tenant_id, col(Vote.id) == vote_id)
        .with_for_update(read=True, of=Vote)
    )
    found = (await scope.session.execute(query)).one_or_none()
    if found is None or not scope.allows(Permission.VOTE_VIEW, found[0]):
        raise NotFound("There is nothing with this id.")
    return found[0], found[1]


async def _place(scope: TenantScope, meeting: Meeting, vote: Vote) -> Place:
    """The place from which the viewer votes.

    Raises:
        Conflict: there is none.
    """
    me = scope.viewer.subject_id
    places = await places_in(scope, meeting, of=me)
    # The rules matter to substitutes alone; nobody else need wait for them to be read.
    sits_in = any(each.substitute_id == me for each in places)
    vote_too = sits_in and (await rules_of(scope, meeting.committee_id)).substitutes_vote
    conflicted = bool(await conflicted_on(scope, vote.item_id, of=me))
    return place_to_vote_from(me, places, substitutes_vote=vote_too, conflicted=conflicted)
