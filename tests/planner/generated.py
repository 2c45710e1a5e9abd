"""Comparing both roads over generated operations, which a seed repeats."""

from __future__ import annotations

import os
from collections import Counter
from random import Random
from typing import Any

from graphql import GraphQLError
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.planner.writer import Samples, Writer, Written

from almoner_graphql.gate import Refusal

#: Printed, and taken from the environment to repeat a run.
SEED = int(os.environ.get("ALMONER_TEST_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
#: `.ci/run` asks for 2,000; a developer's run should not wait a minute for it.
OPERATIONS = int(os.environ.get("ALMONER_TEST_OPERATIONS", "200"))
ROLES = ["actuary", "integrator", "program_administrator", "auditor"]


def operations(schema: Any, found: Samples) -> list[tuple[Written, str]]:
    """Operations and the roles that send them, as hypothesis draws them."""
    drawn: list[tuple[Written, str]] = []

    @seed(SEED)
    @settings(
        max_examples=OPERATIONS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=True), st.sampled_from(ROLES))
    def collect(random: Random, role: str) -> None:
        drawn.append((Writer(random, schema, found).write(), role))

    collect()
    return drawn


async def compare_all(roads: Any, found: Samples) -> str:
    """Compare each, and say how many; only what exceeds a limit is let go."""
    counts: Counter[str] = Counter()
    for operation, role in operations(roads.oracle.schema, found):
        where = f"seed {SEED}, {role}: {operation}"
        try:
            await roads.compare(operation.text, role, operation.variables)
            if operation.varied() != operation.variables:
                where = f"{where}\nthen {operation.varied()}"
                await roads.compare(operation.text, role, operation.varied())
        except (Refusal, GraphQLError) as refused:
            errors = refused.errors if isinstance(refused, Refusal) else [refused]
            codes = {(error.extensions or {}).get("code") for error in errors}
            assert codes == {"LIMIT_EXCEEDED"}, f"{where}: {errors}"
            counts["over a limit"] += 1
        except BaseException as failure:
            failure.add_note(where)
            raise
        else:
            counts["compared"] += 1
    # hypothesis may stop a little early.
    assert counts.total() >= 0.95 * OPERATIONS
    assert counts["compared"] >= 0.85 * counts.total()
    return f" seed {SEED}: {dict(counts)} "
