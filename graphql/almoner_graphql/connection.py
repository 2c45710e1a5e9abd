"""Pages of lists, as Relay has them; forward only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

import strawberry

from almoner.core.paging import DEFAULT_PAGE, MAX_PAGE, Page

Item = TypeVar("Item")
Row = TypeVar("Row")

First = Annotated[
    int | None, strawberry.argument(description=f"How many at most: 0 to {MAX_PAGE}; {DEFAULT_PAGE} if not given.")
]
After = Annotated[str | None, strawberry.argument(description="A cursor of this list; what follows it is given.")]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's `PageInfo`."""

    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether a cursor was given, so that some stand before.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item; give it as `after`.")


@strawberry.type(description="An item of a list and where it stands.")
class Edge(Generic[Item]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="Opaque; give it as `after`.")
    node: Item = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[Item]):
    """Relay's connection, with the items also without their edges."""

    edges: list[Edge[Item]] = strawberry.field(description="The items of this page with their cursors.")
    nodes: list[Item] = strawberry.field(description="The items of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int = strawberry.field(description="How many there are in all pages.")


def connection(page: Page[Row], convert: Callable[[Row], Item], *, after: str | None) -> Connection[Item]:
    """A page of rows as a connection of items."""
    nodes = [convert(row) for row in page.items]
    return Connection(
        edges=[Edge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=after is not None,
            start_cursor=page.cursors[0] if page.cursors else None,
            end_cursor=page.cursors[-1] if page.cursors else None,
        ),
        total_count=page.total,
    )
