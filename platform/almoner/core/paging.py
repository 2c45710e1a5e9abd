"""Keyset paging: a page begins after a position, never after a count of rows."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from almoner.core.errors import Invalid, Problem
from almoner.core.tables import TenantTable

Item = TypeVar("Item")
Row = TypeVar("Row", bound=TenantTable)
MAX_PAGE = 100
DEFAULT_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list.

    Attributes:
        items: at most as many as were asked for.
        cursors: the position of each item.
        has_next: whether more follow.
        total: how many there are in all pages.
    """

    items: list[Item]
    cursors: list[str]
    has_next: bool
    total: int


def page_size(first: int | None) -> int:
    """How many items to give.

    Raises:
        Invalid: fewer than 0 or more than `MAX_PAGE` were asked for.
    """
    if first is None:
        return DEFAULT_PAGE
    if not 0 <= first <= MAX_PAGE:
        raise Invalid([Problem("PAGE_SIZE", f"`first` must be from 0 to {MAX_PAGE}.", ("first",))])
    return first


def cursor(kind: str, position: Sequence[Any]) -> str:
    """An opaque cursor: the list it belongs to and the sort keys of the row it stands on."""
    packed = json.dumps([kind, *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode()


def position_of(kind: str, text: str) -> list[Any]:
    """The sort keys in a cursor of that list.

    Raises:
        Invalid: it is no cursor of this list.
    """
    try:
        unpacked = json.loads(base64.b64decode(text, altchars=b"-_", validate=True))
        if isinstance(unpacked, list) and unpacked[:1] == [kind]:
            return unpacked[1:]
    except (binascii.Error, ValueError):
        raise bad_cursor() from None
    raise bad_cursor()


def bad_cursor() -> Invalid:
    """What is wrong with a cursor that we did not make."""
    return Invalid([Problem("BAD_CURSOR", "`after` is no cursor of this list; take one from `pageInfo`.", ("after",))])


async def read_page(
    session: AsyncSession,
    table: type[Row],
    *,
    where: Sequence[ColumnElement[bool]],
    first: int | None,
    after: str | None,
    newest_first: bool = False,
    order: str = "id",
    parse: Callable[[str], Any] = UUID,
) -> Page[Row]:
    """A page of a table's rows in order of their ids, which is the order in which they were made.

    Args:
        order: another column to order by, unique within `where`; `parse` reads its value from a cursor.

    Raises:
        Invalid: a bad page size or cursor.
    """
    size = page_size(first)
    key = col(getattr(table, order))
    conditions = list(where)
    if after is not None:
        try:
            (text,) = position_of(table.__name__, after)
            position = parse(text)
        except (ValueError, AttributeError, TypeError):
            raise bad_cursor() from None
        conditions.append(key < position if newest_first else key > position)
    query = select(table).where(*conditions).order_by(key.desc() if newest_first else key).limit(size + 1)
    rows = list((await session.execute(query)).scalars())
    total = (await session.execute(select(func.count()).select_from(table).where(*where))).scalar_one()
    return Page(
        rows[:size],
        [cursor(table.__name__, [str(getattr(row, order))]) for row in rows[:size]],
        len(rows) > size,
        total,
    )
