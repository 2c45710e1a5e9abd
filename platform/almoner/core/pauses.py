"""Keeping pauses short: long work on the event loop goes in pieces, and others get their turn between them."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")
#: How long others wait at most, beside the length of a piece.
_SECONDS = 0.001
#: So many more objects than before make the garbage collector look.
_OBJECTS = 10_000


def keep_what_is_loaded() -> None:
    """Spare the garbage collector what this process has loaded to keep: modules, tables, the schema.

    For a process that serves, once, when it is ready. A full collection goes through all of it each time, and stops
    everything for a tenth of a second. Nor is it to look for cycles at every 700 objects: a document that is new makes
    thousands, which live as long as it is planned.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)


class Pauses:
    """Called after each piece of long work, which is to be well below a millisecond; lets others run from time to time.

    A thread would not be kinder: it takes the interpreter from the event loop for 5 ms at a time.
    """

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def __call__(self) -> None:
        """Give others their turn, if it is time."""
        if time.perf_counter() - self._since >= _SECONDS:
            await asyncio.sleep(0)
            self._since = time.perf_counter()


async def one_by_one(items: Iterable[Item]) -> list[Item]:
    """All items of an iteration that takes long as a whole."""
    pause = Pauses()
    found = []
    for item in items:
        found.append(item)
        await pause()
    return found
