"""Registered documents and their rules."""

from __future__ import annotations

from tests.graphql.matrix.world import (
    ACTUARY,
    ADMINISTRATOR,
    AUDITOR,
    DENIED,
    EMPTY,
    INTEGRATOR,
    NOT_FOUND,
    PROBLEMS,
    Row,
    World,
)

from almoner.core.ids import global_id
from almoner.operations.documents import NewOperation
from almoner.operations.register import register_operations
from almoner.operations.rules import set_registered_only


async def register(world: World) -> None:
    client = world.tenant.identities[INTEGRATOR].subject_id
    (row,) = await world.tenant.do(ADMINISTRATOR, register_operations, client, [NewOperation("{ __typename }")])
    world.ids["operation"] = global_id("RegisteredOperation", row.id)


async def hold(world: World) -> None:
    client = world.tenant.identities[INTEGRATOR].subject_id
    await world.tenant.do(ADMINISTRATOR, set_registered_only, client, True)


ROWS = [
    Row("query", "registeredOperations", "", "{ totalCount }", AUDITOR, ACTUARY, EMPTY, EMPTY, register),
    Row("query", "operationRules", "", "{ registeredOnly }", AUDITOR, ACTUARY, EMPTY, EMPTY, hold),
    Row(
        "mutation",
        "registerOperations",
        '(client: $client, operations: [{text: "{ viewer { id } }"}])',
        PROBLEMS,
        ADMINISTRATOR,
        AUDITOR,
        DENIED,
        NOT_FOUND,
    ),
    Row(
        "mutation",
        "withdrawOperation",
        "(id: $id)",
        PROBLEMS,
        ADMINISTRATOR,
        AUDITOR,
        DENIED,
        NOT_FOUND,
        register,
        about="operation",
    ),
    Row(
        "mutation",
        "setRegisteredOnly",
        "(client: $client, registeredOnly: true)",
        PROBLEMS,
        ADMINISTRATOR,
        AUDITOR,
        DENIED,
        NOT_FOUND,
    ),
]
