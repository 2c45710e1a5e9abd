"""Where the parts of a rate development are read from, for the planner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Date, DateTime, Numeric, any_, cast, exists, literal, select

from almoner.rates import tables
from almoner_graphql.planner.declare import Row, TableRow, rows_of


def _of_current_revision(development: Row, column: str) -> Any:
    revision = TableRow.of(tables.RateRevision, "its_revision")
    found = select(getattr(revision, column)).where(
        revision.tenant_id == development.tenant_id,
        revision.development_id == development.id,
        revision.number == development.revision,
    )
    return found.correlate(development.alias).scalar_subquery()


def current_revision(development: Row) -> Any:
    """The id of a development's current revision."""
    return _of_current_revision(development, "id")


def digest(development: Row) -> Any:
    """The digest of its current package."""
    return _of_current_revision(development, "package_digest")


def package_member(development: Row, name: str) -> Any:
    """A member of its current package, as jsonb."""
    package = TableRow.of(tables.RatePackage, "its_package")
    found = select(package.content[name]).where(
        package.tenant_id == development.tenant_id, package.revision_id == current_revision(development)
    )
    return found.correlate(development.alias).scalar_subquery()


def day(text: Any) -> Any:
    """A day that is stored as text in JSON."""
    return cast(text, Date)


def instant(text: Any) -> Any:
    """An instant that is stored as text in JSON."""
    return cast(text, DateTime(timezone=True))


def number(text: Any) -> Any:
    """A decimal number that is stored as text in JSON."""
    return cast(text, Numeric)


FIGURES_OF_DEVELOPMENT = rows_of(
    tables.RateFigure, lambda development, figure: figure.revision_id == current_revision(development)
)
CELLS_OF_REVISION = rows_of(
    tables.RateFigure,
    lambda revision, figure: (figure.revision_id == revision.id, figure.tie_out.is_not(None)),
)
INPUTS_OF_FIGURE = rows_of(
    tables.RateFigure,
    lambda figure, made_from: (
        made_from.revision_id == figure.revision_id,
        made_from.ordinal == any_(figure.inputs),
    ),
    order=lambda made_from: made_from.ordinal,
)
REVISIONS = rows_of(
    tables.RateRevision,
    lambda development, revision: revision.development_id == development.id,
    order=lambda revision: revision.number,
)
TIED_OUT_REVISION = rows_of(
    tables.RateRevision,
    lambda development, revision: (
        revision.id == current_revision(development),
        revision.tie_exact.is_not(None),
        revision.tie_one_unit.is_not(None),
        revision.tie_differs.is_not(None),
    ),
)
PACKAGE = rows_of(tables.RatePackage, lambda development, package: package.revision_id == current_revision(development))


def revision_number(figure: Row) -> Any:
    """The number of the revision that a figure was computed for."""
    revision = TableRow.of(tables.RateRevision, "its_revision")
    found = select(revision.number).where(revision.tenant_id == figure.tenant_id, revision.id == figure.revision_id)
    return found.correlate(figure.alias).scalar_subquery()


def figure_is_visible(figure: Row, permitted: Callable[[str, Row], Any]) -> Any:
    """A figure is seen by who may see its development."""
    revision = TableRow.of(tables.RateRevision, "its_revision")
    development = TableRow.of(tables.RateDevelopment, "its_development")
    return exists(
        select(literal(1))
        .select_from(revision.alias)
        .join(
            development.alias,
            (development.tenant_id == revision.tenant_id) & (development.id == revision.development_id),
        )
        .where(
            revision.tenant_id == figure.tenant_id,
            revision.id == figure.revision_id,
            permitted("rate_development:view", development),
        )
        .correlate(figure.alias)
    )


def with_package(development: Row, wanted: Any) -> Any:
    """A development that has a revision of exactly this package."""
    revision = TableRow.of(tables.RateRevision, "its_revision")
    return exists(
        select(literal(1))
        .where(
            revision.tenant_id == development.tenant_id,
            revision.development_id == development.id,
            revision.package_digest == wanted,
        )
        .correlate(development.alias)
    )
