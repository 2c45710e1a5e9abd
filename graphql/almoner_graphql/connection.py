"""Pages of lists, as Relay has them. `planner/pages.py` reads them."""

from __future__ import annotations

from typing import Generic, TypeVar

import strawberry

Item = TypeVar("Item")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's `PageInfo`."""

    has_next_page: bool = strawberry.field(description="Whether more follow; with `before`, taken for granted.")
    has_previous_page: bool = strawberry.field(
        description="Whether some stand before; with `after`, taken for granted."
    )
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; give it as `before`.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item; give it as `after`.")


@strawberry.type(description="An item of a list and where it stands.")
class Edge(Generic[Item]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="Opaque; give it as `after` or `before`.")
    node: Item = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[Item]):
    """Relay's connection, with the items also without their edges."""

    edges: list[Edge[Item]] = strawberry.field(description="The items of this page with their cursors.")
    nodes: list[Item] = strawberry.field(description="The items of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int = strawberry.field(description="How many there are in all pages.")
