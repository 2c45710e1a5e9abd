"""Certifying calculated rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.duties import insist_on_another_person
from almoner.authorization.permissions import Permission
from almoner.core.errors import Invalid, Problem
from almoner.core.numbers import plain
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank
from almoner.rates.figures import Exhibit, RateColumn
from almoner.rates.read import get_revision
from almoner.rates.rules import rules_in_force
from almoner.rates.status import Status
from almoner.rates.tables import RateDevelopment, RateFigure, RateRevision

#: 42 CFR 438.4(c): the upper bound of a certified rate range is at most 5 % above the lower bound.
WIDEST_RANGE = Decimal("1.05")


async def certify_rate_development(
    scope: TenantScope,
    development_id: UUID,
    *,
    reliance: str,
    limits_of_use: str,
    qualification: str,
    justifications: Mapping[str, str],
) -> RateDevelopment:
    """Freeze a calculated development as certified, with the statements that belong to a certification.

    Args:
        reliance: on whose data the rates rely, and who answers for them.
        limits_of_use: what the rates may not be used for.
        qualification: the actuary's, for example membership of the American Academy of Actuaries.
        justifications: for each rate cell (by code) that rises or falls by more than the tenant's limit, why.

    Raises:
        NotFound: no such development that the viewer may see.
        Denied: the viewer lacks `rate_development:certify`, or has submitted the current revision.
        Invalid: a range is too wide (42 CFR 438.4(c)), a justification is missing, a statement is blank; all at once.
        Conflict: it is not calculated.
    """
    development = await scope.get(RateDevelopment, development_id, Permission.RATE_DEVELOPMENT_VIEW, lock=True)
    scope.require(Permission.RATE_DEVELOPMENT_CERTIFY, development)
    development.move_to(Status.CERTIFIED)
    revision = await get_revision(scope, development, None)
    insist_on_another_person(scope, revision.submitted_by, act="certify what you submitted yourself")
    limit = (await rules_in_force(scope)).change_limit
    statements = {"reliance": reliance, "limitsOfUse": limits_of_use, "qualification": qualification}
    problems = [
        Problem("STATEMENT_MISSING", f"A certification states its {name}.", (name,))
        for name, text in statements.items()
        if is_blank(text)
    ]
    problems += check_ranges(await _figures(scope, revision, Exhibit.B, ("rate", "statewideRate")))
    problems += check_justifications(await _figures(scope, revision, Exhibit.A, ("rateChange",)), justifications, limit)
    if problems:
        raise Invalid(problems)
    development.certified_by = scope.viewer.subject_id
    development.certified_at = scope.now()
    revision.certification = {
        **{name: text.strip() for name, text in statements.items()},
        "justifications": {cell: text.strip() for cell, text in justifications.items()},
        "changeLimit": plain(limit),
        "rangeCriteria": "42 CFR 438.4(c)",
        "certifiedBy": str(development.certified_by),
        "certifiedAt": scope.now().isoformat(),
    }
    scope.record(
        "rate_development.certified",
        development,
        revision=revision.number,
        package_digest=revision.package_digest,
        range_criteria="42 CFR 438.4(c)",
    )
    return development


async def _figures(
    scope: TenantScope, revision: RateRevision, exhibit: Exhibit, lines: Sequence[str]
) -> Sequence[RateFigure]:
    query = (
        select(RateFigure)
        .where(
            col(RateFigure.tenant_id) == scope.tenant_id,
            col(RateFigure.revision_id) == revision.id,
            col(RateFigure.exhibit) == exhibit,
            col(RateFigure.line).in_(lines),
        )
        .order_by(col(RateFigure.ordinal))
    )
    return (await scope.session.execute(query)).scalars().all()


def check_ranges(figures: Sequence[RateFigure]) -> list[Problem]:
    """A problem for each rate whose upper bound exceeds 1.05 x its lower bound (42 CFR 438.4(c))."""
    bounds: dict[tuple[str | None, str | None], dict[str | None, Decimal]] = {}
    for figure in figures:
        bounds.setdefault((figure.rate_cell, figure.contractor), {})[figure.rate_column] = figure.value
    return [
        Problem(
            "RANGE_TOO_WIDE",
            f"The range of {cell}{f', {contractor}' if contractor else ' statewide'} is wider than 5 % of its lower "
            "bound (42 CFR 438.4(c)); narrow rangeHalfWidth and resubmit.",
            ("rateCells", str(cell)),
        )
        for (cell, contractor), ends in bounds.items()
        if ends[RateColumn.HIGH] > WIDEST_RANGE * ends[RateColumn.LOW]
    ]


def check_justifications(
    changes: Sequence[RateFigure], justifications: Mapping[str, str], limit: Decimal
) -> list[Problem]:
    """A problem for each rate cell whose rate changes by more than the limit without a justification.

    Args:
        changes: the `rateChange` figures of exhibit A; a rate cell's own is the one without a contractor.
    """
    cells = {figure.rate_cell: figure for figure in changes if figure.contractor is None}
    problems = [
        Problem("UNKNOWN_RATE_CELL", f"There is no rate cell {cell} to justify.", ("justifications", cell))
        for cell in justifications
        if cell not in cells
    ]
    problems += [
        Problem(
            "JUSTIFICATION_MISSING",
            f"{cell} changes by {figure.display}, more than {plain(limit * 100)} %; say why.",
            ("justifications", str(cell)),
        )
        for cell, figure in cells.items()
        if abs(figure.value) > limit and is_blank(justifications.get(str(cell), ""))
    ]
    return problems
