"""Things with an id of their own, and how to find one by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import strawberry

from almoner.core.errors import NotFound
from almoner.core.ids import global_id, split_global_id
from almoner_graphql.context import Context

Loader = Callable[[Context, UUID], Awaitable["Node | None"]]
L = TypeVar("L", bound=Loader)


@strawberry.interface(description="A thing with an id of its own, which `node` finds again.")
class Node:
    """Implemented by a type for which a loader is registered."""

    id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")


_LOADERS: dict[str, Loader] = {}


def loads(type_name: str) -> Callable[[L], L]:
    """Register how a node of that type is found: None if there is none that the viewer may see."""

    def register(loader: L) -> L:
        _LOADERS[type_name] = loader
        return loader

    return register


def node_id(type_name: str, row_id: UUID) -> strawberry.ID:
    """The id of a row in the API."""
    return strawberry.ID(global_id(type_name, row_id))


async def load_node(context: Context, type_name: str, row_id: UUID) -> Node | None:
    """The node with that type and row id, or None."""
    loader = _LOADERS.get(type_name)
    return None if loader is None else await loader(context, row_id)


async def load_node_by_id(context: Context, text: str) -> Node | None:
    """The node with that id; None for an unknown id, a broken one, and one of another tenant."""
    context.require_session()
    try:
        type_name, row_id = split_global_id(text)
    except NotFound:
        return None
    return await load_node(context, type_name, row_id)


def loaded_types() -> frozenset[str]:
    """The types that `node` can find."""
    return frozenset(_LOADERS)
