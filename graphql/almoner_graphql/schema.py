"""The schema. `python -m almoner_graphql.schema` prints it; with `--write` it goes to `schema.graphql`."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from almoner_graphql.authorization.policy_mutations import PolicyMutations
from almoner_graphql.authorization.policy_queries import PolicyQueries
from almoner_graphql.authorization.role_mutations import RoleMutations
from almoner_graphql.authorization.role_queries import RoleQueries
from almoner_graphql.committees.appointment_mutations import AppointmentMutations
from almoner_graphql.committees.bodies_mutations import CommitteeBodiesMutations
from almoner_graphql.committees.decision_mutations import DecisionMutations, DelegationMutations
from almoner_graphql.committees.queries import CommitteeQueries
from almoner_graphql.committees.records_mutations import RecordMutations
from almoner_graphql.committees.session_mutations import SessionMutations
from almoner_graphql.committees.subscriptions import CommitteeSubscriptions
from almoner_graphql.committees.tasks import TaskQueries
from almoner_graphql.extension import OperationExtension
from almoner_graphql.gate import Gate
from almoner_graphql.identity.mutations import IdentityMutations
from almoner_graphql.identity.queries import IdentityQueries
from almoner_graphql.jobs.mutations import JobMutations
from almoner_graphql.jobs.queries import JobQueries
from almoner_graphql.jobs.subscriptions import JobSubscriptions
from almoner_graphql.journal.queries import JournalQueries
from almoner_graphql.node import Node
from almoner_graphql.operations.mutations import OperationMutations
from almoner_graphql.operations.queries import OperationQueries
from almoner_graphql.organizations.mutations import OrganizationMutations
from almoner_graphql.organizations.queries import OrganizationQueries
from almoner_graphql.planner.catalog import Catalog
from almoner_graphql.planner.check import check
from almoner_graphql.planner.declare import by_id
from almoner_graphql.planner.executor import Executor, resolve_roots
from almoner_graphql.rates.mutations import RateMutations
from almoner_graphql.rates.queries import RateQueries
from almoner_graphql.scalars import SCALARS
from almoner_graphql.tenancy.mutations import TenancyMutations
from almoner_graphql.tenancy.queries import TenancyQueries

FILE = Path(__file__).with_name("schema.graphql")


@strawberry.type(description="What can be read. Everything here needs a token.")
class Query(
    RateQueries,
    CommitteeQueries,
    TaskQueries,
    JobQueries,
    JournalQueries,
    TenancyQueries,
    IdentityQueries,
    RoleQueries,
    OrganizationQueries,
    OperationQueries,
    PolicyQueries,
):
    """The slices' queries together."""

    node: Node | None = by_id(
        description="A thing by its id; null for an id that the viewer may not know of, whatever the reason."
    )


@strawberry.type(
    description=(
        "What can be done. Each mutation is one transaction, committed before its payload is read. A refusal is data: "
        "see `problems` in each payload."
    )
)
class Mutation(
    RateMutations,
    RecordMutations,
    SessionMutations,
    JobMutations,
    TenancyMutations,
    IdentityMutations,
    RoleMutations,
    OrganizationMutations,
    OperationMutations,
    PolicyMutations,
    CommitteeBodiesMutations,
    AppointmentMutations,
    DelegationMutations,
    DecisionMutations,
):
    """The slices' mutations together."""


@strawberry.type(description="What can be followed, over WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription(JobSubscriptions, CommitteeSubscriptions):
    """The slices' subscriptions together."""


class AlmonerSchema(strawberry.Schema):
    """Strawberry's schema, read by the planner, with the gate that documents pass.

    Attributes:
        open_schema: introspection is answered and fields are suggested, as in development.
    """

    def __init__(
        self, *, query: type, mutation: type | None = None, subscription: type | None = None, open_schema: bool
    ) -> None:
        """Build it from the root types.

        Raises:
            BadDeclaration: a field cannot be read as it is declared.
        """
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            config=StrawberryConfig(scalar_map=SCALARS),
            extensions=[OperationExtension],
            execution_context_class=Executor,
        )
        self.open_schema = open_schema
        self.gate = Gate(self._schema, open_schema=open_schema)
        self.catalog = Catalog(self._schema)
        check(self.catalog)
        resolve_roots(self._schema, self.catalog)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: Strawberry would log messages, which quote values; `errors.present` logs what must be known."""


@lru_cache(maxsize=2)
def build_schema(*, open_schema: bool) -> AlmonerSchema:
    """The schema of the API; open, it answers introspection and suggests fields, as in development."""
    return AlmonerSchema(query=Query, mutation=Mutation, subscription=Subscription, open_schema=open_schema)


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
