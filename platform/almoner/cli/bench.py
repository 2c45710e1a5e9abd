"""`almoner bench`: measures, on a throw-away database, with real API and worker processes."""

from __future__ import annotations

import json
import os
import platform
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import psutil
import typer
from rich.table import Table

from almoner.cli import documents
from almoner.cli.client import Client
from almoner.cli.output import Exit, err, out, print_json, stop
from almoner.cli.stack import (
    Processes,
    api_command,
    database_environment,
    free_port,
    wait_until_ready,
    worker_command,
)
from almoner.rates.synthetic import synthetic

if TYPE_CHECKING:
    from almoner.core.settings import Settings
    from almoner.wiring import House

app = typer.Typer(no_args_is_help=True, help="Measure this installation.")
CONTRACTORS = 50
JOB = """
query Job($id: ID!) { job(id: $id) { state startedAt finishedAt failureMessage } }
"""


@dataclass(frozen=True)
class Measure:
    """Runs of one measurement, in their unit."""

    unit: str
    runs: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Median, spread and count."""
        return {
            "median": round(statistics.median(self.runs), 3),
            "min": round(min(self.runs), 3),
            "max": round(max(self.runs), 3),
            "unit": self.unit,
            "runs": len(self.runs),
        }


@app.command("rates", epilog="Example: almoner bench rates --json")
def bench_rates(
    runs: Annotated[int, typer.Option(min=1, help="Runs of each measure; the largest packages run fewer times.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Measure rate developments: from submit to CALCULATED, time and memory of large packages, and growth.

    sfy10_s: the sample package, from the mutation to the subscription's last event. pairs_…_s: computing and storing
    packages of 200, 2,000 and 20,000 (rate cell, contractor) pairs in a worker, from its start to its commit.
    pairs_2000_mb: the worker process's greatest resident memory after them. growth_20000_over_2000: 10 is linear.
    """
    with tempfile.TemporaryDirectory(prefix="almoner-bench-") as folder, _system(Path(folder)) as system:
        measures = {"sfy10_s": Measure("s", tuple(system.seconds_to_calculated(_sample()) for _ in range(runs)))}
        small, middle = [], []
        # Sizes take turns, so that a machine whose speed drifts slows all of them.
        for _ in range(runs):
            small.append(system.seconds_in_worker(synthetic(4, CONTRACTORS)))
            middle.append(system.seconds_in_worker(synthetic(40, CONTRACTORS)))
        memory = system.worker_megabytes()
        large = [system.seconds_in_worker(synthetic(400, CONTRACTORS)) for _ in range(max(1, runs // 2))]
        measures["pairs_200_s"] = Measure("s", tuple(small))
        measures["pairs_2000_s"] = Measure("s", tuple(middle))
        measures["pairs_20000_s"] = Measure("s", tuple(large))
        measures["pairs_2000_mb"] = Measure("MB", (memory,))
        growth = tuple(one / statistics.median(middle) for one in large)
        measures["growth_20000_over_2000"] = Measure("ratio", growth)
    print_measures(measures, as_json=as_json)


def _sample() -> dict[str, Any]:
    package: dict[str, Any] = json.loads(
        files("almoner.rates").joinpath("samples/sfy10-package.json").read_text(encoding="utf-8")
    )
    return package


def print_measures(measures: dict[str, Measure], *, as_json: bool) -> None:
    """Print a benchmark's measures, for machines or as a table."""
    machine = {
        "cores": os.cpu_count(),
        "memoryGb": round(psutil.virtual_memory().total / 2**30, 1),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    found = {name: measure.to_json() for name, measure in measures.items()}
    if as_json:
        return print_json({"machine": machine, "measures": found})
    table = Table("measure", "median", "min", "max", "unit", "runs")
    for name, measure in found.items():
        table.add_row(name, *(str(measure[key]) for key in ("median", "min", "max", "unit", "runs")))
    out.print(table)


class System:
    """A running system with one worker process, and somebody who submits to it."""

    def __init__(self, client: Client, worker: psutil.Process) -> None:
        self._client = client
        self._worker = worker

    def seconds_to_calculated(self, package: dict[str, Any]) -> float:
        """From the submit until the subscription says DONE."""
        began = time.perf_counter()
        self._run(package)
        return time.perf_counter() - began

    def seconds_in_worker(self, package: dict[str, Any]) -> float:
        """From the worker's start of the job to its end, by the database's clock."""
        job = self._client.execute(JOB, id=self._run(package))["job"]
        began, ended = (datetime.fromisoformat(job[key]) for key in ("startedAt", "finishedAt"))
        return (ended - began).total_seconds()

    def _run(self, package: dict[str, Any]) -> str:
        payload = self._client.mutate(documents.SUBMIT, input=package)
        state = {}
        for event in self._client.subscribe(documents.FOLLOW, id=payload["job"]["id"]):
            state = event["jobChanged"]
        if state.get("state") != "DONE":
            stop(Exit.REFUSED, f"The job ended as {state.get('state')}: {state.get('failureMessage')}")
        job_id: str = payload["job"]["id"]
        return job_id

    def worker_megabytes(self) -> float:
        """The greatest resident memory of the worker process so far.

        Linux keeps it (`VmHWM`); elsewhere the present size is all that can be told.
        """
        status = Path(f"/proc/{self._worker.pid}/status")
        if status.exists():
            for line in status.read_text(encoding="ascii").splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
        return float(self._worker.memory_info().rss) / 2**20


@contextmanager
def _system(folder: Path) -> Iterator[System]:
    from almoner.core.settings import Settings

    config = Settings(data_dir=folder, environment="production", token_minutes=24 * 60, database_url=None)
    processes = Processes(folder / "logs")
    err.print("Starting a database, the API and one worker …")
    with database_environment(config) as environment:
        environment |= {"ALMONER_TOKEN_KEYS_FILE": str(config.keys_file)}
        environment.pop("ALMONER_BROKER_URL", None)
        try:
            token = _submitter(config, environment)
            port = free_port(0)
            processes.start("api", api_command("127.0.0.1", port), environment)
            supervisor = processes.start("worker", worker_command(1), environment)
            wait_until_ready(processes, f"http://127.0.0.1:{port}/readyz")
            client = Client(f"http://127.0.0.1:{port}/graphql", token)
            yield System(client, _only_child(processes, supervisor.pid))
        finally:
            processes.stop()


def _only_child(processes: Processes, pid: int) -> psutil.Process:
    while True:
        processes.check()
        children = psutil.Process(pid).children()
        if children:
            return children[0]
        time.sleep(0.05)


def _submitter(config: Settings, environment: dict[str, str]) -> str:
    """A token of an actuary in a tenant of the benchmark's own."""
    from almoner.cli import local

    async def make(house: House) -> str:
        await local.open_tenant(house, "bench", "Benchmark", "UTC")
        identity = await local.in_tenant(
            house,
            "bench",
            lambda scope: local.add_person(
                scope, email="bench@bench.example", name="Bench", role="actuary", password=secrets.token_urlsafe(16)
            ),
        )
        return house.keys.issue(identity, house.clock()).text

    return local.in_house(config, environment, make)
