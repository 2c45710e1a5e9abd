"""Two roads, one answer: generated operations give the same JSON by the planner and by graphql-core."""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from almoner_graphql.planner.declare import SlowRoad
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

#: Printed, and taken from the environment to repeat a run.
SEED = int(os.environ.get("ALMONER_TEST_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
#: `.ci/run` asks for 2,000; a developer's run should not wait a minute for it.
OPERATIONS = int(os.environ.get("ALMONER_TEST_OPERATIONS", "500"))
ROLES = ["actuary", "integrator", "program_administrator", "auditor"]
MAX_DEPTH = 5
#: Roots that Python answers, and roots that only change the viewer's view of itself.
PYTHON_ONLY = frozenset({"viewer", "rateRules", "rateRevisionComparison"})
#: Arguments that Python answers: a revision that may not exist, a subject by its global id.
SKIPPED_ARGUMENTS = frozenset({"revision", "subject"})
FILTERS = {
    "exhibit": ["A", "B", "C1", "C2"],
    "rateCell": ['"TXXI_SMI"', '"HIFA II"', '"nothing"', "null"],
    "contractor": ['"NARBHA"', "null"],
    "line": ['"rate"', '"dollars"', "null"],
    "column": ["BEST", "HIGH", "null"],
    "tieOut": ["[DIFFERS]", "[EXACT, ONE_UNIT]", "[]", "null"],
    "totals": ["true", "false", "null"],
}
LISTS = {
    "tieOut": ["[DIFFERS]", "[EXACT, DIFFERS]", "[]", "null"],
    "states": ["[DONE]", "[DONE, QUEUED]", "[]", "null"],
    "statuses": ["[CALCULATED]", "[DRAFT, CERTIFIED, SUBMITTED]", "[]", "null"],
}


Pool = tuple[list[str], dict[str, list[str]]]


@dataclass
class Operation:
    """A document with its variables."""

    text: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)


class Writer:
    """Writes one operation; hypothesis gives the source of its choices."""

    def __init__(self, random: Random, schema: GraphQLSchema, pool: Pool, role: str) -> None:
        self._random = random
        self._schema = schema
        self._ids, self._cursors = pool
        self._not_for_me = PYTHON_ONLY | (set() if role == "auditor" else {"journal"})
        self._operation = Operation()
        self._aliases = 0

    def write(self) -> Operation:
        """A query with one to three roots."""
        query = self._schema.query_type
        assert query is not None
        roots = sorted(set(query.fields) - self._not_for_me)
        chosen = [self._field(query, name, 0) for name in self._some(roots, 2)]
        operation = self._operation
        head = f"query ({', '.join(operation.declared)}) " if operation.declared else ""
        operation.text = head + "{ " + " ".join(chosen) + " } " + " ".join(operation.fragments)
        return operation

    def _some(self, options: list[str], most: int) -> list[str]:
        return self._random.choices(options, k=self._random.randint(1, most))

    def _one(self, options: list[str]) -> str:
        return self._random.choice(options)

    def _maybe(self, likely: int = 2) -> bool:
        return self._random.randint(0, likely) == 0

    def _field(self, parent: Any, name: str, depth: int) -> str:
        definition = parent.fields[name]
        type_ = get_named_type(definition.type)
        # Leaves may stand twice under one name; all else has a name of its own, so that no two conflict.
        plain = is_leaf_type(type_) and self._maybe(1)
        text = f"{name if plain else f'{self._alias()}: {name}'}{self._arguments(definition)}{self._directive()}"
        return text if is_leaf_type(type_) else f"{text} {self._selection(type_, depth + 1)}"

    def _alias(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}{'x' * self._random.choice([0, 0, 0, 40])}"

    def _directive(self) -> str:
        if not self._maybe(11):
            return ""
        value = self._maybe(1)
        name = self._one(["skip", "include"])
        if self._maybe(1):
            return f" @{name}(if: {str(value).lower()})"
        return f" @{name}(if: ${self._variable('Boolean!', value)})"

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self._operation.declared)}"
        self._operation.declared.append(f"${name}: {type_}")
        self._operation.variables[name] = value
        return name

    def _selection(self, type_: Any, depth: int) -> str:
        parts = ["__typename"] if self._maybe(5) else []
        if isinstance(type_, GraphQLInterfaceType):
            parts.append(f"{self._alias()}: id")
            possible = sorted(self._schema.get_possible_types(type_), key=lambda item: item.name)
            parts += [
                f"... on {concrete.name} {self._selection(concrete, depth + 1)}"
                for concrete in possible
                if depth < MAX_DEPTH and self._maybe(1)
            ]
            return "{ " + " ".join(parts) + " }"
        names = self._names(type_, depth)
        chosen = [self._field(type_, name, depth) for name in self._some(names, 3)]
        if self._maybe(4):
            chosen = [self._fragment(type_, chosen)]
        return "{ " + " ".join([*parts, *chosen]) + " }"

    def _names(self, type_: GraphQLObjectType, depth: int) -> list[str]:
        leaves = [name for name, item in type_.fields.items() if is_leaf_type(get_named_type(item.type))]
        if depth >= MAX_DEPTH and leaves:
            return leaves
        return sorted(type_.fields)

    def _fragment(self, type_: GraphQLObjectType, chosen: list[str]) -> str:
        if self._maybe(1):
            return f"... on {type_.name} {{ {' '.join(chosen)} }}"
        name = f"F{len(self._operation.fragments)}"
        self._operation.fragments.append(f"fragment {name} on {type_.name} {{ {' '.join(chosen)} }}")
        return f"...{name} ...{name}"

    def _arguments(self, definition: GraphQLField) -> str:
        given = [
            f"{name}: {value}"
            for name in definition.args
            if name not in SKIPPED_ARGUMENTS and (value := self._argument(name, definition)) is not None
        ]
        return f"({', '.join(given)})" if given else ""

    def _argument(self, name: str, definition: GraphQLField) -> str | None:
        if name == "id":
            value = self._one(self._ids)
            return f"${self._variable('ID!', value)}" if self._maybe(1) else f'"{value}"'
        if name == "first":
            # A page without a bound would make deep operations large.
            size = self._random.randint(0, 3)
            return f"${self._variable('Int', size)}" if self._maybe(1) else str(size)
        if not self._maybe(1):
            return None
        if name == "after":
            found = self._cursors.get(get_named_type(definition.type).name, [])
            if not found:
                return None
            value = self._one(found)
            return f"${self._variable('String', value)}" if self._maybe(1) else f'"{value}"'
        if name == "filter":
            wanted = {key: self._one(FILTERS[key]) for key in self._some(sorted(FILTERS), 2)}
            return "{" + ", ".join(f"{key}: {value}" for key, value in wanted.items()) + "}"
        if name == "packageDigest":
            return self._one(['"nothing"', "null"])
        return self._one(LISTS[name])


