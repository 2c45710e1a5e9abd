"""How reads cost as tables, pages and documents grow: a million rows, page 1,000, ids of nothing, 10,000 documents.

Each comparison is between runs that alternate, because machines drift; what was measured is printed with its spread.
"""

from __future__ import annotations

import base64
import gc
import json
import random
import re
import runpy
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.policy import built_in_policy
from almoner.core.ids import global_id, new_id
from almoner_graphql import gate as gates
from almoner_graphql.planner import plan as plans

pytestmark = [pytest.mark.bench, pytest.mark.anyio]

PLANS = runpy.run_path(str(Path(__file__).parents[1] / "planner" / "test_query_plans.py"))
MANY = PLANS["MANY"]
ROWS = 1_000_000
SIZES = {**MANY["SMALL"], "journal_entry": (ROWS, 5_000)}
JOURNAL = """query ($first: Int, $after: String) {
    journal(first: $first, after: $after) { nodes { id at action actor subjectType requestId detail { name value } } }
}"""
#: Documents and their variables, by the names under which they are reported.
Asked = Mapping[str, tuple[str, dict[str, Any]]]
show = print


@pytest.fixture(scope="module")
def filled(superuser_url):
    with MANY["database"](superuser_url, SIZES) as url:
        yield url


@pytest.fixture
async def many(filled):
    async with MANY["reading"](filled, pool_size=1) as many:
        yield many


async def milliseconds(many: Any, asked: Asked, runs: int) -> dict[str, list[float]]:
    """How long each read takes, by its name; in every run each has its turn, in another order."""
    taken: dict[str, list[float]] = {name: [] for name in asked}
    turns = random.Random(1)
    gc.collect()
    gc.disable()
    try:
        for run in range(-20, runs):
            for name in turns.sample([*asked], len(asked)):
                began = time.perf_counter()
                await many.ask(*asked[name])
                if run >= 0:
                    taken[name].append((time.perf_counter() - began) * 1000)
    finally:
        gc.enable()
    return taken


def report(capsys: Any, title: str, taken: Mapping[str, list[float]]) -> dict[str, float]:
    """Print the medians with their spread, and give them."""
    medians = {name: statistics.median(times) for name, times in taken.items()}
    with capsys.disabled():
        show(f"\n{title}")
        for name, times in taken.items():
            low, *_, high = statistics.quantiles(times, n=20)
            show(f"  {name:34} median {medians[name]:8.3f} ms, 5 to 95 %: {low:8.3f} to {high:8.3f}, {len(times)} runs")
    return medians


