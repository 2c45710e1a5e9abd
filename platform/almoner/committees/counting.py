"""Counting the ballots of a vote."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import col, select

from almoner.committees.majorities import Tally, carried_by_all, tally
from almoner.committees.presence import conflicted_on, quorum_on_item, seated
from almoner.committees.read import rules_of
from almoner.committees.tables import AgendaItem, Appointment, Ballot, CommitteeBody, Meeting, Vote
from almoner.committees.weights import shown, weights_of
from almoner.committees.words import BallotChoice, Majority
from almoner.core.scope import TenantScope


async def count(scope: TenantScope, meeting: Meeting, vote: Vote) -> None:
    """Close a vote: weigh its ballots, count them, and say whether the motion is carried.

    A motion is carried by the majority that the chair asked for and by that of the rules. The ballot of somebody who
    has declared an interest since counts nothing, nor does one from a seat whose term has ended since. Without a quorum
    there is no result.
    """
    item = await scope.find(AgendaItem, vote.item_id)
    if item is None:
        raise LookupError("a vote is about an agenda item")
    kind = Majority(vote.majority)
    cast, of_bodies = await _cast(scope, meeting, vote), await _body_weights(scope, meeting)

    def weights_in(majority: Majority) -> dict[UUID, Fraction]:
        return weights_of(majority, {each: body for each, (_, body) in cast.items()}, of_bodies)

    def tally_of(majority: Majority) -> Tally:
        weights = weights_in(majority)
        return tally((choice, weights[each]) for each, (choice, _) in cast.items())

    counted = tally_of(kind)
    await _weigh(scope, vote, weights_in(kind))
    quorum = await quorum_on_item(scope, item, await rules_of(scope, vote.committee_id))
    # Those in force when it was opened: what everybody knew that it takes.
    ruled = await rules_of(scope, vote.committee_id, at=vote.opened_at)
    wanted = ((kind, Fraction(vote.majority_share or 1)), (ruled.majority, ruled.majority_share))
    vote.closed_at = scope.now()
    vote.votes_for = shown(counted.votes_for)
    vote.votes_against = shown(counted.votes_against)
    vote.abstentions = shown(counted.abstentions)
    vote.lacking = list(quorum.lacking)
    vote.is_carried = carried_by_all(wanted, tally_of) if quorum.is_there else None


async def _cast(scope: TenantScope, meeting: Meeting, vote: Vote) -> dict[UUID, tuple[BallotChoice, UUID | None]]:
    """Appointment -> choice and body, of the ballots that count."""
    conflicted = await conflicted_on(scope, vote.item_id)
    query = (
        select(col(Ballot.appointment_id), col(Ballot.subject_id), col(Ballot.choice), col(Appointment.body_id))
        .join(
            Appointment,
            (col(Appointment.tenant_id) == col(Ballot.tenant_id)) & (col(Appointment.id) == col(Ballot.appointment_id)),
        )
        .where(col(Ballot.tenant_id) == scope.tenant_id, col(Ballot.vote_id) == vote.id, seated(meeting.held_on))
    )
    return {
        appointment: (BallotChoice(choice), body)
        for appointment, subject, choice, body in await scope.session.execute(query)
        if subject not in conflicted
    }


async def _body_weights(scope: TenantScope, meeting: Meeting) -> dict[UUID, Decimal]:
    query = select(col(CommitteeBody.body_id), col(CommitteeBody.weight)).where(
        col(CommitteeBody.tenant_id) == scope.tenant_id,
        col(CommitteeBody.committee_id) == meeting.committee_id,
        col(CommitteeBody.since_on) <= meeting.held_on,
        or_(col(CommitteeBody.until_on).is_(None), col(CommitteeBody.until_on) > meeting.held_on),
    )
    found = await scope.session.execute(query)
    return {body: Decimal(weight) for body, weight in found}


async def _weigh(scope: TenantScope, vote: Vote, weights: Mapping[UUID, Fraction]) -> None:
    """Write down what each ballot counted: one statement for each weight, of which there are few."""
    by_weight: dict[Fraction, list[UUID]] = {}
    for appointment, weight in weights.items():
        by_weight.setdefault(weight, []).append(appointment)
    of_vote = update(Ballot).where(col(Ballot.tenant_id) == scope.tenant_id, col(Ballot.vote_id) == vote.id)
    await scope.session.execute(of_vote.where(col(Ballot.appointment_id).not_in(list(weights))).values(weight=0))
    for weight, those in by_weight.items():
        await scope.session.execute(of_vote.where(col(Ballot.appointment_id).in_(those)).values(weight=shown(weight)))
