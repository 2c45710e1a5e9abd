"""How long 300 members take to vote at once, some of them twice or three times, over HTTP on a real server.

Measured once: 619 ballots took 14.2 and 14.3 s (two runs) on two cores with a load of 4 to 5 from other work; a quiet
machine is yet to be measured. A ballot costs 18 messages to the database: 3 to admit the request, 9 for the ballot and
its entry in the journal, 6 to read the payload (for somebody new to the process the reader asks twice).
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
