"""How long 300 members take to vote at once, some of them twice or three times, over HTTP on a real server.

Some 619 ballots took 4.6 to 4.8 s on two cores with nothing else to do, of which a third is this process, which plays
all 300 members. A ballot costs 9 messages to the database: 8 to let it in, for it and for its entry in the journal, and
one to read the payload. One that is refused costs 7.
"""

from __future__ import annotations

import json
import statistics
import sys

import pytest
from tests.committees.polling import envelopes, open_poll, send_all

from almoner.committees.votes import close_vote

pytestmark = [pytest.mark.bench, pytest.mark.anyio]

MEMBERS, RUNS = 300, 3


async def test_bench_votes_prints_how_long_a_vote_takes_with_its_spread(server, make_tenant, capsys):
    seconds = []
    for run in range(RUNS):
        poll = await open_poll(await make_tenant(), MEMBERS - 1)
        sent = envelopes(poll, seed=run)
        await send_all(server, poll, sent)
        vote = await poll.chamber.do("chair", close_vote, poll.vote.id)
        assert vote.votes_for + vote.votes_against + vote.abstentions == MEMBERS == len(poll.accepted)
        seconds.append(poll.seconds)
    spread = {"median": statistics.median(seconds), "min": min(seconds), "max": max(seconds), "unit": "s", "runs": RUNS}
    with capsys.disabled():
        sys.stdout.write("\n" + json.dumps({"votes_300_members": spread}) + "\n")
