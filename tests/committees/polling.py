"""All members of a committee vote at once, over HTTP, some of them more than once. Not a test."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.committees.building import Chamber, Convened, make_chamber, make_meeting

from almoner.committees.votes import open_vote
from almoner.committees.words import BallotChoice, Majority
from almoner.core.ids import global_id

CAST = """mutation ($vote: ID!, $choice: BallotChoice!) {
  castBallot(vote: $vote, choice: $choice) { ballot { choice } problems { code } }
}"""
#: At the same time, as many as a browser's pool of connections and fewer than the server takes of a tenant.
CONNECTIONS = 60


@dataclass
class Poll:
    """A vote that is open, who is in the room for it, and what they were answered."""

    chamber: Chamber
    convened: Convened
    vote: Any
    names: tuple[str, ...]
    seconds: float = 0.0
    accepted: dict[str, list[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def id(self) -> str:
        """The vote's id in the API."""
        return global_id("Vote", self.vote.id)

    def counted(self) -> Counter[str]:
        """How many were told that their ballot of a choice was taken."""
        return Counter(choice for choices in self.accepted.values() for choice in choices)


async def open_poll(tenant: Any, members: int, *, majority: Majority | None = None, **rules: Any) -> Poll:
    """A committee of so many members beside the chair, all in the room, and a vote that the chair has opened."""
    chamber = await make_chamber(tenant, members=members, rules=rules)
    names = ("chair", *(f"member{n}" for n in range(1, members + 1)))
    convened = await make_meeting(chamber, present=names)
    vote = await chamber.do("chair", open_vote, convened.items["Vision"], motion="That it be so.", majority=majority)
    return Poll(chamber, convened, vote, names)


def envelopes(poll: Poll, seed: int) -> list[tuple[str, str]]:
    """One to three ballots of everybody, in any order: who votes again says the same or something else."""
    chance = random.Random(seed)
    sent = []
    for name in poll.names:
        choices = chance.choices(tuple(BallotChoice), k=chance.randint(1, 3))
        sent += [(name, choice.value) for choice in choices]
        if chance.random() < 0.5:
            sent[-1] = (name, choices[0].value)
    chance.shuffle(sent)
    return sent


async def send_all(server: str, poll: Poll, sent: list[tuple[str, str]]) -> None:
    """Send these ballots as quickly as the connections take them, and note what was answered.

    Each connection is a client of its own: a pool of so many costs as much for a request as the server does.
    """
    tokens = {name: poll.chamber.token(name) for name in poll.names}
    waiting = iter(sent)

    async def one_by_one(client: httpx.AsyncClient) -> None:
        for name, choice in waiting:
            body = {"query": CAST, "variables": {"vote": poll.id, "choice": choice}}
            headers = {"Authorization": f"Bearer {tokens[name]}"}
            response = await client.post("/graphql", json=body, headers=headers)
            _note(poll, name, response.json())

    trusted = ssl.create_default_context()  # takes longer to make than a ballot, and is used by nobody
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=server, timeout=60, verify=trusted))
            for _ in range(CONNECTIONS)
        ]
        begun = time.perf_counter()
        await asyncio.gather(*map(one_by_one, clients))
        poll.seconds = time.perf_counter() - begun


def _note(poll: Poll, name: str, answer: dict[str, Any]) -> None:
    assert "errors" not in answer, answer
    payload = answer["data"]["castBallot"]
    if payload["problems"]:
        (problem,) = payload["problems"]
        poll.refused[problem["code"]] += 1
    else:
        poll.accepted.setdefault(name, []).append(payload["ballot"]["choice"])
