"""Where the parts of a rate development are read from, for the planner."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Numeric, and_, any_, cast, exists, func, literal, select, true

from almoner.rates import tables
from almoner.rates.rules import DEFAULT_CHANGE_LIMIT
from almoner_graphql.planner.declare import Permitted
from almoner_graphql.planner.sources import Given, Row, Rows, TableRow, rows_of


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


def _revision(development: Row, given: Given) -> Any:
    """The id of the revision whose number is given, or of the current one."""
    if "revision" not in given:
        return current_revision(development)
    revision = TableRow.of(tables.RateRevision, "wanted_revision")
    found = select(revision.id).where(
        revision.tenant_id == development.tenant_id,
        revision.development_id == development.id,
        revision.number == given["revision"],
    )
    return found.correlate(development.alias).scalar_subquery()


def figures_of_development(development: Row, name: str, given: Given) -> Rows:
    """The figures of the revision that is asked for."""
    wanted = _revision(development, given)
    return rows_of(tables.RateFigure, lambda _parent, figure: figure.revision_id == wanted)(development, name, given)


def tied_out_revision(development: Row, name: str, given: Given) -> Rows:
    """The revision that is asked for, if it has been compared with a printed letter."""
    wanted = _revision(development, given)

    def tied_out(_parent: Row, revision: Row) -> tuple[ColumnElement[bool], ...]:
        counts = (revision.tie_exact, revision.tie_one_unit, revision.tie_differs)
        return (revision.id == wanted, *(count.is_not(None) for count in counts))

    return rows_of(tables.RateRevision, tied_out)(development, name, given)


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
PACKAGE = rows_of(tables.RatePackage, lambda development, package: package.revision_id == current_revision(development))


def revision_number(figure: Row) -> Any:
    """The number of the revision that a figure was computed for."""
    revision = TableRow.of(tables.RateRevision, "its_revision")
    found = select(revision.number).where(revision.tenant_id == figure.tenant_id, revision.id == figure.revision_id)
    return found.correlate(figure.alias).scalar_subquery()


def figure_is_visible(figure: Row, permitted: Permitted) -> Any:
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


def developments_with_package(parent: Row, name: str, given: Given) -> Rows:
    """All developments, or those with a revision of exactly the package whose digest is given."""

    def with_package(_parent: Row, development: Row) -> ColumnElement[bool] | tuple[ColumnElement[bool], ...]:
        if "package_digest" not in given:
            return ()
        revision = TableRow.of(tables.RateRevision, "its_revision")
        return exists(
            select(literal(1))
            .where(
                revision.tenant_id == development.tenant_id,
                revision.development_id == development.id,
                revision.package_digest == given["package_digest"],
            )
            .correlate(development.alias)
        )

    return rows_of(tables.RateDevelopment, with_package)(parent, name, given)


def rules_in_force(parent: Row, name: str, _given: Given) -> Rows:
    """The tenant's rules for its rates, or the defaults."""
    rules = TableRow.of(tables.RateRules, f"{name}_set")
    limit = select(rules.change_limit).where(rules.tenant_id == parent.tenant_id).scalar_subquery()
    default = literal(DEFAULT_CHANGE_LIMIT, Numeric)
    table = select(func.coalesce(limit, default).label("change_limit")).subquery(name)
    return Rows(table.c, table)


# --- comparing two revisions ---------------------------------------------------------------------------------------

_LINE = ("exhibit", "rate_cell", "contractor", "line", "rate_column")


def compared_figures(parent: Row, name: str, given: Given) -> Rows:
    """The lines of two revisions side by side; a line that only one has keeps a place between its neighbours."""
    before = _figures(parent, given["id"], given["before_revision"], f"{name}_before")
    after = _figures(parent, given["id"], given["after_revision"], f"{name}_after")
    # A full join wants comparisons that can be hashed, and codes are never empty.
    same = and_(*(func.coalesce(before.c[key], "") == func.coalesce(after.c[key], "") for key in _LINE))
    changed = before.c.value.is_distinct_from(after.c.value) if given.get("changed_only") else true()
    table = (
        select(
            *(func.coalesce(after.c[key], before.c[key]).label(key) for key in _LINE),
            before.c.value.label("before"),
            before.c.display.label("before_display"),
            after.c.value.label("after"),
            after.c.display.label("after_display"),
            (after.c.value - before.c.value).label("difference"),
            func.coalesce(after.c.ordinal * 2 + 1, before.c.ordinal * 2).label("place"),
        )
        .select_from(before.join(after, onclause=same, full=True))
        .where(changed)
        .subquery(name)
    )
    return Rows(table.c, table)


def _figures(parent: Row, development_id: Any, number_: Any, name: str) -> Any:
    figure = TableRow.of(tables.RateFigure, f"{name}_figure")
    revision = TableRow.of(tables.RateRevision, f"{name}_revision")
    return (
        select(*(getattr(figure, key) for key in (*_LINE, "value", "display", "ordinal")))
        .where(
            figure.tenant_id == parent.tenant_id,
            figure.revision_id
            == select(revision.id)
            .where(
                revision.tenant_id == parent.tenant_id,
                revision.development_id == development_id,
                revision.number == number_,
            )
            .scalar_subquery(),
        )
        .subquery(name)
    )


def can_be_compared(parent: Row, given: Given, permitted: Permitted) -> ColumnElement[bool]:
    """The viewer may see the development, and both revisions are there."""
    development = TableRow.of(tables.RateDevelopment, "compared_development")
    seen = exists(
        select(literal(1)).where(
            development.tenant_id == parent.tenant_id,
            development.id == given["id"],
            permitted("rate_development:view", development),
        )
    )
    return and_(
        seen, *(_has_revision(parent, given["id"], given[key]) for key in ("before_revision", "after_revision"))
    )


def _has_revision(parent: Row, development_id: Any, number_: Any) -> ColumnElement[bool]:
    revision = TableRow.of(tables.RateRevision, "compared_revision")
    return exists(
        select(literal(1)).where(
            revision.tenant_id == parent.tenant_id,
            revision.development_id == development_id,
            revision.number == number_,
        )
    )
