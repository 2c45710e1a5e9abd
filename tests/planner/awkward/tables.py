"""Tables that no product would have, guarded as the product's are, with rows that no product would store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import ARRAY, BigInteger, Index, Integer, MetaData, Numeric, Text, UniqueConstraint, create_engine
from sqlalchemy.schema import PrimaryKeyConstraint
from sqlmodel import Field

from almoner.core.database import libpq_url
from almoner.core.tables import METADATA, SCHEMA, TenantTable, instant
from almoner_migrations.isolation import isolate

#: Not the product's, which migrations must match.
_OWN = MetaData(schema=SCHEMA, naming_convention=METADATA.naming_convention)
LONG_TEXT = "0123456789 \"'\\ ä𝔘 " * 6_000
TEXTS = [
    "",
    "plain",
    "plain",
    "'; drop table x; --",
    'say "hi"',
    "back\\slash \\u0041 \\n",
    "%s $1 :name {braces}",
    "tab\tnew\nline\rreturn\x01\x1f\x7f\x85",
    "Ω ß İ ı ﬁ 𝔘 👩‍👩‍👧 e\u0301 é",
    "\u202egnol\u2028\u2029\ufeff\ufffe\U0010ffff",
    LONG_TEXT,
]


def _keys(*indexed: str) -> Any:
    return (PrimaryKeyConstraint("tenant_id", "id"), *(Index(None, "tenant_id", name, "id") for name in indexed))


class Odd(TenantTable, table=True):
    """Everything can be null, and what cannot is the same for many rows."""

    __tablename__ = "odd"
    __table_args__ = (
        *_keys("label", "number", "first_on", "noted_at", "note", "small", "day", "mood", "parent_id"),
        UniqueConstraint("tenant_id", "parent_id", "number"),
    )
    metadata: ClassVar[MetaData] = _OWN
    assigned_to: ClassVar[str | None] = "owner_id"

    owner_id: UUID
    parent_id: UUID | None = None
    secret_id: UUID | None = None
    target_type: str | None = None
    target_id: UUID | None = None
    kind: str
    label: str
    number: int
    first_on: date
    noted_at: datetime = instant()
    note: str | None = None
    fixed: Decimal | None = Field(default=None, sa_type=Numeric(28, 12))
    exact: Decimal | None = Field(default=None, sa_type=Numeric)
    small: int | None = Field(default=None, sa_type=Integer)
    big: int | None = Field(default=None, sa_type=BigInteger)
    day: date | None = None
    at: datetime | None = instant(nullable=True)
    tags: list[str | None] | None = Field(default=None, sa_type=ARRAY(Text))
    mood: str | None = None
    flag: bool | None = None
    select: str | None = None
    order: str | None = None
    user: str | None = None


class Secret(TenantTable, table=True):
    """Seen by who owns it."""

    __tablename__ = "odd_secret"
    __table_args__ = _keys()
    metadata: ClassVar[MetaData] = _OWN
    assigned_to: ClassVar[str | None] = "owner_id"

    owner_id: UUID
    text: str
    detail: str | None = None


class Plain(TenantTable, table=True):
    """Seen by everybody who may see programs."""

    __tablename__ = "odd_plain"
    __table_args__ = _keys()
    metadata: ClassVar[MetaData] = _OWN

    text: str | None = None


@contextmanager
def made(superuser_url: str) -> Iterator[None]:
    """The tables, for as long as this lasts."""
    names = ", ".join(f"{SCHEMA}.{table.name}" for table in _OWN.sorted_tables)
    with psycopg.connect(libpq_url(superuser_url), autocommit=True) as connection:
        connection.execute(f"drop table if exists {names}".encode())
    engine = create_engine(libpq_url(superuser_url).replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.begin() as begun:
            _OWN.create_all(begun)
            with Operations.context(MigrationContext.configure(begun)):
                for table in _OWN.sorted_tables:
                    isolate(table.name)
        yield
        with engine.begin() as begun:
            _OWN.drop_all(begun)
    finally:
        engine.dispose()


DAYS = [
    date.min,
    date(1, 1, 2),
    date(1582, 10, 10),
    date(1969, 12, 31),
    date(2024, 2, 29),
    date(9999, 12, 30),
    date.max,
]
INSTANTS = [
    datetime.min.replace(tzinfo=UTC),
    datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 3, 29, 2, 30, 0, 120000, tzinfo=UTC),
    datetime(2026, 3, 29, 2, 30, tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
]
NUMBERS = [
    *(
        Decimal(text)
        for text in ("0", "0.000000000000", "-0.5", "22.480000000000", "1000", "-9999999999999999.000000000001")
    ),
]
EXACT = [
    *NUMBERS,
    Decimal("1E+30"),
    Decimal("-1E-30"),
    Decimal("123456789012345678901234567890123456789012345678901234567890.10"),
]
TAGS: list[Any] = [None, [], [None], ["NULL", "null", None], ['a "b"', "c\\d", "{e,f}", "", "ä\n"]]
MOODS = [None, "very happy", "it's sad", "MEH", "\\"]


def rows_of(tenant_id: UUID, owners: list[UUID]) -> Iterator[TenantTable]:
    """Rows in which each awkward value meets the others."""
    plains = [Plain(tenant_id=tenant_id, text=text) for text in (None, *TEXTS[:9])]
    secrets = [
        Secret(tenant_id=tenant_id, owner_id=owners[n % 3], text=text, detail=None if n == 4 else text[::-1])
        for n, text in enumerate(TEXTS[:9])
    ]
    yield from plains
    yield from secrets
    targets: list[Any] = [*zip(plains, secrets, strict=False)]
    odds: list[Odd] = []
    for n in range(33):
        target = targets[n % 9][n % 2] if n % 4 else None
        one = Odd(
            tenant_id=tenant_id,
            owner_id=owners[n % 2],
            parent_id=odds[n // 3].id if n > 2 else None,
            secret_id=secrets[n % 9].id if n % 5 else None,
            target_type=(type(target).__name__ if n % 7 else "Nothing") if target else None,
            target_id=target.id if target else None,
            kind="circle" if n % 3 else "square",
            label=TEXTS[n % 10] if n % 4 else "same",
            number=n - 7,
            first_on=DAYS[n % len(DAYS)],
            noted_at=INSTANTS[n // 2 % len(INSTANTS)] if n % 2 else INSTANTS[3] + timedelta(microseconds=n // 4),
        )
        if n % 6:
            _fill(one, n)
        odds.append(one)
    yield from odds


def _fill(one: Odd, n: int) -> None:
    one.note = TEXTS[n % len(TEXTS)]
    one.fixed = NUMBERS[n % len(NUMBERS)]
    one.exact = EXACT[n % len(EXACT)]
    one.small = [0, -1, 2**31 - 1, -(2**31)][n % 4]
    one.big = [0, -(2**63), 2**63 - 1][n % 3]
    one.day = DAYS[(n + 3) % len(DAYS)]
    one.at = INSTANTS[(n + 1) % len(INSTANTS)]
    one.tags = TAGS[n % len(TAGS)]
    one.mood = MOODS[n % len(MOODS)]
    one.flag = [None, True, False][n % 3]
    one.select = one.order = one.user = TEXTS[(n + 5) % len(TEXTS)]
