"""Everybody votes at once, over HTTP: each ballot is counted once, and the result is right."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import col, select
from tests.committees.polling import envelopes, open_poll, send_all

from almoner.committees.tables import Ballot, Vote
from almoner.committees.votes import close_vote
from almoner.core.errors import Conflict

pytestmark = pytest.mark.anyio

MEMBERS = 300


async def ballots_of(poll) -> dict[str, str]:
    """Who -> what, as it was stored."""
    by_id = {appointment: name for name, appointment in poll.chamber.appointments.items()}

    async def read(scope):
        query = select(Ballot).where(col(Ballot.tenant_id) == scope.tenant_id, col(Ballot.vote_id) == poll.vote.id)
        return {by_id[each.appointment_id]: each.choice for each in (await scope.session.execute(query)).scalars()}

    return await poll.chamber.do("chair", read)


async def test_of_ballots_that_come_at_once_and_again_each_is_counted_once(server, tenant, capsys):
    poll = await open_poll(tenant, MEMBERS - 1)
    sent = envelopes(poll, seed=4)
    await send_all(server, poll, sent)
    with capsys.disabled():
        print(f"\n{len(sent)} ballots of {MEMBERS} members: {poll.seconds:.2f} s")
    assert len(sent) > MEMBERS * 1.5
    assert {name: len(choices) for name, choices in poll.accepted.items()} == dict.fromkeys(poll.names, 1)
    assert poll.refused == {"ALREADY_VOTED": len(sent) - MEMBERS}
    assert await ballots_of(poll) == {name: choice for name, (choice,) in poll.accepted.items()}
    vote = await poll.chamber.do("chair", close_vote, poll.vote.id)
    counted = poll.counted()
    assert (vote.votes_for, vote.votes_against, vote.abstentions) == (
        counted["FOR"],
        counted["AGAINST"],
        counted["ABSTAIN"],
    )
    assert vote.is_carried is (counted["FOR"] > counted["AGAINST"])


async def test_no_ballot_is_taken_into_a_vote_that_is_being_closed(server, tenant):
    poll = await open_poll(tenant, 59)
    sent = [(name, "FOR") for name in poll.names]

    async def close_in_the_middle() -> Vote:
        while len(await ballots_of(poll)) < 10:
            pass
        return await poll.chamber.do("chair", close_vote, poll.vote.id)

    _, vote = await asyncio.gather(send_all(server, poll, sent), close_in_the_middle())
    assert vote.votes_for == poll.counted()["FOR"] == len(await ballots_of(poll)) >= 10
    assert poll.refused["VOTE_CLOSED"] == len(sent) - vote.votes_for
    with pytest.raises(Conflict) as late:
        await poll.chamber.do("chair", close_vote, poll.vote.id)
    assert late.value.problems[0].code == "VOTE_CLOSED"
