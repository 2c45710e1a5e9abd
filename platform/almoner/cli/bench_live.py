"""How soon a changed policy holds in another process, and what reads notice of it: a part of `bench authorize`.

Both are on one event loop, the process that changes the policy and the one that answers by it, so that whatever either
does for long is seen by the reads.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from almoner.authorization.change import apply_policy_change, preview_policy_change
from almoner.authorization.document import Change, Grant, Item
from almoner.cli import local
from almoner.cli.measures import Measure
from almoner.cli.output import err
from almoner.identity.tokens import Identity
from almoner.wiring import House

#: Each waits so long between two reads: readers who never do would measure how long the queue is.
READERS = 4
WAIT_SECONDS = 0.02
#: Of reads with changes one after the other, and of reads without.
SECONDS = 3.0
AT_ONCE = 25_000
_BARRED = Grant("policy_administrator", "organization", "view", "any", "deny", "bench")
_TICK = 0.001


@dataclass
class Watch:
    """What readers and the event loop went through.

    Attributes:
        reads: seconds of each read.
        pause: the longest time, in seconds, in which the loop did nothing else.
    """

    reads: list[float] = field(default_factory=list)
    pause: float = 0.0


@dataclass
class Runs:
    """Of one tenant, in seconds."""

    live: list[float] = field(default_factory=list)
    after_commit: list[float] = field(default_factory=list)
    quiet: list[Watch] = field(default_factory=list)
    changing: list[Watch] = field(default_factory=list)

    def measures(self, suffix: str) -> dict[str, Measure]:
        """What is printed of them."""
        without, during = ([_p99(each.reads) * 1000 for each in watches] for watches in (self.quiet, self.changing))
        return {
            f"policy_live{suffix}_s": Measure("s", tuple(self.live)),
            f"policy_after_commit{suffix}_s": Measure("s", tuple(self.after_commit)),
            f"read_p99{suffix}_ms": Measure("ms", tuple(without)),
            f"read_p99_changing{suffix}_ms": Measure("ms", tuple(during)),
            f"read_p99_ratio{suffix}": Measure("ratio", tuple(a / b for a, b in zip(during, without, strict=True))),
            f"longest_pause_quiet{suffix}_ms": Measure("ms", tuple(each.pause * 1000 for each in self.quiet)),
            f"longest_pause{suffix}_ms": Measure("ms", tuple(each.pause * 1000 for each in self.changing)),
        }


def _p99(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


async def fill(house: House, code: str, items: Sequence[Item]) -> tuple[Identity, Watch]:
    """Open a tenant that has these items of its own; its administrator, and how the largest change went."""
    administrator = await _administrator(house, code)
    wanted = [Change("add", item) for item in items]
    async with _watching() as watch:
        for begin in range(0, len(wanted), AT_ONCE):
            await _change(house, administrator, wanted[begin : begin + AT_ONCE])
    return administrator, watch


async def measure(house: House, other: House, administrator: Identity, runs: int) -> Runs:
    """Change the policy in one house again and again, and read in the other."""
    found = Runs()
    await _sees_organizations(other, administrator)
    for _ in range(runs):
        async with _reading(other, administrator) as watch:
            await asyncio.sleep(SECONDS)
        found.quiet.append(watch)
        async with _reading(other, administrator) as watch:
            until = time.perf_counter() + SECONDS
            while time.perf_counter() < until:
                await _change(house, administrator, [Change("add", _BARRED)])
                await _change(house, administrator, [Change("remove", _BARRED)])
        found.changing.append(watch)
        await _until_live(house, other, administrator, found)
    return found


async def _until_live(house: House, other: House, administrator: Identity, found: Runs) -> None:
    for change, seen in ((Change("add", _BARRED), False), (Change("remove", _BARRED), True)):
        began = time.perf_counter()
        await _change(house, administrator, [change])
        committed = time.perf_counter()
        while await _sees_organizations(other, administrator) != seen:
            err.print("A process answered by a policy that had been replaced.", style="red")
        found.live.append(time.perf_counter() - began)
        found.after_commit.append(time.perf_counter() - committed)


@asynccontextmanager
async def _reading(house: House, administrator: Identity) -> AsyncIterator[Watch]:
    """Readers at work meanwhile."""
    async with _watching() as watch:
        readers = [asyncio.create_task(_read(house, administrator, watch)) for _ in range(READERS)]
        try:
            yield watch
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)


async def _read(house: House, administrator: Identity, watch: Watch) -> None:
    while True:
        began = time.perf_counter()
        await _sees_organizations(house, administrator)
        watch.reads.append(time.perf_counter() - began)
        await asyncio.sleep(WAIT_SECONDS)


@asynccontextmanager
async def _watching() -> AsyncIterator[Watch]:
    """The longest pause of the loop meanwhile."""
    watch = Watch()

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(_TICK)
            watch.pause = max(watch.pause, time.perf_counter() - began - _TICK)

    ticking = asyncio.create_task(tick())
    try:
        yield watch
    finally:
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking


async def _administrator(house: House, code: str) -> Identity:
    await local.open_tenant(house, code, "Benchmark", "UTC")
    return await local.in_tenant(
        house,
        code,
        lambda scope: local.add_person(
            scope,
            email="bench@bench.example",
            name="Bench",
            role="policy_administrator",
            password=secrets.token_urlsafe(16),
        ),
    )


async def _change(house: House, administrator: Identity, changes: Sequence[Change]) -> None:
    async with house.scope(administrator, "bench") as scope:
        preview = await preview_policy_change(scope, changes)
        await apply_policy_change(scope, preview.id, reason="bench")


async def _sees_organizations(house: House, administrator: Identity) -> bool:
    async with house.scope(administrator, "bench") as scope:
        return scope.allows("organization:view")
