"""What others' clients and others' audit say of a real server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from almoner.core.ids import global_id
from almoner.jobs import lease as leases
from almoner.rates.submit import submit_rate_development
from almoner.rates.synthetic import synthetic

pytestmark = [pytest.mark.node, pytest.mark.anyio]

PATIENCE = 60  # seconds; a run takes less than two on an idle machine
AUDITS = 61


def test_every_audit_of_graphql_over_http_is_ok(server, node):
    command = node("audit.js", f"{server}/graphql")
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    audits = json.loads(done.stdout)
    for audit in audits:
        print(f"{audit['status']:6} {audit['id']} {audit['name']}")  # noqa: T201  # shown by `pytest -s`
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert Counter(audit["status"] for audit in audits) == {"ok": AUDITS}


async def lines(stream: asyncio.StreamReader) -> AsyncIterator[dict[str, Any]]:
    while line := await stream.readline():
        yield json.loads(line)


@pytest.mark.parametrize("transport", ["ws", "sse"])
async def test_a_client_of_others_queries_is_refused_and_follows_a_job_to_its_end(server, node, tenant, transport):
    _, job = await tenant.do("integrator", submit_rate_development, synthetic(1, 2))
    command = node("follow.js", transport, f"{server}/graphql", global_id("Job", job.id))
    environment = {**os.environ, "ALMONER_TOKEN": tenant.token("actuary")}
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    assert process.stdout is not None
    told = []
    lease = None
    async with asyncio.timeout(PATIENCE):
        async for line in lines(process.stdout):
            told.append(line)
            state = line["what"]["data"]["jobChanged"]["state"] if is_job_event(line) else None
            if state == "QUEUED":
                async with tenant.house.database.tenant_transaction(tenant.id) as session:
                    lease = await leases.take(session, tenant.id, job.id, owner="a worker", seconds=30)
            elif state == "RUNNING":
                assert lease is not None
                async with tenant.house.database.tenant_transaction(tenant.id) as session:
                    await leases.finish(session, lease)
        assert await process.wait() == 0
    by_operation = {name: [line for line in told if line["operation"] == name] for name in ("query", "refused", "job")}
    assert [line["event"] for line in by_operation["query"]] == ["next", "complete"]
    assert by_operation["query"][0]["what"]["data"] == {"viewer": {"roles": ["actuary"]}}
    assert "GRAPHQL_VALIDATION_FAILED" in json.dumps(by_operation["refused"])
    states = [line["what"]["data"]["jobChanged"]["state"] for line in told if is_job_event(line)]
    assert states == ["QUEUED", "RUNNING", "DONE"]
    assert by_operation["job"][-1]["event"] == "complete"


def is_job_event(line: dict[str, Any]) -> bool:
    return line["operation"] == "job" and line["event"] == "next"
