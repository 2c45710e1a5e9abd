"""Following a row: what every subscription to one row does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from uuid import UUID

from almoner.core.scope import TenantScope
from almoner_graphql.context import Info
from almoner_graphql.planner.executor import Finished


async def follow(
    info: Info, kind: str, row_id: UUID, finished: Callable[[TenantScope], Awaitable[bool]]
) -> AsyncGenerator[Finished, None]:
    """What is selected of a row as it is now, and again whenever that changes, until it is finished.

    Changes that follow each other quickly may come as one. Close it as soon as nobody wants more (`aclosing`), for
    until then it watches the row.

    Args:
        kind: the row's table, whose changes `tell_changes` tells.
        finished: whether what is read next is the last there is to tell; asked in a transaction of the viewer's, and
            refuses who may not see the row.

    Raises:
        NotFound: there is no such row that the viewer may see.
        Unauthenticated: there is no viewer, or the token has ended meanwhile.
    """
    context = info.context
    told: Finished | None = None
    with context.changes.watch(context.require_session().identity.tenant_id, kind, row_id) as watch:
        while True:
            watch.clear()
            async with context.scope() as scope:
                last = await finished(scope)
            event = await context.read_event(info, row_id)
            if event != told:
                told = event
                yield event
            if last:
                return
            await watch.wait(context.seconds_left())