def position(row: int) -> str:
    """The cursor of the row that stands there in the journal, the newest first, from 1."""
    packed = json.dumps(["JournalEntry", str(MANY["row_id"](ROWS + 1 - row))], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode()


@pytest.mark.parametrize("arguments", ["first: 10", "last: 10", f'first: 10 after: "{position(ROWS // 2)}"'])
async def test_a_page_of_a_million_rows_looks_at_a_few(many, arguments):
    assert await PLANS["faults"](many, PLANS["operation"]("journal", arguments), "everything", most=200) == []


async def test_every_filter_finds_its_rows_among_a_million_by_an_index(many):
    found = []
    for condition in PLANS["conditions"](PLANS["LISTS"]["journal"]):
        for end in ("first", "last"):
            text = PLANS["operation"]("journal", f"{end}: 10 {condition}")
            # All entries of everything on a list are sorted for a page of them.
            most = ROWS // 100 if "{in: [" in text else 200
            found += await PLANS["faults"](many, text, "everything", most=most)
    assert found == []


async def test_page_1000_costs_what_page_1_does(many, capsys):
    asked: Asked = {
        "page 1": (JOURNAL, {"first": 50}),
        "page 1,000": (JOURNAL, {"first": 50, "after": position(49_950)}),
        "page 19,000": (JOURNAL, {"first": 50, "after": position(949_950)}),
    }
    pages = {name: json.loads((await many.ask(*one)).json)["journal"]["nodes"] for name, one in asked.items()}
    assert pages["page 1,000"][0]["id"] == global_id("JournalEntry", MANY["row_id"](ROWS - 49_950))
    assert {len(page) for page in pages.values()} == {50}
    medians = report(capsys, "Pages of 50 of a million rows", await milliseconds(many, asked, 200))
    assert max(medians.values()) / medians["page 1"] <= 1.5


async def test_the_cost_of_a_page_grows_with_its_rows(many, capsys):
    asked: Asked = {f"first: {size}": (JOURNAL, {"first": size}) for size in (10, 20, 50, 100)}
    medians = report(capsys, "Pages of a million rows", await milliseconds(many, asked, 200))
    per_row = {name: 1000 * medians[name] / asked[name][1]["first"] for name in asked}
    with capsys.disabled():
        show("  microseconds per row: " + ", ".join(f"{name}: {one:.1f}" for name, one in per_row.items()))
    assert per_row["first: 100"] / per_row["first: 20"] <= 1.3


@pytest.mark.parametrize("root", ["job", "rateDevelopment", "node"])
async def test_ids_of_nothing_take_the_same_time(many, capsys, root):
    type_name, other = ("RateDevelopment", "Job") if root == "rateDevelopment" else ("Job", "RateDevelopment")
    ids = {
        "another tenant's": global_id(type_name, MANY["row_id"](5, 2)),
        "unknown": global_id(type_name, new_id()),
        "of another type": global_id("Program" if root == "node" else other, new_id()),
        "broken": "x",
    }
    text = f"query ($id: ID!) {{ {root}(id: $id) {{ id }} }}"
    for id_ in ids.values():
        assert json.loads((await many.ask(text, {"id": id_})).json) == {root: None}
    asked = {name: (text, {"id": id_}) for name, id_ in ids.items()}
    medians = report(capsys, f"`{root}` for ids of nothing", await milliseconds(many, asked, 500))
    ratio = max(medians.values()) / min(medians.values())
    with capsys.disabled():
        show(f"  the slowest over the quickest: {ratio:.3f}")
    assert ratio <= 1.10


async def test_a_count_costs_only_who_asks_for_it(many, capsys):
    page = "{ journal(first: 50) { %s nodes { id } } }"
    asked: Asked = {"without a count": (page % "", {}), "with totalCount": (page % "totalCount", {})}
    assert json.loads((await many.ask(*asked["with totalCount"])).json)["journal"]["totalCount"] == ROWS
    looked_at = {name: MANY["rows_looked_at"](await many.explain(*one)) for name, one in asked.items()}
    medians = report(capsys, "A page of a million rows", await milliseconds(many, asked, 15))
    assert looked_at["without a count"] < 200 < ROWS <= looked_at["with totalCount"]
    assert medians["without a count"] < medians["with totalCount"] / 5


# --- what is kept of documents -------------------------------------------------------------------------------------

DOCUMENTS = 10_000
#: In both caches a document's text is counted; `gate` and `plan` say how many bytes a character stands for.
BYTES_PER_CHARACTER = {"documents": 80, "plans": 5}


def unseen(number: int) -> str:
    """A document like no other: all that it selects has other names."""
    text = PLANS["operation"]("rateDevelopments", "first: 5")
    return re.sub(
        r"\b(node|cursor|id|name|status|revision|submittedBy|submittedAt)\b(?=[ }])", rf"a{number}_\1: \1", text
    )


def test_the_memory_of_10000_documents_stays_within_the_bounds_of_the_caches(capsys):
    schema = MANY["SCHEMA"]
    gate = gates.Gate(schema._schema, open_schema=False)
    kept = plans.Plans(schema.catalog, PolicyAuthorizer())
    process = psutil.Process()
    seen: dict[int, float] = {}
    for number in range(DOCUMENTS + 1):
        if number in (100, DOCUMENTS // 4, DOCUMENTS // 2, DOCUMENTS):
            gc.collect()
            seen[number] = process.memory_info().rss / 1e6
        operation = gate.document(unseen(number), None).operation(None)
        assert operation is not None
        kept.query(operation, kept.variables(operation, {}), built_in_policy().profile(frozenset({"actuary"})))
        assert gate.remembered <= gates._MAX_REMEMBERED_CHARACTERS
        assert kept._plans.weight <= plans.MAX_CHARACTERS
    bounds = {"documents": gates._MAX_REMEMBERED_CHARACTERS, "plans": plans.MAX_CHARACTERS}
    bound = sum(size * BYTES_PER_CHARACTER[name] for name, size in bounds.items()) / 1e6
    with capsys.disabled():
        show("\n" + ", ".join(f"after {count:,} documents {mb:.0f} MB" for count, mb in seen.items()))
        show(f"  kept: {gate.remembered:,} characters of documents, {len(kept):,} plans of {kept._plans.weight:,}")
        show(f"  the caches' bounds stand for {bound:.0f} MB")
    assert len(kept) < DOCUMENTS  # so that the bound was reached
    assert seen[DOCUMENTS] - seen[100] <= bound
