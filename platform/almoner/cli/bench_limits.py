"""`almoner bench limits`: what one tenant notices of another that makes a noise."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx
import typer

from almoner.cli.bench_read import Size, fill
from almoner.cli.measures import Measure, print_measures
from almoner.cli.output import Exit, err, stop
from almoner.cli.reading.contenders import CONTENDERS, HOST, SUBJECT
from almoner.cli.reading.load import find_wrk
from almoner.cli.reading.operations import Ask, answer_to, body_of, operation_text
from almoner.cli.stack import GENEROUS, Processes, api_command, database_environment, free_port, wait_until_ready

#: Servers that differ in what they limit: nothing; how much of a process a tenant may use; and that, and points.
SERVERS: Mapping[str, Mapping[str, str]] = {
    "unlimited": GENEROUS,
    "shares": {name: value for name, value in GENEROUS.items() if name.endswith("_POINTS")},
    "limits": {},
}
_NOISY_CLIENTS = 64
#: Its points last for some 600 of its requests.
_SECONDS_TO_USE_UP = 12
_SIZE = Size(tenants=2, organizations=200, developments=0)


def bench_limits(
    runs: Annotated[int, typer.Option(min=1, help="Rounds; in each, every server has a turn.")] = 5,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a turn.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Measure how long a tenant's small reads take, one after the other, alone and beside a tenant that has 64 clients
    ask for 90 KB again and again, whatever they are answered.

    alone_p50_ms, alone_p99_ms: nobody else asks. beside_unlimited_…: nothing is limited. beside_shares_…: the noisy
    tenant has its share of connections and of requests under way, as by default. beside_limits_…: by default, with
    points as well, of which the noisy tenant has none left but what comes back. …_noisy_rps: what it was answered in a
    second meanwhile. A turn of the quiet tenant must have no refusal, or the command ends. Server, load and database
    share the machine. Needs wrk.
    """
    wrk = find_wrk()
    found: dict[str, list[float]] = {}
    with _servers() as servers:
        err.print("The noisy tenant uses its points up …")
        with _noise(wrk, servers["limits"][1], _SECONDS_TO_USE_UP) as noise:
            noise.communicate()
        for number in range(runs):
            err.print(f"Round {number + 1} of {runs} …")
            for name, (quiet, noisy) in servers.items():
                if name == "limits":
                    _note(found, "alone", _latencies(quiet, seconds))
                with _noise(wrk, noisy, seconds + 1) as noise:
                    _note(found, f"beside_{name}", _latencies(quiet, seconds))
                    answered = _answered(noise, seconds + 1)
                found.setdefault(f"beside_{name}_noisy_rps", []).append(answered)
    measures = {name: Measure("1/s" if name.endswith("rps") else "ms", tuple(each)) for name, each in found.items()}
    print_measures(measures, as_json=as_json)


@contextmanager
def _servers() -> Iterator[dict[str, tuple[Ask, Ask]]]:
    """For each server what the quiet tenant asks of it, and the noisy one."""
    from almoner.cli.local import benchmark_token
    from almoner.core.ids import global_id
    from almoner.core.settings import Settings

    with tempfile.TemporaryDirectory(prefix="almoner-bench-") as folder:
        config = Settings(data_dir=Path(folder), environment="production", token_minutes=24 * 60, database_url=None)
        processes = Processes(Path(folder) / "logs")
        err.print("Starting and filling a database …")
        with database_environment(config) as environment:
            environment |= {"ALMONER_TOKEN_KEYS_FILE": str(config.keys_file), "ALMONER_LOG_LEVEL": "ERROR"}
            quiet, noisy = (benchmark_token(config, environment, code) for code in ("bench", "noisy"))
            filled = fill(environment, _SIZE)
            single = body_of(
                operation_text("single"), {"id": global_id("Organization", UUID(filled["organizationId"]))}
            )
            nested = body_of(operation_text("nested"), {})
            asks = {}
            try:
                for name, settings in SERVERS.items():
                    url = _start(processes, name, {**environment, **settings})
                    asks[name] = Ask(url, single, quiet), Ask(url, nested, noisy)
                    for ask in asks[name]:
                        answer_to(name, ask)
                yield asks
            finally:
                processes.stop()


def _start(processes: Processes, name: str, environment: dict[str, str]) -> str:
    port = free_port(0)
    processes.start(name, api_command(HOST, port, target=CONTENDERS[SUBJECT].target), environment)
    wait_until_ready(processes, f"http://{HOST}:{port}/readyz")
    return f"http://{HOST}:{port}/graphql"


def _latencies(ask: Ask, seconds: float) -> list[float]:
    """Milliseconds of each request of one client that asks again as soon as it is answered."""
    found = []
    headers = {"Authorization": f"Bearer {ask.token}", "Content-Type": "application/json"}
    with httpx.Client(headers=headers, timeout=60) as client:
        ends = time.perf_counter() + seconds
        while (began := time.perf_counter()) < ends:
            response = client.post(ask.url, content=ask.body)
            found.append((time.perf_counter() - began) * 1000)
            if response.status_code != httpx.codes.OK:
                stop(Exit.REFUSED, f"The quiet tenant was refused ({response.status_code}): {response.text[:500]}")
            # Stays below what a subject may ask for by default.
            time.sleep(0.02)
    return found


@contextmanager
def _noise(wrk: str, ask: Ask, seconds: int) -> Iterator[subprocess.Popen[str]]:
    """Noise for so many seconds; it has begun a while before, and is over afterwards."""
    with as_file(files("almoner.cli.reading").joinpath("load.lua")) as script:
        how = ["--threads", "1", "--connections", str(_NOISY_CLIENTS), "--duration", f"{seconds}s", "--timeout", "60s"]
        command = [wrk, *how, "--script", str(script), ask.url]
        environment = {**os.environ, "ALMONER_BENCH_BODY": ask.body, "ALMONER_BENCH_TOKEN": ask.token}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
            time.sleep(0.5)
            yield process


def _answered(noise: subprocess.Popen[str], seconds: int) -> float:
    """How many requests were answered in a second, of those that were not refused; waits for the end of the noise."""
    last = (noise.communicate()[0].splitlines() or [""])[-1]
    if noise.returncode != 0 or not last.startswith("{"):
        stop(Exit.UNAVAILABLE, f"wrk ended with code {noise.returncode}.")
    told = json.loads(last)
    return float(told["requests"] - told["refused"]) / seconds


def _note(found: dict[str, list[float]], name: str, latencies: list[float]) -> None:
    latencies = sorted(latencies)
    found.setdefault(f"{name}_p50_ms", []).append(statistics.median(latencies))
    found.setdefault(f"{name}_p99_ms", []).append(latencies[math.ceil(0.99 * len(latencies)) - 1])
