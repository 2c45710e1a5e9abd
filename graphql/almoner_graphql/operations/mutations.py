"""Registering operations, and holding clients to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from almoner.core.errors import Invalid, Problem
from almoner.core.ids import new_id, row_id_of
from almoner.core.scope import TenantScope
from almoner.operations import tables
from almoner.operations.documents import NewOperation
from almoner.operations.register import register_operations
from almoner.operations.rules import set_registered_only
from almoner.operations.withdraw import withdraw_operation
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.gate import Gate, Refusal
from almoner_graphql.operations.types import (
    RegisterOperationsPayload,
    SetRegisteredOnlyPayload,
    WithdrawOperationPayload,
)
from almoner_graphql.planner.declare import row_id
from almoner_graphql.planner.executor import reading
from almoner_graphql.problems import answered, attempt

Client = Annotated[strawberry.ID, strawberry.argument(description="The `id` of that account's `viewer`.")]


@strawberry.input(description="A document to register.")
class NewOperationInput:
    """See `almoner.operations.documents.NewOperation`."""

    text: str = strawberry.field(description="The document; its SHA-256 is of exactly this text.")
    name: str = strawberry.field(default="", description="For people in lists, at most 200 characters.")
    digest: str | None = strawberry.field(
        default=None, description="What you take its SHA-256 to be; a difference is a problem."
    )


@strawberry.type(description="Mutations of registered operations.")
class OperationMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Let a client send these documents by `documentId`: all of them, or none. Each must be valid. The same "
            "text again is the same operation, and takes a withdrawal back. Needs `registered_operation:register`."
        )
    )
    async def register_operations(
        self,
        info: Info,
        client: Client,
        operations: Annotated[list[NewOperationInput], strawberry.argument(description="1 to 200 documents.")],
    ) -> RegisterOperationsPayload:
        given = [NewOperation(one.text, one.name, one.digest) for one in operations]
        gate: Gate = info.schema.gate  # type: ignore[attr-defined]

        async def register(scope: TenantScope) -> list[tables.RegisteredOperation]:
            rows = await register_operations(scope, _account(client), given)
            _insist_on_valid(gate, given)
            return rows

        rows, problems = await attempt(info.context, register)
        if rows is None:
            return RegisterOperationsPayload(operations=[], problems=problems)
        return reading(RegisterOperationsPayload, operations=[row.id for row in rows])

    @mutation(description="Take a registered operation back. Needs `registered_operation:withdraw`.")
    async def withdraw_operation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The operation's id.")]
    ) -> WithdrawOperationPayload:
        async def withdraw(scope: TenantScope) -> tables.RegisteredOperation:
            return await withdraw_operation(scope, row_id_of("RegisteredOperation", id))

        return answered(WithdrawOperationPayload, "operation", *await attempt(info.context, withdraw))

    @mutation(
        description=(
            "Hold a client, or the whole agency, to registered operations, or let go. Needs `operation_rule:set`."
        )
    )
    async def set_registered_only(
        self,
        info: Info,
        registered_only: Annotated[bool, strawberry.argument(description="True: nothing else is taken.")],
        client: Annotated[
            strawberry.ID | None, strawberry.argument(description="The `id` of that account's `viewer`; null for all.")
        ] = None,
    ) -> SetRegisteredOnlyPayload:
        async def set_rule(scope: TenantScope) -> tables.OperationRule:
            return await set_registered_only(scope, None if client is None else _account(client), registered_only)

        return answered(SetRegisteredOnlyPayload, "rule", *await attempt(info.context, set_rule))


def _account(client: str) -> UUID:
    """The row id in the id of an account; for a broken one an id of nothing, so that both answer alike."""
    return row_id("Subject")(client) or new_id()


def _insist_on_valid(gate: Gate, operations: Sequence[NewOperation]) -> None:
    """Let only documents through that could be run.

    Raises:
        Invalid: some do not fit the schema, or exceed a limit.
    """
    problems = []
    for place, one in enumerate(operations):
        try:
            gate.document(one.text, None)
        except Refusal as refused:
            path = ("operations", str(place), "text")
            problems += [Problem("DOCUMENT_REFUSED", error.message, path) for error in refused.errors]
    if problems:
        raise Invalid(problems)
