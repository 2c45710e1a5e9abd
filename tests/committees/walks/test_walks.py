"""Hundreds of random walks through the life of committees, each step against a model that is not the product's."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.committees.walks import afterwards
from tests.committees.walks.afterwards import Records
from tests.committees.walks.founding import World, found, make_world
from tests.committees.walks.steps import Walk
from tests.conftest import MakeTenant

pytestmark = pytest.mark.anyio
SEED = int(os.environ.get("ALMONER_TEST_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
WALKS = int(os.environ.get("ALMONER_TEST_WALKS", "500"))
#: Half of them in each, so that two processes share the work.
PARTS = 2
STEPS = (15, 25)
#: How often things happen for each walk, at least, but for five; it is two or three times as often.
OFTEN = {
    **{"steps": 12, "decide": 0.3, "decide refused": 0.4, "decided APPROVE": 0.15, "INQUORATE": 0.15},
    **{"NOT_DELEGATED": 0.08, "withdraw": 0.2, "adopt": 0.2, "quorum lost": 0.03, "approve": 0.04, "release": 0.04},
    **{"vote carried: True": 0.04, "vote carried: False": 0.06, "VOTE_NOT_CARRIED": 0.02, "OWN_MINUTES": 0.01},
    **{"cast": 0.4, "ALREADY_VOTED": 0.08, "VOTE_CLOSED": 0.02, "CONFLICT_OF_INTEREST": 0.02, "PUBLIC_MATTER": 0.05},
}
#: As many as connections of the test's house.
AT_ONCE = 4
#: Rows of a committee are found among those of its tenant, so these are kept few.
WALKS_OF_A_TENANT = 20


def drawn(part: int) -> list[tuple[int, list[int]]]:
    """Walks: a number for the founding, and one for each step."""
    walks: list[tuple[int, list[int]]] = []

    @seed(SEED + part)
    @settings(
        max_examples=WALKS // PARTS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=True))
    def collect(random: Random) -> None:
        walks.append((random.getrandbits(32), [random.getrandbits(32) for _ in range(random.randint(*STEPS))]))

    collect()
    return walks


def insist_on_the_model(walk: Walk, records: Records) -> None:
    """The tables say what the model does of meetings, their quorum and what was decided."""
    model, ids = walk.model, walk.founded.ids
    for key, meeting in model.meetings.items():
        row = records.one("meeting", str(ids[key]))
        assert row["status"] == meeting.status, f"{key} is {row['status']}, in the model {meeting.status}"
        changes = sorted(records.all("quorum_change", meeting_id=row["id"]), key=lambda each: each["at"])
        assert [each["is_quorate"] for each in changes] == meeting.quorum, f"{key}: {meeting.quorum}"
    assert len(records.all("decision")) == model.decisions
    assert len(records.all("ballot")) == sum(len(vote.ballots) for vote in model.votes.values())
    assert len(records.all("delegation_adoption")) == len(model.adoptions)


async def walked(world: World, name: str, founding: int, steps: list[int]) -> Walk:
    """One walk from its founding to a look at what is left of it."""
    walk = Walk(await found(world, f"{name}-", Random(founding)))
    try:
        for number in steps:
            await walk.step(number)
        records = await afterwards.read(walk)
        afterwards.insist(records)
        insist_on_the_model(walk, records)
    except BaseException as failure:
        failure.add_note("\n  ".join([f"seed {SEED}, walk {name}: {walk.model.rules}", *walk.told]))
        raise
    return walk


async def shortest(world: World, name: str, founding: int, steps: list[int]) -> None:
    """Fail by as few of the steps as it takes."""
    for n in reversed(range(len(steps))):
        fewer = [*steps[:n], *steps[n + 1 :]]
        (failure,) = await asyncio.gather(walked(world, f"shorter{n}", founding, fewer), return_exceptions=True)
        steps = fewer if isinstance(failure, AssertionError) else steps
    await walked(world, f"shortest {name}", founding, steps)


async def walk_all(make_tenant: MakeTenant, part: int) -> Counter[str]:
    """Take all walks, some at once; what happened in them."""
    counts: Counter[str] = Counter()
    waiting = iter(enumerate(drawn(part), 1))
    failed: list[tuple[BaseException, int, list[int]]] = []

    async def one_after_the_other() -> None:
        for taken, (n, (founding, steps)) in enumerate(waiting):
            if failed:
                return
            if taken % WALKS_OF_A_TENANT == 0:
                world = await make_world(await make_tenant())
            (ended,) = await asyncio.gather(walked(world, f"w{n}", founding, steps), return_exceptions=True)
            if isinstance(ended, BaseException):
                failed.append((ended, founding, steps))
            else:
                counts.update(ended.counts)
                counts["walks"] += 1

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    for failure, founding, steps in failed:
        if isinstance(failure, AssertionError):
            await shortest(await make_world(await make_tenant()), f"after {counts['walks']}", founding, steps)
        raise failure
    return counts


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_decision_exists_that_the_rules_forbid(make_tenant, capsys, part):
    begun = time.perf_counter()
    counts = await walk_all(make_tenant, part)
    refused = sum(number for name, number in counts.items() if name.endswith(" refused"))
    with capsys.disabled():
        sys.stdout.write(
            f" seed {SEED}: {counts['walks']} walks, {counts['steps']} steps, {counts['steps'] - refused} accepted, "
            f"{counts['decide']} decisions, {counts['decide refused']} refused, {time.perf_counter() - begun:.0f} s "
        )
    few = {name: counts[name] for name, rate in OFTEN.items() if counts[name] < rate * counts["walks"] - 5}
    assert counts["walks"] == WALKS // PARTS
    assert not few, f"walks that prove little: {few} of {dict(counts)}"
