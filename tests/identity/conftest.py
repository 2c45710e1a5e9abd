"""Time that tests set, and what the database's tables say in text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from almoner.core.errors import AlmonerError
from almoner.wiring import House

PASSWORD = "correct horse battery staple"


class Time:
    """The house's clock, which stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        """So much time passes."""
        self.now += timedelta(**time)


@pytest.fixture
def time(house: House) -> Time:
    """The house's clock, in this test's hand."""
    house.clock = Time(house.clock())
    return house.clock


async def code_of(awaitable: Awaitable[Any]) -> str:
    """The code with which something is refused."""
    with pytest.raises(AlmonerError) as refused:
        await awaitable
    (problem,) = refused.value.problems
    return problem.code


@pytest.fixture
def refusal() -> Callable[[Awaitable[Any]], Awaitable[str]]:
    """Awaits what is refused, and tells with which code."""
    return code_of


@pytest.fixture
def entries(tenant: Any) -> Callable[[], Awaitable[list[tuple[str, str, dict[str, Any]]]]]:
    """Reads the journal of the test's tenant: action, kind of actor and detail, oldest first."""

    async def read() -> list[tuple[str, str, dict[str, Any]]]:
        query = "select action, actor_kind, detail from almoner.journal_entry order by id"
        async with tenant.house.database.tenant_transaction(tenant.id) as session:
            rows = (await session.execute(text(query))).all()
        return [(action, kind, detail) for action, kind, detail in rows if action != "role.assigned"]

    return read
