"""Comparing both roads over generated operations, which a seed repeats."""

from __future__ import annotations

import os
import re
from collections import Counter
from random import Random
from typing import Any

from graphql import GraphQLError
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.planner.writer import Samples, Writer, Written

from almoner.core.errors import Invalid
from almoner_graphql.gate import Refusal

#: Printed, and taken from the environment to repeat a run.
SEED = int(os.environ.get("ALMONER_TEST_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
#: `.ci/run` asks for 2,000; a developer's run should not wait a minute for it.
OPERATIONS = int(os.environ.get("ALMONER_TEST_OPERATIONS", "200"))
ROLES = ["actuary", "integrator", "program_administrator", "policy_administrator", "auditor"]
#: And who is there where committees live.
PEOPLE = [
    *ROLES,
    *("public", "chair", "member1", "member2", "secretary", "observer", "author", "officer1", "other-member2"),
]


def operations(schema: Any, found: Samples, people: list[str]) -> list[tuple[Written, str]]:
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
    @given(st.randoms(use_true_random=True), st.sampled_from(people))
    def collect(random: Random, role: str) -> None:
        drawn.append((Writer(random, schema, found).write(), role))

    collect()
    return drawn


_SPAN = re.compile(r"\b[lg]te?\b")


def _why(error: GraphQLError) -> str:
    if isinstance(error.original_error, Invalid):
        return error.original_error.problems[0].code
    return str((error.extensions or {}).get("code"))


async def compare_all(roads: Any, found: Samples, people: list[str]) -> str:
    """Compare each, and say how many; only what exceeds a limit is let go."""
    counts: Counter[str] = Counter()
    for operation, role in operations(roads.oracle.schema, found, people):
        where = f"seed {SEED}, {role}: {operation}"
        try:
            await roads.compare(operation.text, role, operation.variables)
            if operation.varied() != operation.variables:
                where = f"{where}\nthen {operation.varied()}"
                await roads.compare(operation.text, role, operation.varied())
        except (Refusal, GraphQLError) as refused:
            errors = refused.errors if isinstance(refused, Refusal) else [refused]
            why = {_why(error) for error in errors}
            # A list that is narrowed to a span is sorted by it, and the cursors at hand are of its usual order.
            assert why == {"LIMIT_EXCEEDED"} or (why == {"BAD_CURSOR"} and _SPAN.search(where)), f"{where}: {errors}"
            counts["refused"] += 1
        except BaseException as failure:
            failure.add_note(where)
            raise
        else:
            counts["compared"] += 1
    # hypothesis may stop a little early.
    assert counts.total() >= 0.95 * OPERATIONS
    assert counts["compared"] >= 0.85 * counts.total()
    return f" seed {SEED}: {dict(counts)} "
