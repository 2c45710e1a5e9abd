"""`almoner bench read`: how much a read costs on our road, beside other roads to the same data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from almoner.cli.measures import Measure, print_measures
from almoner.cli.output import Exit, err, stop
from almoner.cli.reading.contenders import (
    CONTENDERS,
    SUBJECT,
    Contender,
    Door,
    Peer,
    Subject,
    open_doors,
    open_peer,
    peer_environment,
)
from almoner.cli.reading.load import find_wrk, requests_per_second, turn_seconds
from almoner.cli.reading.operations import OPERATIONS, answer_to, first_difference
from almoner.cli.stack import GENEROUS, Processes, database_environment

#: What makes the function that a document is planned with; see `almoner_graphql.bench.cold_plan`.
COLD_PLAN = "almoner_graphql.bench.planned:cold_planner"
_WARM_SECONDS = 1


@dataclass(frozen=True)
class Size:
    """Of the database."""

    tenants: int
    organizations: int
    developments: int


def bench_read(
    runs: Annotated[int, typer.Option(min=1, help="Rounds; in each, everybody has a turn.")] = 5,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a turn with one operation; longer with the slow.")] = 3,
    contenders: Annotated[str, typer.Option(help="Who takes part, with commas between.")] = ",".join(CONTENDERS),
    peer: Annotated[
        list[str] | None, typer.Option(metavar="NAME=COMMAND", help="A server of somebody else's; may be repeated.")
    ] = None,
    peers: Annotated[
        Path, typer.Option(help="Has a folder for each peer, with its operations; its command runs there.")
    ] = Path("tests/benchmarks/peers"),
    tenants: Annotated[int, typer.Option(min=1, help="Tenants in the database.")] = 50,
    organizations: Annotated[int, typer.Option(min=1, help="Organizations of each, with 5 × 2 rows below.")] = 200,
    developments: Annotated[int, typer.Option(min=0, help="Rate developments with their figures.")] = 200,
    log: Annotated[
        bool,
        typer.Option("--log", help="This API writes its line for every request, as it does unless told otherwise."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Measure reads of 50 organizations (nested) and of one (single) with all that they own, by eight clients.

    Compared are this API (almoner), plain Strawberry with DataLoaders on the same tables (strawberry), a bare route
    that sends a statement written by hand (limit), and peers if there are any. All verify the token and read under
    row-level security, and nobody writes a log, unless --log; ours must give the same data, or nothing is measured.
    …_vs_NAME: how many times as many requests per second this API answers, in the same round. …_NAME_rps: requests per
    second. cold_plan_ms: parsing, checking and planning a document of nested's size that was never seen, without the
    database. Needs wrk.
    """
    wrk = find_wrk()
    chosen = _chosen(contenders)
    others = [Peer.of(text, peers) for text in peer or ()]
    size = Size(tenants, organizations, developments)
    with _doors(chosen, others, size, "INFO" if log else "ERROR") as (doors, environment):
        sizes = _check(doors, [contender.name for contender in chosen], parents=min(50, organizations))
        rates = _rates(wrk, doors, sizes, runs=runs, seconds=seconds)
        measures = ratios(rates) | _absolute(rates)
        if SUBJECT in (contender.name for contender in chosen):
            measures["cold_plan_ms"] = Measure("ms", _cold_plan(environment, runs))
    print_measures(measures, as_json=as_json)


def _chosen(names: str) -> list[Contender]:
    unknown = [name for name in names.split(",") if name not in CONTENDERS]
    if unknown:
        stop(Exit.USAGE, f"There is no contender {unknown[0]!r}; choose among {', '.join(CONTENDERS)}.")
    return [CONTENDERS[name] for name in dict.fromkeys(names.split(","))]


@contextmanager
def _doors(
    chosen: list[Contender], peers: list[Peer], size: Size, log_level: str
) -> Iterator[tuple[list[Door], dict[str, str]]]:
    """Everybody running on one throw-away database, and the environment that ours have."""
    from almoner.cli.local import benchmark_token
    from almoner.core.database import libpq_url
    from almoner.core.settings import Settings

    with tempfile.TemporaryDirectory(prefix="almoner-bench-") as folder:
        config = Settings(data_dir=Path(folder), environment="production", token_minutes=24 * 60, database_url=None)
        processes = Processes(Path(folder) / "logs")
        err.print("Starting and filling a database …")
        with database_environment(config) as environment:
            environment |= {
                "ALMONER_TOKEN_KEYS_FILE": str(config.keys_file),
                "ALMONER_ENVIRONMENT": config.environment,
                "ALMONER_LOG_LEVEL": log_level,
                **GENEROUS,
            }
            token = benchmark_token(config, environment)
            subject = _subject(fill(environment, size), token)
            url = libpq_url(environment["ALMONER_DATABASE_URL"])
            told = dict(os.environ) | peer_environment(url, config.keys_file, config.issuer, config.audience)
            try:
                doors = open_doors(chosen, subject, processes, environment)
                doors += [open_peer(peer, subject, processes, told) for peer in peers]
                yield doors, environment
            finally:
                processes.stop()


