"""Adding a row unless there is one like it, whoever else does so at the same instant."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from almoner.core.tables import TenantTable

Row = TypeVar("Row", bound=SQLModel)


async def add_if_missing(session: AsyncSession, row: Row, *key: str) -> Row | None:
    """Add a row, unless there is one with its key already.

    Of two who add it at once, the second waits and then finds the other's, where looking first would find nothing. The
    statement must not fail for that: PostgreSQL would log the values of the key, which may be somebody's address.

    Args:
        key: the columns of a unique constraint, without `tenant_id`.

    Returns:
        The row as the session has it, to be used instead of the one that was given; None if there is one.
    """
    tenant = ["tenant_id"] if isinstance(row, TenantTable) else []
    table = type(row)
    statement = (
        insert(table).values(row.model_dump()).on_conflict_do_nothing(index_elements=[*tenant, *key]).returning(table)
    )
    return (await session.execute(statement)).scalar_one_or_none()
