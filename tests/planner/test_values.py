"""What SQL writes is what the scalars write, to the character."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Date, DateTime, Integer, Numeric, Text, Uuid, bindparam, func, select

from almoner.core import ids
from almoner_graphql.planner.values import constant, cursor, global_id, written
from almoner_graphql.scalars import DATE, DATE_TIME, DECIMAL
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

VALUES = [
    *((DECIMAL, Numeric, Decimal(text)) for text in ("22.480000000000", "0.00", "-0.5", "1000", "0.0000000000001")),
    (DECIMAL, Numeric, Decimal("1234567890123456789012345678901234567.891")),
    (DATE_TIME, DateTime(timezone=True), datetime(2026, 7, 1, 12, tzinfo=UTC)),
    (DATE_TIME, DateTime(timezone=True), datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)),
    (DATE_TIME, DateTime(timezone=True), datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=-7)))),
    (DATE_TIME, DateTime(timezone=True), datetime.max.replace(tzinfo=UTC)),
    (DATE, Date, date(1, 1, 1)),
    (DATE, Date, date(1969, 2, 28)),
    (DATE, Date, date(9999, 12, 31)),
]


def packed(*parts):
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode()


async def in_sql(tenant, expression):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        return await session.scalar(select(expression))


@pytest.mark.parametrize(("scalar", "type_", "value"), VALUES, ids=[str(value) for *_, value in VALUES])
async def test_a_value_is_written_as_the_scalar_writes_it(tenant, scalar, type_, value):
    leaf = build_schema(open_schema=True)._schema.type_map[scalar.name]
    shown = written(leaf, bindparam("value", value, type_=type_))
    # In an object, as in an answer: days are left to PostgreSQL, which writes them as JSON has them.
    assert await in_sql(tenant, func.json_build_object("value", shown)) == {"value": scalar.serialize(value)}


async def test_ids_and_cursors_are_written_as_python_writes_them(tenant):
    row_id = UUID("01a2001f-c5b5-7a64-a44e-4cf39a4a4efd")
    long_name = "A" + "VeryLongTypeName" * 6  # PostgreSQL breaks base64 into lines
    key = bindparam("key", row_id, type_=Uuid)
    assert await in_sql(tenant, global_id(long_name, key)) == ids.global_id(long_name, row_id)
    assert await in_sql(tenant, cursor("RateFigure", [key])) == packed("RateFigure", str(row_id))
    number = bindparam("number", 4711, type_=Integer)
    assert await in_sql(tenant, cursor("RateFigure", [number, key])) == packed("RateFigure", "4711", str(row_id))

    for text in ("Ω?>~ÿ", 'q"u\\o\te\n\x01\x7f\u2028', "x" * 300):
        shown = cursor("A by b", [bindparam("text", text, type_=Text)])
        assert await in_sql(tenant, shown) == packed("A by b", text)


@pytest.mark.parametrize("text", ["it's", "back\\slash"])
def test_a_constant_is_never_what_somebody_wrote(text):
    with pytest.raises(ValueError, match="plain texts"):
        constant(text)