POOL = """{
    rateDevelopments { edges { cursor node { id job { id } figures(first: 4) { edges { cursor node { id } } } } } }
    jobs { edges { cursor node { id } } }
}"""
JOURNAL = "{ journal(first: 5) { edges { cursor node { id } } } }"


@pytest.fixture
async def pool(roads) -> Pool:
    """Ids and cursors that lead somewhere, and some that lead nowhere."""
    found = await roads.slow(POOL, "actuary")
    journal = await roads.slow(JOURNAL, "auditor")
    developments = found["rateDevelopments"]["edges"]
    figures = [edge for item in developments for edge in item["node"]["figures"]["edges"]]
    ids = [edge["node"]["id"] for edge in [*developments, *found["jobs"]["edges"], *figures[:6]]]
    cursors = {
        "RateDevelopmentConnection": [edge["cursor"] for edge in developments],
        "JobConnection": [edge["cursor"] for edge in found["jobs"]["edges"]],
        "RateFigureConnection": [edge["cursor"] for edge in figures],
        "JournalEntryConnection": [edge["cursor"] for edge in journal["journal"]["edges"]],
    }
    return [*ids, "bm90aGluZw==", "not base64", ""], cursors


def generated(pool: Pool) -> list[tuple[Operation, str]]:
    """Operations and the roles that send them, as hypothesis draws them."""
    schema = build_schema(open_schema=True)._schema
    found: list[tuple[Operation, str]] = []

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
        found.append((Writer(random, schema, pool, role).write(), role))

    collect()
    return found


async def test_generated_operations_answer_alike_by_both_roads(roads, pool, capsys):
    counts: Counter[str] = Counter()
    for operation, role in generated(pool):
        try:
            quick = await roads.quick(operation.text, role, **operation.variables)
        except SlowRoad:
            counts["slow"] += 1
            continue
        slow = await roads.slow(operation.text, role, **operation.variables)
        if slow is None:
            counts["over a limit"] += 1
            continue
        counts["quick"] += 1
        assert quick == slow, f"seed {SEED}, {role}: {operation.text} with {operation.variables}"
    with capsys.disabled():
        sys.stdout.write(f" seed {SEED}: {dict(counts)} ")
    # hypothesis may stop a little early; and most must go the quick way, or nothing is compared.
    assert counts.total() >= 0.95 * OPERATIONS
    assert counts["quick"] >= 0.8 * counts.total()
