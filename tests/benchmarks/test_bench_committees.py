"""How long the pages of a committee with twenty years of monthly meetings take: PostgreSQL alone, and with the reader.

Run by run one after the other, because machines drift; what was measured is printed with its spread.
"""

from __future__ import annotations

import json
import runpy
import statistics
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.anyio]

PAGES = runpy.run_path(str(Path(__file__).parents[1] / "planner" / "test_committee_pages.py"))
MANY = PAGES["MANY"]
RUNS, WARM = 60, 10
show = print


@pytest.fixture(scope="module")
def filled(superuser_url):
    with MANY["database"](superuser_url, MANY["SMALL"]) as url:
        yield url


def line(name: str, what: str, times: list[float]) -> str:
    low, *_, high = statistics.quantiles(times, n=20)
    spread = f"5 to 95 %: {low:7.2f} to {high:7.2f}, {len(times)} runs"
    return f"  {name:14} {what:10} median {statistics.median(times):7.2f} ms, {spread}"


async def test_the_pages_of_a_large_committee(filled, capsys):
    taken: dict[tuple[str, str], list[float]] = {}
    async with MANY["reading"](filled, pool_size=1) as many:
        for run in range(-WARM, RUNS):
            for name, (text, variables) in PAGES["PAGES"].items():
                asked = (text, variables, MANY["SEES_OWN"])
                plan = await many.explain(*asked, options="analyze")
                began = time.perf_counter()
                answer = await many.ask(*asked)
                read = (time.perf_counter() - began) * 1000
                assert json.loads(answer.json)
                if run >= 0:
                    taken.setdefault((name, "read"), []).append(read)
                    taken.setdefault((name, "PostgreSQL"), []).append(float(plan["Actual Total Time"]))
    with capsys.disabled():
        show("\nPages of a committee with 240 meetings, 4,000 items and 8,000 actions")
        for (name, what), times in taken.items():
            show(line(name, what, times))
    assert len(taken) == 2 * len(PAGES["PAGES"])