def fill(environment: dict[str, str], size: Size) -> dict[str, str]:
    """Fill the database: the row ids of the tenant `bench` and of one of its organizations."""
    options = chain.from_iterable((f"--{name}", str(value)) for name, value in vars(size).items())
    found: dict[str, str] = _run_module("almoner_graphql.bench.fill", [*options], environment)
    return found


def _subject(filled: dict[str, str], token: str) -> Subject:
    from almoner.core.ids import global_id

    organization = filled["organizationId"]
    return Subject(token, filled["tenantId"], organization, global_id("Organization", UUID(organization)))


def _cold_plan(environment: dict[str, str], runs: int) -> tuple[float, ...]:
    err.print("Planning documents that were never seen …")
    return tuple(_run_module("almoner_graphql.bench.cold_plan", [COLD_PLAN, str(runs)], environment))


def _run_module(module: str, arguments: list[str], environment: dict[str, str]) -> Any:
    """Run a module of ours, which the domain may not import, and read the JSON that it prints."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        stop(Exit.UNAVAILABLE, f"{module} ended with code {done.returncode}.")
    return json.loads(done.stdout)


def _check(doors: list[Door], ours: list[str], *, parents: int) -> dict[tuple[str, str], int]:
    """Bytes of each answer by operation and name, when ours were seen to be the same and to have so many parents."""
    sizes = {}
    for operation in OPERATIONS:
        first: tuple[str, Any] | None = None
        for door in doors:
            answer = answer_to(f"{door.name} ({operation})", door.asks[operation])
            sizes[operation, door.name] = len(answer)
            if door.name not in ours:
                continue
            data = json.loads(answer)["data"]
            if operation == "nested" and len(data["organizations"]["nodes"]) != parents:
                stop(Exit.REFUSED, f"{door.name} does not give {parents} organizations: nothing is measured.")
            if first is None:
                first = (door.name, data)
            where = first_difference(first[1], data)
            if where is not None:
                stop(Exit.REFUSED, f"{first[0]} and {door.name} differ in {operation} at {where}: nothing is measured.")
        shown = ", ".join(f"{door.name} {sizes[operation, door.name]:,}" for door in doors)
        err.print(f"Bytes of {operation}: {shown}", markup=False)
    return sizes


Rates = Mapping[tuple[str, str], list[float]]


def _rates(
    wrk: str, doors: list[Door], sizes: Mapping[tuple[str, str], int], *, runs: int, seconds: int
) -> dict[tuple[str, str], list[float]]:
    """Requests per second of each round by operation and name, after a round that warms everybody up."""
    asks = {(operation, door.name): door.asks[operation] for operation in OPERATIONS for door in doors}

    def turn(key: tuple[str, str], length: int) -> float:
        operation, name = key
        return requests_per_second(wrk, f"{name} ({operation})", asks[key], seconds=length, answer_bytes=sizes[key])

    err.print("Warming up …")
    warm = {key: turn(key, _WARM_SECONDS) for key in asks}
    # The slowest, whose turns are long, come last: the quick ones lie close together, and so their turns should.
    order = sorted(asks, key=lambda key: (OPERATIONS.index(key[0]), -warm[key]))
    rates: dict[tuple[str, str], list[float]] = {key: [] for key in asks}
    for number in range(1, runs + 1):
        err.print(f"Round {number} of {runs} …")
        for key in order:
            rates[key].append(turn(key, turn_seconds(seconds, warm[key])))
    return rates


def ratios(rates: Rates) -> dict[str, Measure]:
    """How many times as many requests our own road answers as each of the others, round by round."""
    return {
        f"{operation}_vs_{name}": Measure(
            "ratio", tuple(one / other for one, other in zip(rates[operation, SUBJECT], found, strict=True))
        )
        for (operation, name), found in rates.items()
        if name != SUBJECT and (operation, SUBJECT) in rates
    }


def _absolute(rates: Rates) -> dict[str, Measure]:
    return {
        f"{operation}_{name}_rps": Measure("requests/s", tuple(found)) for (operation, name), found in rates.items()
    }
