"""Comparing two revisions line by line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, and_, func, true
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.core.paging import Page, bad_cursor, cursor, page_size, position_of
from almoner.core.scope import TenantScope
from almoner.rates.figures import Exhibit, RateColumn
from almoner.rates.read import get_revision
from almoner.rates.tables import RateDevelopment, RateFigure, RateRevision


@dataclass(frozen=True, slots=True)
class FigureComparison:
    """One line of two revisions. None on one side: the line is not in that revision."""

    exhibit: Exhibit
    rate_cell: str | None
    contractor: str | None
    line: str
    column: RateColumn | None
    before: Decimal | None
    before_display: str | None
    after: Decimal | None
    after_display: str | None

    @property
    def difference(self) -> Decimal | None:
        """After minus before, or None if one side is missing."""
        return None if self.before is None or self.after is None else self.after - self.before


async def compare_revisions(
    scope: TenantScope,
    development_id: UUID,
    before: int,
    after: int,
    *,
    changed_only: bool,
    first: int | None,
    after_cursor: str | None,
) -> Page[FigureComparison]:
    """Figures of two revisions side by side, in the order of the later calculation.

    Raises:
        NotFound: no such development that the viewer may see, or no such revision.
        Invalid: a bad page size or cursor.
    """
    development = await scope.get(RateDevelopment, development_id, Permission.RATE_DEVELOPMENT_VIEW)
    old = _figures_of(scope, await get_revision(scope, development, before), "old")
    new = _figures_of(scope, await get_revision(scope, development, after), "new")
    # A full join wants comparisons that can be hashed, and codes are never empty.
    same_line = and_(*(func.coalesce(old.c[name], "") == func.coalesce(new.c[name], "") for name in _LINE))
    joined = old.join(new, onclause=same_line, full=True)
    changed = old.c.value.is_distinct_from(new.c.value) if changed_only else true()
    # A line that only one revision has keeps a place of its own between its neighbours.
    place = func.coalesce(new.c.ordinal * 2 + 1, old.c.ordinal * 2)
    size = page_size(first)
    names = [func.coalesce(new.c[name], old.c[name]) for name in _LINE]
    query = select(
        *names,
        old.c.value,
        old.c.display,
        new.c.value,
        new.c.display,
        place,  # type: ignore[call-overload]
    ).select_from(joined)
    query = query.where(changed).order_by(place).limit(size + 1)
    if after_cursor is not None:
        query = query.where(place > _position(after_cursor))
    rows = (await scope.session.execute(query)).all()
    total = await scope.session.scalar(select(func.count()).select_from(joined).where(changed))
    return Page(
        [_comparison(*row[:-1]) for row in rows[:size]],
        [cursor(FigureComparison.__name__, [row[-1]]) for row in rows[:size]],
        len(rows) > size,
        total or 0,
    )


_LINE = ("exhibit", "rate_cell", "contractor", "line", "rate_column")


def _figures_of(scope: TenantScope, revision: RateRevision, name: str) -> Subquery:
    query = select(RateFigure).where(
        col(RateFigure.tenant_id) == scope.tenant_id, col(RateFigure.revision_id) == revision.id
    )
    return query.subquery(name)


def _position(text: str) -> int:
    match position_of(FigureComparison.__name__, text):
        case [int(place)]:
            return place
    raise bad_cursor()


def _comparison(
    exhibit: str,
    rate_cell: str | None,
    contractor: str | None,
    line: str,
    column: str | None,
    *sides: Any,
) -> FigureComparison:
    return FigureComparison(
        Exhibit(exhibit), rate_cell, contractor, line, RateColumn(column) if column else None, *sides
    )
