"""Turns of a key: so many at a time, in order, and nobody waits for another key's."""

from __future__ import annotations

import asyncio

import pytest

from almoner.core.shares import Shares

pytestmark = pytest.mark.anyio

PATIENCE = 20


class Crowd:
    """Tasks that take turns, each of which keeps its own until the test says so."""

    def __init__(self, shares: Shares[str]) -> None:
        self.shares = shares
        self.inside: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.ends: dict[str, asyncio.Event] = {}

    async def come(self, name: str) -> None:
        """A task whose key is the first letter of its name comes, and gets as far as it can."""
        self.ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._stay(name))
        await settled()

    async def _stay(self, name: str) -> None:
        async with self.shares.of(name[0]):
            self.inside.append(name)
            await self.ends[name].wait()
            self.inside.remove(name)

    async def go(self, name: str) -> None:
        self.ends[name].set()
        await self.tasks[name]
        await settled()


async def settled() -> None:
    """Everybody who can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_so_many_of_a_key_go_in_and_the_next_follow_in_order():
    crowd = Crowd(Shares(2, seconds=PATIENCE))
    for name in ("a1", "a2", "a3", "a4"):
        await crowd.come(name)
    assert crowd.inside == ["a1", "a2"]
    await crowd.come("b1")
    assert crowd.inside == ["a1", "a2", "b1"]
    await crowd.go("a1")
    assert crowd.inside == ["a2", "b1", "a3"]
    await crowd.go("a2")
    assert crowd.inside == ["b1", "a3", "a4"]
    for name in ("b1", "a3", "a4"):
        await crowd.go(name)
    assert len(crowd.shares) == 0


async def test_who_gives_up_waiting_holds_nobody_up():
    crowd = Crowd(Shares(1, seconds=PATIENCE))
    for name in ("a1", "a2", "a3"):
        await crowd.come(name)
    crowd.tasks["a2"].cancel()
    await settled()
    await crowd.go("a1")
    assert crowd.inside == ["a3"]
    await crowd.go("a3")
    assert len(crowd.shares) == 0


async def test_who_is_cancelled_at_the_moment_of_the_turn_passes_it_on():
    crowd = Crowd(Shares(1, seconds=PATIENCE))
    await crowd.shares.enter("a")
    for name in ("a2", "a3"):
        await crowd.come(name)
    crowd.shares.leave("a")
    crowd.tasks["a2"].cancel()
    await settled()
    assert crowd.inside == ["a3"]
    await crowd.go("a3")
    assert len(crowd.shares) == 0


async def test_a_turn_that_does_not_come_in_time_is_an_error_and_leaves_nothing():
    shares: Shares[str] = Shares(1, seconds=0)
    async with shares.of("a"):
        with pytest.raises(TimeoutError):
            await shares.enter("a")
    assert len(shares) == 0
    async with shares.of("a"):
        pass


async def test_an_error_inside_gives_the_turn_back():
    shares: Shares[str] = Shares(1, seconds=0)
    for _ in range(3):
        with pytest.raises(KeyError):
            async with shares.of("a"):
                raise KeyError
    assert len(shares) == 0


async def test_without_a_number_nobody_waits():
    crowd = Crowd(Shares(0, seconds=0))
    for number in range(9):
        await crowd.come(f"a{number}")
    assert len(crowd.inside) == 9
    for name in list(crowd.tasks):
        await crowd.go(name)
