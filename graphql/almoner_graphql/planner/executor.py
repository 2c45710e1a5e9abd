"""graphql-core's executor for what is no plain query, with objects that are read by the planner.

A mutation gives its payload ids, not rows: `reading(Payload, rate_development=…, job=…)`. The payload's whole selection
is then one statement after the commit, by the same declarations that answer queries. A payload with something that is
shown once is made by Python, with a row in it as `reading(Type, id=…)`: null for who may not see it. A subscription
reads each event likewise, and gives it `Finished`. A query that asks for the schema besides data is executed here too;
its other roots are read by one statement together.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar, cast

from graphql import GraphQLSchema, get_named_type
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from almoner.core.errors import NotFound
from almoner_graphql.planner.catalog import Catalog
from almoner_graphql.planner.sources import GivenValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read instead of a payload: the ids in it, lists of them, and what no table has, as JSON."""

    given: dict[str, GivenValue]


@dataclass(frozen=True, slots=True)
class Finished:
    """An object that has been read, as the JSON of what is selected of it."""

    json: bytes


class _Root(Enum):
    """What declared roots resolve to."""

    READ = "read"


def reading(payload: Callable[..., T], **given: GivenValue) -> T:
    """A `Reading`, where a resolver is to return this payload."""
    return cast(T, Reading(given))


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Completes a `Reading` by the planner; everything else as graphql-core does."""

    def complete_value(  # noqa: PLR0917 - graphql-core's signature
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        """The value of a field."""
        if result is _Root.READ:
            return info.context.read_root(path.key)
        if isinstance(result, Finished):
            return json.loads(result.json)
        if isinstance(result, Reading):
            return self._read(get_named_type(return_type), field_details_list, info.context, path, result.given)
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    async def _read(self, type_: Any, details: Any, context: Any, path: Any, given: dict[str, Any]) -> Any:
        keys = tuple(key for key in path.as_list() if isinstance(key, str))
        try:
            return json.loads(await context.read_object(type_, details, keys, given))
        except NotFound:
            return None


def resolve_roots(schema: GraphQLSchema, catalog: Catalog) -> None:
    """Let graphql-core get the declared roots of a query from the planner."""
    root = schema.query_type
    for name, field in (root.fields if root is not None else {}).items():
        if root is not None and catalog.field(root, name) is not None:
            field.resolve = lambda _source, _info, **_arguments: _Root.READ
