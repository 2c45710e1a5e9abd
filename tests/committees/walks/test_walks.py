"""Hundreds of random walks through the life of committees, each step against a model that is not the product's."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from math import ceil

import psycopg
import pytest
from anyio import create_task_group, from_thread, to_thread
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.committees.walks.process import Ground, Process
from tests.conftest import MakeTenant

from almoner.core.database import libpq_url

pytestmark = pytest.mark.anyio
SEED = int(os.environ.get("ALMONER_TEST_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
WALKS = int(os.environ.get("ALMONER_TEST_WALKS", "500"))
#: As many walks are taken of each length; the lengths at once, for most of the time is spent waiting for the database.
STEPS = (15, 17, 20, 22, 25)
#: How often things happen for each walk, at least, but for five; it is three times as often, but walks resemble others.
OFTEN = {
    **{"steps": 12, "decide": 0.25, "decide refused": 0.4, "decided APPROVE": 0.03, "INQUORATE": 0.08},
    **{"NOT_DELEGATED": 0.06, "withdraw": 0.2, "adopt": 0.2, "quorum lost": 0.02, "approve": 0.04, "release": 0.04},
    **{"vote carried: True": 0.03, "vote carried: False": 0.04, "VOTE_NOT_CARRIED": 0.01, "OWN_MINUTES": 0.01},
    **{"cast": 0.3, "ALREADY_VOTED": 0.04, "VOTE_CLOSED": 0.01, "CONFLICT_OF_INTEREST": 0.01, "PUBLIC_MATTER": 0.03},
}
SETTINGS = settings(
    deadline=None,
    derandomize=False,
    database=None,  # the seed repeats a run, on every machine
    print_blob=False,
    report_multiple_bugs=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def walk_all(ground: Ground) -> None:
    """Let hypothesis take walks; one that fails it shortens, and raises what is left of it, while the others give up.

    It comes to some walks twice, so it is asked again for as many as are missing; and for two more, for it always
    begins with the simplest one.
    """
    while (missing := ceil(WALKS / len(STEPS)) - len(ground.ended)) > 0:

        @seed(f"{SEED}, {ground.steps} steps, after {ground.begun}")
        def begin() -> Process:
            return Process(ground)

        # The founding is a step for hypothesis.
        asked = settings(SETTINGS, max_examples=missing + 2, stateful_step_count=1 + ground.steps)
        try:
            # A function is taken too, as its docstring says.
            run_state_machine_as_test(begin, settings=asked)  # type: ignore[arg-type]
        except Exception:
            if not ground.has_given_up:
                raise
            return


@pytest.fixture
def grounds(make_tenant: MakeTenant, superuser_url: str) -> Iterator[list[Ground]]:
    """A ground for each length of walks."""
    failing: list[Ground] = []
    with ExitStack() as stack:
        yield [
            Ground(
                steps,
                make_tenant,
                from_thread.run,
                stack.enter_context(psycopg.connect(libpq_url(superuser_url), autocommit=True)),
                failing,
            )
            for steps in STEPS
        ]


async def test_no_decision_exists_that_the_rules_forbid(grounds, capsys):
    begun = time.perf_counter()
    try:
        async with create_task_group() as group:
            for ground in grounds:
                group.start_soon(to_thread.run_sync, walk_all, ground)
    except ExceptionGroup as failed:
        (failure,) = failed.exceptions
        failure.add_note(f"ALMONER_TEST_SEED={SEED} ALMONER_TEST_WALKS={WALKS} takes this walk again.")
        raise failure from None
    walks = {walk: happened for ground in grounds for walk, happened in ground.ended.items()}
    counts = sum(walks.values(), Counter[str]())
    refused = sum(number for name, number in counts.items() if name.endswith(" refused"))
    with capsys.disabled():
        sys.stdout.write(
            f" seed {SEED}: {len(walks)} walks, {counts['steps']} steps, {counts['steps'] - refused} accepted, "
            f"{counts['decide']} decisions, {counts['decide refused']} refused, {time.perf_counter() - begun:.0f} s "
        )
    few = {name: counts[name] for name, rate in OFTEN.items() if counts[name] < rate * len(walks) - 5}
    assert len(walks) >= WALKS
    assert not few, f"walks that prove little: {few} of {dict(counts)}"
