"""A bounded memory of what was used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def _one(_value: object) -> int:
    return 1


class Recent(Generic[Key, Value]):
    """Keeps values up to a bound, and forgets first what was not used for longest. For one thread or one event loop.

    Args:
        size: how many values, or how much they may weigh together; one that is heavier alone is not kept at all.
        weigh: what a value counts.
    """

    def __init__(self, size: int, *, weigh: Callable[[Value], int] = _one) -> None:
        self._size = size
        self._weigh = weigh
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def weight(self) -> int:
        """What is kept weighs so much; never more than the bound."""
        return self._weight

    def __iter__(self) -> Iterator[Key]:
        return iter(list(self._kept))

    def get(self, key: Key) -> Value | None:
        """The value, which counts as a use; None if it is not known or not any more."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value) -> Value:
        """Keep a value, and return it."""
        weight = self._weigh(value)
        _, before = self._kept.pop(key, (None, 0))
        self._weight -= before
        if weight <= self._size:
            self._kept[key] = value, weight
            self._weight += weight
        while self._weight > self._size:
            _, (_, forgotten) = self._kept.popitem(last=False)
            self._weight -= forgotten
        return value
