"""Registered operations in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry

from almoner.authorization.permissions import Permission
from almoner.operations import tables
from almoner_graphql.planner.declare import computed, many, one, reads
from almoner_graphql.planner.sources import given_row, given_rows, no_rows
from almoner_graphql.planner.values import global_id
from almoner_graphql.problems import Problem

_PROBLEMS = "Why this was refused; empty if it was not."


@reads(tables.RegisteredOperation, view=Permission.REGISTERED_OPERATION_VIEW)
@strawberry.type(description="A document that a client may send by its `documentId`.")
class RegisteredOperation:
    """Read from `registered_operation`."""

    id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")
    client: strawberry.ID = computed(
        lambda operation: global_id("Subject", operation.client_id),
        description="Who may send it: the `id` of that account's `viewer`.",
    )
    digest: str = strawberry.field(description="The SHA-256 of its text, in hexadecimal; send it as `documentId`.")
    name: str = strawberry.field(description="For people in lists; empty if it has none.")
    text: str = strawberry.field(description="The document.")
    registered_at: datetime = strawberry.field(description="When it was first registered.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was withdrawn; null while it may be sent.")


@reads(tables.OperationRule, view=Permission.OPERATION_RULE_VIEW)
@strawberry.type(description="Whether registered operations only may be sent.")
class OperationRule:
    """Read from `operation_rule`."""

    client: strawberry.ID | None = computed(
        lambda rule: global_id("Subject", rule.client_id), description="By whom; null for everybody in the agency."
    )
    registered_only: bool = strawberry.field(description="True: nothing else is taken.")


@reads()
@strawberry.type(description="What became of `registerOperations`.")
class RegisterOperationsPayload:
    """The rows, or problems."""

    operations: list[RegisteredOperation] = many(
        given_rows(tables.RegisteredOperation, "operations"), description="What is registered now; none if refused."
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `withdrawOperation`.")
class WithdrawOperationPayload:
    """The row, or problems."""

    operation: RegisteredOperation | None = one(
        given_row(tables.RegisteredOperation, "operation"), description="As it is now; null if this was refused."
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `setRegisteredOnly`.")
class SetRegisteredOnlyPayload:
    """The rule, or problems."""

    rule: OperationRule | None = one(
        given_row(tables.OperationRule, "rule"), description="As it is now; null if this was refused."
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)
