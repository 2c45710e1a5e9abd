"""Reading rate developments, revisions and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.core.errors import NotFound
from almoner.core.paging import Page, read_page
from almoner.core.scope import TenantScope
from almoner.rates.figures import Exhibit, RateColumn
from almoner.rates.status import Status
from almoner.rates.tables import RateDevelopment, RateFigure, RatePackage, RateRevision
from almoner.rates.tieout import TieOut


async def get_rate_development(scope: TenantScope, development_id: UUID) -> RateDevelopment:
    """A rate development.

    Raises:
        NotFound: no such development that the viewer may see.
    """
    return await scope.get(RateDevelopment, development_id, Permission.RATE_DEVELOPMENT_VIEW)


async def rate_developments(
    scope: TenantScope,
    *,
    first: int | None,
    after: str | None,
    statuses: Sequence[Status] | None = None,
    package_digest: str | None = None,
) -> Page[RateDevelopment]:
    """The developments that the viewer may see, newest first.

    Args:
        package_digest: only those with a revision of exactly this package.

    Raises:
        Invalid: a bad page size or cursor.
    """
    where = [scope.rows(Permission.RATE_DEVELOPMENT_VIEW, RateDevelopment)]
    if statuses is not None:
        where.append(col(RateDevelopment.status).in_(statuses))
    if package_digest is not None:
        with_package = select(RateRevision.development_id).where(
            col(RateRevision.tenant_id) == scope.tenant_id, col(RateRevision.package_digest) == package_digest
        )
        where.append(col(RateDevelopment.id).in_(with_package))
    return await read_page(scope.session, RateDevelopment, where=where, first=first, after=after, newest_first=True)


async def get_revision(scope: TenantScope, development: RateDevelopment, number: int | None) -> RateRevision:
    """A revision of a development that the viewer may see; None asks for the current one.

    Raises:
        NotFound: no revision with that number.
    """
    query = select(RateRevision).where(
        col(RateRevision.tenant_id) == scope.tenant_id,
        col(RateRevision.development_id) == development.id,
        col(RateRevision.number) == (development.revision if number is None else number),
    )
    revision = (await scope.session.execute(query)).scalar_one_or_none()
    if revision is None:
        raise NotFound(f"There is no revision {number} of this development.", code="REVISION_NOT_FOUND")
    return revision


async def revisions_of(scope: TenantScope, development: RateDevelopment) -> Sequence[RateRevision]:
    """All revisions of a development that the viewer may see, oldest first."""
    query = (
        select(RateRevision)
        .where(col(RateRevision.tenant_id) == scope.tenant_id, col(RateRevision.development_id) == development.id)
        .order_by(col(RateRevision.number))
    )
    return (await scope.session.execute(query)).scalars().all()


async def package_of(scope: TenantScope, revision: RateRevision) -> dict[str, Any] | None:
    """The package of a revision of a development that the viewer may see; None while the revision waits for one."""
    query = select(RatePackage.content).where(
        col(RatePackage.tenant_id) == scope.tenant_id, col(RatePackage.revision_id) == revision.id
    )
    content: dict[str, Any] | None = (await scope.session.execute(query)).scalar_one_or_none()
    return content


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """Which figures of a revision; None means any. `totals_only` leaves out those of a contractor."""

    exhibit: Exhibit | None = None
    rate_cell: str | None = None
    contractor: str | None = None
    line: str | None = None
    column: RateColumn | None = None
    tie_out: Sequence[TieOut] | None = None
    totals_only: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as SQL."""
        wanted = (
            (RateFigure.exhibit, self.exhibit),
            (RateFigure.rate_cell, self.rate_cell),
            (RateFigure.contractor, self.contractor),
            (RateFigure.line, self.line),
            (RateFigure.rate_column, self.column),
        )
        conditions = [col(column) == value for column, value in wanted if value is not None]
        if self.tie_out is not None:
            conditions.append(col(RateFigure.tie_out).in_(self.tie_out))
        if self.totals_only:
            conditions.append(col(RateFigure.contractor).is_(None))
        return conditions


async def figures(
    scope: TenantScope, revision: RateRevision, where: FigureFilter, *, first: int | None, after: str | None
) -> Page[RateFigure]:
    """Figures of a revision of a development that the viewer may see, in the order of the calculation.

    Raises:
        Invalid: a bad page size or cursor.
    """
    return await read_page(
        scope.session,
        RateFigure,
        where=[
            col(RateFigure.tenant_id) == scope.tenant_id,
            col(RateFigure.revision_id) == revision.id,
            *where.conditions(),
        ],
        first=first,
        after=after,
        order="ordinal",
        parse=int,
    )


async def tied_out_cells(
    scope: TenantScope,
    revision: RateRevision,
    *,
    tie_out: Sequence[TieOut] | None,
    first: int | None,
    after: str | None,
) -> Page[RateFigure]:
    """The figures that a printed cell was compared with; only those with one of the outcomes if they are given.

    Raises:
        Invalid: a bad page size or cursor.
    """
    return await figures(
        scope, revision, FigureFilter(tie_out=tuple(TieOut) if tie_out is None else tie_out), first=first, after=after
    )


async def get_figure(scope: TenantScope, figure_id: UUID) -> tuple[RateFigure, int]:
    """A figure of a development that the viewer may see, and the number of its revision.

    Raises:
        NotFound: no such figure that the viewer may see.
    """
    query = (
        select(RateFigure, RateRevision.number)
        .join(
            RateRevision,
            (col(RateRevision.tenant_id) == col(RateFigure.tenant_id))
            & (col(RateRevision.id) == col(RateFigure.revision_id)),
        )
        .join(
            RateDevelopment,
            (col(RateDevelopment.tenant_id) == col(RateRevision.tenant_id))
            & (col(RateDevelopment.id) == col(RateRevision.development_id)),
        )
        .where(
            col(RateFigure.tenant_id) == scope.tenant_id,
            col(RateFigure.id) == figure_id,
            scope.rows(Permission.RATE_DEVELOPMENT_VIEW, RateDevelopment),
        )
    )
    found = (await scope.session.execute(query)).one_or_none()
    if found is None:
        raise NotFound("There is nothing with this id.")
    return found[0], found[1]


async def inputs_of(scope: TenantScope, figure: RateFigure) -> Sequence[RateFigure]:
    """The figures that a figure was made from, in the order of the calculation."""
    query = (
        select(RateFigure)
        .where(
            col(RateFigure.tenant_id) == scope.tenant_id,
            col(RateFigure.revision_id) == figure.revision_id,
            col(RateFigure.ordinal) == any_(literal(figure.inputs, ARRAY(Integer))),
        )
        .order_by(col(RateFigure.ordinal))
    )
    return (await scope.session.execute(query)).scalars().all()
