"""Clients, what they have registered, and what the journal and the tables say of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from almoner.operations.documents import NewOperation
from almoner.operations.register import register_operations
from almoner_graphql.planner.connections import Connections
from almoner_graphql.planner.plan import Plans
from almoner_graphql.planner.reader import Caller, Reader
from almoner_graphql.schema import build_schema


@pytest.fixture
def register(tenant: Any) -> Callable[..., Awaitable[Any]]:
    """Registers texts for the tenant's integrator, as its administrator, unless told otherwise."""

    async def do(*texts: str, role: str = "program_administrator", client: str = "integrator") -> Any:
        client_id = tenant.identities[client].subject_id
        return await tenant.do(role, register_operations, client_id, [NewOperation(text) for text in texts])

    return do


@pytest.fixture
def find() -> Callable[..., Awaitable[str | None]]:
    """Asks as the endpoint does that has not seen the digest before."""

    async def do(owner: Any, digest: str, client: str = "integrator") -> str | None:
        plans = Plans(build_schema(open_schema=True).catalog, owner.house.authorizer)
        async with Connections(owner.house.database.url, 1) as connections:
            reader = Reader(owner.house, plans, connections)
            return await reader.registered(digest, Caller(owner.identities[client], by_id=True))

    return do


@pytest.fixture
def journal() -> Callable[..., Awaitable[list[Any]]]:
    """The slice's journal entries of a tenant, oldest first: action, subject, detail."""

    async def do(owner: Any) -> list[Any]:
        query = (
            "select action, subject_id, detail from almoner.journal_entry where action like 'registered_operation.%' "
            "or action like 'operation_rule.%' order by id"
        )
        async with owner.house.database.tenant_transaction(owner.id) as session:
            return list((await session.execute(text(query))).all())

    return do


@pytest.fixture
def contents() -> Callable[..., Awaitable[list[Any]]]:
    """All rows of the slice's tables of a tenant, as text."""

    async def do(owner: Any) -> list[str]:
        query = (
            "select o::text from almoner.registered_operation o union all "
            "select r::text from almoner.operation_rule r order by 1"
        )
        async with owner.house.database.tenant_transaction(owner.id) as session:
            return list((await session.execute(text(query))).scalars())

    return do
