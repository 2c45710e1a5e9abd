"""Things with an id of their own, which `node` finds again."""

from __future__ import annotations

import strawberry


@strawberry.interface(description="A thing with an id of its own, which `node` finds again.")
class Node:
    """Implemented by a type that reads a table of its own."""

    id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")
