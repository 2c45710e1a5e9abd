"""How long hostile documents take until they are refused, and what a server keeps of a thousand of them."""

from __future__ import annotations

import gc
import runpy
import statistics
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

pytestmark = [pytest.mark.bench, pytest.mark.anyio]

MADE = runpy.run_path(str(Path(__file__).parents[1] / "http" / "hostile.py"))
RUNS = 9
GOAL_MS = 50
GOAL_MB = 50
show = print


async def test_the_time_to_refuse_each_hostile_document(client, tenant, capsys):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {tenant.token('program_administrator')}"}
    await client.post("/graphql", content='{"query": "{ viewer { id } }"}', headers=headers)
    taken: dict[str, list[float]] = {}
    for seed in range(RUNS):
        for document in MADE["hostile"](seed):
            body = MADE["body_of"](document)
            gc.collect()
            began = time.perf_counter()
            response = await client.post("/graphql", content=body, headers=headers)
            taken.setdefault(document.name, []).append((time.perf_counter() - began) * 1000)
            assert response.status_code == 400
    with capsys.disabled():
        show(f"\n{'document':60} {'median':>8} {'min':>8} {'max':>8} ms (goal: {GOAL_MS})")
        for name, times in taken.items():
            show(f"{name:60} {statistics.median(times):8.1f} {min(times):8.1f} {max(times):8.1f}")


def memory_mb(server: str) -> float:
    """Of the server's processes: those below ours that were told its port."""
    port = str(urlsplit(server).port)
    found = [each for each in psutil.Process().children(recursive=True) if port in " ".join(each.cmdline())]
    assert found
    return sum(each.memory_info().rss for each in found) / 1e6


async def test_what_a_server_keeps_of_a_thousand_hostile_documents(server, tenant, capsys):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {tenant.token('program_administrator')}"}
    sent = 0
    seen = []
    async with httpx.AsyncClient() as client:
        for seed in range(60):
            for document in MADE["hostile"](seed):
                response = await client.post(f"{server}/graphql", content=MADE["body_of"](document), headers=headers)
                assert response.status_code == 400
                sent += 1
            if seed in (1, 24, 59):  # a first hundred, then a thousand, then more
                seen.append((sent, memory_mb(server)))
    with capsys.disabled():
        show("\n" + ", ".join(f"after {count} documents {mb:.0f} MB" for count, mb in seen))
    growth = seen[-1][1] - seen[0][1]
    assert growth < GOAL_MB, f"{growth:.0f} MB more"
