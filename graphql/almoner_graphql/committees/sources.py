"""Where the parts of committees are read from, for the planner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Integer, Interval, Uuid, any_, cast, exists, func, literal, or_, select
from sqlalchemy.sql.elements import literal_column

from almoner.authorization.permissions import Permission
from almoner.committees import tables
from almoner.core.tables import TenantTable
from almoner.organizations.tables import Organization
from almoner_graphql.planner.declare import Permitted
from almoner_graphql.planner.sources import NOW, Given, Row, Rows, Source, TableRow, rows_of
from almoner_graphql.planner.values import global_id


def parts(table: type[TenantTable], column: str, *, order: str = "id") -> Source:
    """The rows of a table whose column names the parent's row."""
    return rows_of(table, lambda parent, row: getattr(row, column) == parent.id, order=lambda row: getattr(row, order))


def its(table: type[TenantTable], column: str) -> Source:
    """The row that a column of the parent's row names."""
    return rows_of(table, lambda parent, row: row.id == getattr(parent, column))


def subject(column: str) -> Callable[[Row], Any]:
    """Reads the id of the account in a column, as everything names it."""
    return lambda row: global_id("Subject", getattr(row, column))


def seen_with(table: type[TenantTable], column: str, permission: str) -> Callable[[Row, Permitted], Any]:
    """A row is seen by who may see the row of another table that its column names."""

    def visible(row: Row, permitted: Permitted) -> Any:
        parent = TableRow.of(table, "seen_with")
        found = select(literal(1)).where(
            parent.tenant_id == row.tenant_id, parent.id == getattr(row, column), permitted(permission, parent)
        )
        return exists(found.correlate(row.alias))

    return visible


def of_a_seen_paper(document: Row, permitted: Permitted) -> Any:
    """A document is seen by who may see a paper that it is attached to."""
    paper = TableRow.of(tables.Paper, "its_paper")
    found = select(literal(1)).where(
        paper.tenant_id == document.tenant_id,
        paper.document_id == document.id,
        permitted(Permission.PAPER_VIEW, paper),
    )
    return exists(found.correlate(document.alias))


def asked_bodies(paper: Row, name: str, given: Given) -> Rows:
    """The organizations that a paper names as those that a decision is to bind."""
    ids = select(cast(func.jsonb_array_elements_text(paper.asks_bodies), Uuid)).correlate(paper.alias)

    def is_asked(_paper: Row, organization: Row) -> ColumnElement[bool]:
        return organization.id == any_(func.array(ids.scalar_subquery()))

    return rows_of(Organization, is_asked, order=lambda organization: organization.code)(paper, name, given)


def ends_at(meeting: Row) -> Any:
    """When a meeting ends if it takes the time that is allotted to it."""
    minute = cast(literal_column("'1 minute'"), Interval)
    return meeting.starts_at + meeting.minutes_allotted * minute


def of_organization(column: str) -> Callable[[Row], Any]:
    """Reads a column of the organization that a committee is."""

    def read(committee: Row) -> Any:
        organization = TableRow.of(Organization, "that_it_is")
        found = select(getattr(organization, column)).where(
            organization.tenant_id == committee.tenant_id, organization.id == committee.id
        )
        return found.correlate(committee.alias).scalar_subquery()

    return read


def terms_in_force(committee: Row, name: str, given: Given) -> Rows:
    """The version of the terms of reference that came into force last."""

    def is_in_force(parent: Row, terms: Row) -> tuple[ColumnElement[bool], ...]:
        return (terms.committee_id == parent.id, terms.in_force_at <= NOW)

    source = rows_of(tables.TermsOfReference, is_in_force, order=lambda terms: terms.in_force_at.desc(), limit=1)
    return source(committee, name, given)


AGENDA = rows_of(
    tables.AgendaItem,
    lambda meeting, item: (item.meeting_id == meeting.id, item.withdrawn_at.is_(None)),
    order=lambda item: item.position,
)
PAPERS = rows_of(tables.Paper, lambda item, paper: (paper.item_id == item.id, paper.withdrawn_at.is_(None)))
#: The actions that a meeting reviews: raised earlier, and not closed before it. The first that is due comes first.
ACTION_MATRIX = rows_of(
    tables.Action,
    lambda meeting, action: (
        action.committee_id == meeting.committee_id,
        action.raised_on < meeting.held_on,
        # And not by a coalesce, which no index knows.
        or_(action.closed_on.is_(None), action.closed_on >= meeting.held_on),
    ),
    order=lambda action: action.due_on,
)


def agenda_minutes(meeting: Row) -> Any:
    """The sum of the minutes that are allotted to a meeting's items."""
    item = TableRow.of(tables.AgendaItem, "allotted")
    found = select(cast(func.coalesce(func.sum(item.minutes_allotted), 0), Integer)).where(
        item.tenant_id == meeting.tenant_id, item.meeting_id == meeting.id, item.withdrawn_at.is_(None)
    )
    return found.correlate(meeting.alias).scalar_subquery()
