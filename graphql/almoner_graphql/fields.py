"""Strawberry's decorators for resolvers, each with a description, typed so that a resolver keeps its own type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def mutation(*, description: str) -> Callable[[F], F]:
    """A field of `Mutation`."""
    return cast("Callable[[F], F]", strawberry.mutation(description=description))


def subscription(*, description: str) -> Callable[[F], F]:
    """A field of `Subscription`."""
    return cast("Callable[[F], F]", strawberry.subscription(description=description))
