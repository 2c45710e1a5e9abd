"""Business refusals as data: a mutation that is refused answers with problems, not with an error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar
from uuid import UUID

import strawberry

from almoner.core import errors
from almoner.core.scope import TenantScope
from almoner_graphql.context import Context
from almoner_graphql.errors import database_facts
from almoner_graphql.planner.declare import computed, reads
from almoner_graphql.planner.executor import reading

T = TypeVar("T")
P = ParamSpec("P")


@reads()
@strawberry.type(description="One thing that keeps a mutation from being done.")
class Problem:
    """See `almoner.core.errors.Problem`. Made by Python: what is read has none, and says so as `no_rows`."""

    code: str = computed(
        lambda item: item.value["code"].astext,
        always=True,
        description="Stable, in SCREAMING_SNAKE; branch on this.",
    )
    message: str = computed(
        lambda item: item.value["message"].astext, always=True, description="A sentence that says what to do."
    )
    path: list[str] = computed(
        lambda item: item.value["path"],
        always=True,
        description="Where in the arguments, from their root; list positions from 0.",
    )


def problems_of(error: errors.AlmonerError) -> list[Problem]:
    """The problems that an error of the domain carries."""
    return [Problem(code=item.code, message=item.message, path=list(item.path)) for item in error.problems]


async def attempt_proof(act: Callable[[], Awaitable[T]]) -> tuple[T | None, list[Problem]]:
    """Do what proves who somebody is, which opens its own transactions: what came of it, or why it was refused."""
    try:
        with database_facts():
            return await act(), []
    except (errors.SignInRefused, *errors.REFUSALS) as error:
        return None, problems_of(error)


async def attempt(
    context: Context,
    verb: Callable[Concatenate[TenantScope, P], Awaitable[T]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> tuple[T | None, list[Problem]]:
    """Call a changing verb in a transaction of its own: what it returned after the commit, or why it refused."""
    try:
        return await context.write(verb, *args, **kwargs), []
    except errors.REFUSALS as error:
        return None, problems_of(error)


class _HasId(Protocol):
    id: UUID


def answered(payload: Callable[..., T], member: str, row: _HasId | None, problems: list[Problem]) -> T:
    """The payload of a mutation of one row: the row is read under the member's name; or why there is none."""
    if row is None:
        return payload(**{member: None}, problems=problems)
    return reading(payload, **{member: row.id})
