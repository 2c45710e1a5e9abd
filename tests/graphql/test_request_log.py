"""What the log says of requests."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from structlog.testing import capture_logs

pytestmark = pytest.mark.anyio


async def test_the_log_of_requests_has_neither_tokens_nor_variables(client, tenant):
    with capture_logs() as logs:
        await client.post(
            "/graphql?secret=in-the-query",
            json={"query": "query ($id: ID!) { job(id: $id) { id } }", "variables": {"id": "a-secret-id"}},
            headers={"Authorization": f"Bearer {tenant.token('actuary')}"},
        )
    (entry,) = [log for log in logs if log["event"] == "request"]
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", "/graphql", 200)
    assert set(entry) == {"event", "log_level", "method", "path", "status", "milliseconds"}


async def test_each_line_of_the_log_names_the_request_that_it_was_written_in(server, server_log, wait_until):
    ids = [f"named-{number}" for number in range(20)]
    async with httpx.AsyncClient(base_url=server) as client:
        await asyncio.gather(*(client.get("/healthz", headers={"X-Request-Id": each}) for each in ids))

    def named() -> list[str]:
        lines = [line for line in server_log.read_text().splitlines() if line.startswith("{")]
        found = [entry.get("request_id", "") for entry in map(json.loads, lines) if entry["event"] == "request"]
        return sorted(each for each in found if each.startswith("named-"))

    wait_until(lambda: len(named()) >= len(ids), 10, "the lines are written, after the answers")
    assert named() == sorted(ids)
