"""The schema. `python -m almoner_graphql.schema` prints it; with `--write` it goes to `schema.graphql`."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxTokensLimiter, ParserCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from almoner_graphql.context import Info
from almoner_graphql.fields import resolved
from almoner_graphql.identity.mutations import IdentityMutations
from almoner_graphql.identity.queries import IdentityQueries
from almoner_graphql.jobs.mutations import JobMutations
from almoner_graphql.jobs.queries import JobQueries
from almoner_graphql.jobs.subscriptions import JobSubscriptions
from almoner_graphql.journal.queries import JournalQueries
from almoner_graphql.limits import MAX_TOKENS
from almoner_graphql.node import Node, load_node_by_id
from almoner_graphql.operation import GuardedOperation, Operation
from almoner_graphql.planner.declare import ROOTS, ById
from almoner_graphql.rates.mutations import RateMutations
from almoner_graphql.rates.queries import RateQueries
from almoner_graphql.scalars import SCALARS
from almoner_graphql.tenancy.mutations import TenancyMutations
from almoner_graphql.tenancy.queries import TenancyQueries

#: Parsed documents that the slow road keeps; a large one takes a megabyte.
_SLOW_DOCUMENTS = 32

ROOTS["node"] = ById(None)

FILE = Path(__file__).with_name("schema.graphql")


@strawberry.type(description="What can be read. Everything here needs a token.")
class Query(RateQueries, JobQueries, JournalQueries, TenancyQueries, IdentityQueries):
    """The slices' queries together."""

    @resolved(description="A thing by its id; null for an id that the viewer may not know of, whatever the reason.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Node | None:
        return await load_node_by_id(info.context, id)


@strawberry.type(
    description=(
        "What can be done. Each mutation is one transaction, committed before its payload is read. A refusal is data: "
        "see `problems` in each payload."
    )
)
class Mutation(RateMutations, JobMutations, TenancyMutations, IdentityMutations):
    """The slices' mutations together."""


@strawberry.type(description="What can be followed, over WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription(JobSubscriptions):
    """The slices' subscriptions together."""


class AlmonerSchema(strawberry.Schema):
    """Strawberry's schema, without its log of errors."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: Strawberry would log messages, which quote values; `errors.present` logs what must be known."""


@lru_cache(maxsize=2)
def build_schema(*, open_schema: bool) -> AlmonerSchema:
    """The schema.

    Args:
        open_schema: answer introspection and suggest fields, as in development.
    """
    return AlmonerSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[
            lambda: MaxTokensLimiter(MAX_TOKENS),
            lambda: ParserCache(maxsize=_SLOW_DOCUMENTS),
            Operation if open_schema else GuardedOperation,
        ],
    )


def printed_schema() -> str:
    """The schema in the schema definition language."""
    return build_schema(open_schema=True).as_str() + "\n"


def main(arguments: list[str]) -> int:
    """Print the schema, or write the file."""
    if arguments == ["--write"]:
        FILE.write_text(printed_schema(), encoding="utf-8")
    elif arguments:
        sys.stderr.write("usage: python -m almoner_graphql.schema [--write]\n")
        return 2
    else:
        sys.stdout.write(printed_schema())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
