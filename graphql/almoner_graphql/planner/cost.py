"""What a query asks for, before it is run: objects, multiplied down the tree.

A connection counts as many objects as its page may have, a list as many as its declaration expects, everything else
one. So `first: 50` of something with a list of ten in it asks for 50 + 500. What a verb tells is made of statements of
its own, as many as a request has: it counts as much as takes a point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

#: How many objects one request may ask for.
BUDGET = 50_000
#: As how many objects counts what a verb tells.
TOLD_OBJECTS = 100


@dataclass(frozen=True, slots=True)
class Share:
    """How often a place in the response is there: a fixed number times the sizes of pages around it, by parameter."""

    times: int = 1
    sizes: tuple[str, ...] = ()

    def of(self, number: int) -> Share:
        """In a list of so many."""
        return Share(self.times * number, self.sizes)

    def page(self, size: str) -> Share:
        """In a page whose size is a parameter."""
        return Share(self.times, (*self.sizes, size))


@dataclass(slots=True)
class Cost:
    """The sum of all places of a plan; page sizes come with each request."""

    _terms: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, share: Share) -> None:
        """Count an object at a place."""
        self._terms[share.sizes] += share.times

    def requested(self, parameters: Mapping[str, Any]) -> int:
        """How many objects are asked for with these page sizes."""
        return sum(times * prod(parameters[size] for size in sizes) for sizes, times in self._terms.items())
