"""Reading registered operations."""

from __future__ import annotations

import strawberry

from almoner.operations import tables
from almoner_graphql.connection import Connection
from almoner_graphql.operations.types import OperationRule, RegisteredOperation
from almoner_graphql.planner.declare import many, pages
from almoner_graphql.planner.filters import IdFilter
from almoner_graphql.planner.sources import all_rows


@strawberry.input(description="Which registered operations; what is not given or null means any.")
class RegisteredOperationFilter:
    """Columns of `registered_operation`."""

    client: IdFilter | None = strawberry.field(default=None, description="Of which clients.")


@strawberry.type(description="Queries about registered operations.")
class OperationQueries:
    """Part of `Query`."""

    registered_operations: Connection[RegisteredOperation] = pages(
        all_rows(tables.RegisteredOperation),
        newest_first=True,
        filter=RegisteredOperationFilter,
        where={"client": lambda operation: operation.client_id},
        description=(
            "The registered operations that the viewer may see (`registered_operation:view`), withdrawn ones too, "
            "newest first."
        ),
    )
    operation_rules: list[OperationRule] = many(
        all_rows(tables.OperationRule, order=lambda rule: rule.client_id.nulls_first()),
        description=(
            "Who may send registered operations only, as far as the viewer may see it (`operation_rule:view`); the "
            "agency's own rule first."
        ),
    )
