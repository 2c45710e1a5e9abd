"""Calculating a revision: what the worker does for the job `rates.calculate`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from almoner.authorization.permissions import Permission
from almoner.core.database import end_when_idle
from almoner.core.errors import NotFound
from almoner.core.ids import new_id
from almoner.core.numbers import stored
from almoner.core.scope import TenantScope
from almoner.rates.engine import calculate
from almoner.rates.figures import Figure, FigureKey
from almoner.rates.lines import display
from almoner.rates.package import Package
from almoner.rates.parse import parse_package
from almoner.rates.read import get_revision, package_of
from almoner.rates.status import Status
from almoner.rates.tables import RateDevelopment, RateRevision
from almoner.rates.tieout import CellTie, TieOutResult, tie_out

#: A worker that was stopped or cut off while it stored figures would keep its successor waiting for their keys.
_IDLE_SECONDS = 30

#: Told how far the work is: units done, units in all, what is being done.
Report = Callable[[int, int, str], Awaitable[None]]

# One statement for a batch, with a column per array. COPY is refused on a table with row-level security, and rows of
# `executemany` are a round trip's worth of work each. Arrays of arrays are flattened by unnest: they travel as text.
_INSERT = text(
    """
    insert into almoner.rate_figure (
        tenant_id, id, revision_id, ordinal, exhibit, rate_cell, contractor, line, rate_column, value, display, formula,
        inputs, printed, tie_out, repair, support
    )
    select cast(:tenant_id as uuid), id, cast(:revision_id as uuid), ordinal, exhibit, rate_cell, contractor, line,
        rate_column, value, display, formula, inputs::integer[], printed, tie_out, repair, support::text[]
    from unnest(
        cast(:id as uuid[]), cast(:ordinal as integer[]), cast(:exhibit as text[]), cast(:rate_cell as text[]),
        cast(:contractor as text[]), cast(:line as text[]), cast(:rate_column as text[]), cast(:value as numeric[]),
        cast(:display as text[]), cast(:formula as text[]), cast(:inputs as text[]), cast(:printed as text[]),
        cast(:tie_out as text[]), cast(:repair as text[]), cast(:support as text[])
    ) as figure(
        id, ordinal, exhibit, rate_cell, contractor, line, rate_column, value, display, formula, inputs, printed,
        tie_out, repair, support
    )
    """
)


async def calculate_rate_development(
    scope: TenantScope, development_id: UUID, revision_number: int, report: Report
) -> RateDevelopment:
    """Compute and store every figure of a submitted revision, tie it out, and mark the development as calculated.

    Raises:
        Denied: the viewer lacks `rate_development:calculate`.
        NotFound: no such development or revision.
        Conflict: the development is not submitted, or this is no longer its current revision.
    """
    development = await scope.find(RateDevelopment, development_id)
    if development is None:
        raise NotFound("There is nothing with this id.")
    scope.require(Permission.RATE_DEVELOPMENT_CALCULATE, development)
    revision = await get_revision(scope, development, revision_number)
    package = await asyncio.to_thread(parse_package, await package_of(scope, revision) or {})
    units = len(package.rate_cells) + 1
    ties: TieOutResult | None = None
    if package.printed:
        await report(0, units, "tie-out")
        ties = await asyncio.to_thread(_tie_out, package)
    cells = ties.cells if ties else {}
    await report(0, units, "calculation")
    await end_when_idle(scope.session, _IDLE_SECONDS)
    # A thread computes the next batch while the database stores this one.
    batches = calculate(package)
    batch = await asyncio.to_thread(_next_rows, batches, cells)
    done = 0
    while batch is not None:
        following = asyncio.create_task(asyncio.to_thread(_next_rows, batches, cells))
        try:
            await _store(scope, revision, batch)
            done += 1
            await report(done, units, "calculation")
        finally:
            batch = await following
    # The row is locked only now: people may read and withdraw while the figures are made.
    development = await scope.get(RateDevelopment, development_id, Permission.RATE_DEVELOPMENT_CALCULATE, lock=True)
    _mark(scope, development, revision, ties)
    return development


def _tie_out(package: Package) -> TieOutResult:
    # Computed once for the comparison and once more to be stored: cheaper than to hold a large package's figures.
    printed = {cell.key for cell in package.printed}
    values = {figure.key: figure.value for batch in calculate(package) for figure in batch if figure.key in printed}
    return tie_out(package, values)


def _next_rows(batches: Iterator[list[Figure]], cells: Mapping[FigureKey, CellTie]) -> dict[str, list[Any]] | None:
    batch = next(batches, None)
    return None if batch is None else _columns(batch, cells)


def _columns(figures: Sequence[Figure], cells: Mapping[FigureKey, CellTie]) -> dict[str, list[Any]]:
    ties = [cells.get(figure.key) for figure in figures]
    return {
        "id": [new_id() for _ in figures],
        "ordinal": [figure.ordinal for figure in figures],
        "exhibit": [figure.key.exhibit.value for figure in figures],
        "rate_cell": [figure.key.rate_cell for figure in figures],
        "contractor": [figure.key.contractor for figure in figures],
        "line": [figure.key.line for figure in figures],
        "rate_column": [figure.key.column.value if figure.key.column else None for figure in figures],
        "value": [stored(figure.value) for figure in figures],
        "display": [display(figure.key.line, figure.value) for figure in figures],
        "formula": [figure.formula for figure in figures],
        "inputs": [_array(figure.inputs) for figure in figures],
        "printed": [tie and tie.printed for tie in ties],
        "tie_out": [tie and tie.tie.value for tie in ties],
        "repair": [tie and tie.repair for tie in ties],
        "support": [tie and _text_array(tie.support) for tie in ties],
    }


def _array(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _text_array(texts: Sequence[str]) -> str:
    quoted = ('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in texts)
    return "{" + ",".join(quoted) + "}"


async def _store(scope: TenantScope, revision: RateRevision, columns: dict[str, list[Any]]) -> None:
    await scope.session.execute(_INSERT, {"tenant_id": scope.tenant_id, "revision_id": revision.id, **columns})


def _mark(scope: TenantScope, development: RateDevelopment, revision: RateRevision, ties: TieOutResult | None) -> None:
    if revision.number == development.revision:
        development.move_to(Status.CALCULATED)
    revision.calculated_at = scope.now()
    revision.findings = []
    if ties is not None:
        revision.tie_exact, revision.tie_one_unit, revision.tie_differs = ties.exact, ties.one_unit, ties.differs
        revision.findings = [
            {"code": finding.code, "message": finding.message, "detail": dict(finding.detail)}
            for finding in ties.findings
        ]
    scope.record(
        "rate_development.calculated",
        development,
        revision=revision.number,
        exact=revision.tie_exact,
        one_unit=revision.tie_one_unit,
        differs=revision.tie_differs,
    )
