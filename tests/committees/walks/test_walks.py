"""Hundreds of random walks through the life of committees, each step against a model that knows nothing of the product."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.committees.walks.founding import World, found, make_world
from tests.committees.walks.steps import Walk

pytestmark = pytest.mark.anyio
SEED = int(os.environ.get("ALMONER_TEST_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
WALKS = int(os.environ.get("ALMONER_TEST_WALKS", "500"))
STEPS = (15, 25)
#: As many as connections of the test's house.
AT_ONCE = 4


def drawn() -> list[tuple[int, list[int]]]:
    """Walks: a number for the founding, and one for each step."""
    walks: list[tuple[int, list[int]]] = []

    @seed(SEED)
    @settings(
        max_examples=WALKS,
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


async def walked(world: World, name: str, founding: int, steps: list[int]) -> Walk:
    walk = Walk(await found(world, f"{name}-", Random(founding)))
    try:
        for number in steps:
            await walk.step(number)
    except BaseException as failure:
        failure.add_note(f"seed {SEED}, walk {name}: " + "\n  ".join([str(walk.model.rules), *walk.told]))
        raise
    return walk


async def test_no_decision_exists_that_the_rules_forbid(tenant, capsys):
    world = await make_world(tenant)
    begun = time.perf_counter()
    counts: Counter[str] = Counter()
    waiting = iter(enumerate(drawn()))

    async def one_after_the_other() -> None:
        for n, (founding, steps) in waiting:
            walk = await walked(world, f"w{n}", founding, steps)
            counts.update(walk.counts)
            counts["walks"] += 1

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    with capsys.disabled():
        print(f" seed {SEED}: {dict(counts)} {time.perf_counter() - begun:.1f} s")
