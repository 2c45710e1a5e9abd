"""Where the parts of committees are read from, for the planner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Interval,
    Text,
    Uuid,
    and_,
    any_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import array

from almoner.authorization.permissions import Permission
from almoner.committees import tables
from almoner.committees.agenda import FORMAL
from almoner.committees.cover_sheet import REQUIRED, lacks_sql
from almoner.committees.deadlines import today_sql
from almoner.committees.recommendation_answers import open_sql
from almoner.committees.status import MeetingStatus
from almoner.committees.task_facts import one_of
from almoner.committees.tasks import Asker, tasks_of
from almoner.committees.words import ActionStatus
from almoner.core.tables import TenantTable
from almoner.organizations.tables import Organization
from almoner_graphql.planner.declare import Permitted
from almoner_graphql.planner.sources import NOW, SUBJECT, TENANT, Given, Row, Rows, Source, TableRow, rows_of
from almoner_graphql.planner.values import global_id

_WAS_HELD = (MeetingStatus.IN_SESSION, MeetingStatus.HELD, MeetingStatus.MINUTES_APPROVED)


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


_BY_A_SEEN_DECISION = seen_with(tables.Decision, "decision_id", Permission.DECISION_VIEW)


def told_by_decision(column: str) -> Callable[[Row, Permitted], Any]:
    """Reads a column that a decision has written, for who may see the decision."""

    def read(row: Row, permitted: Permitted) -> Any:
        return case((_BY_A_SEEN_DECISION(row, permitted), getattr(row, column)), else_=null())

    return read


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
        asked: ColumnElement[bool] = organization.id == any_(func.array(ids.scalar_subquery()))
        return asked

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
PAPERS = rows_of(
    tables.Paper,
    lambda item, paper: (paper.item_id == item.id, paper.withdrawn_at.is_(None)),
    order=lambda paper: paper.id,
)
RECOMMENDATIONS = rows_of(
    tables.Recommendation,
    lambda paper, recommendation: (recommendation.paper_id == paper.id, recommendation.withdrawn_at.is_(None)),
    order=lambda recommendation: recommendation.position,
)


def open_recommendations(meeting: Row, name: str, given: Given) -> Rows:
    """What waits for an answer of what papers on a meeting's agenda recommend, paper by paper."""

    def waits(parent: Row, recommendation: Row) -> tuple[ColumnElement[bool], ...]:
        paper: Row = TableRow.of(tables.Paper, f"{name}_papers")
        on_it = select(literal(1)).where(
            paper.tenant_id == recommendation.tenant_id,
            paper.id == recommendation.paper_id,
            paper.meeting_id == parent.id,
            paper.withdrawn_at.is_(None),
        )
        return (open_sql(recommendation), exists(on_it.correlate(parent.alias, recommendation.alias)))

    def paper_by_paper(recommendation: Row) -> tuple[ColumnElement[Any], ...]:
        return recommendation.paper_id, recommendation.position

    return rows_of(tables.Recommendation, waits, order=paper_by_paper)(meeting, name, given)


def action_matrix(meeting: Row, name: str, _given: Given) -> Rows:
    """The actions that a meeting reviews: raised earlier, and open or closed since the committee's meeting before it.

    Open ones come first, and of these the first that is due, so overdue ones do; then what the meeting hears was done.
    """
    action, before = TableRow.of(tables.Action, name), TableRow.of(tables.Meeting, "before")
    previous = (
        select(func.max(before.held_on))
        .where(
            before.tenant_id == meeting.tenant_id,
            before.committee_id == meeting.committee_id,
            before.starts_at < meeting.starts_at,
            one_of(before.status, _WAS_HELD),
        )
        .correlate(meeting.alias)
        .scalar_subquery()
    )
    conditions = (
        action.tenant_id == meeting.tenant_id,
        action.committee_id == meeting.committee_id,
        action.raised_on < meeting.held_on,
        # No coalesce around the column: an index knows nothing of that.
        or_(
            action.closed_on.is_(None), action.closed_on >= func.coalesce(previous, literal_column("'-infinity'::date"))
        ),
    )
    return Rows(action, action.alias, conditions, (action.closed_on.is_not(None), action.due_on, action.id))


def is_overdue(action: Row) -> Any:
    """Whether an action is open after its last day, by the tenant's clocks."""
    # Not of the action's row, though it is the same: so it is read once, and not for each action.
    return and_(action.status == ActionStatus.OPEN, action.due_on < today_sql(TENANT, NOW))


def tasks(_root: Row, name: str, permitted: Permitted) -> Rows:
    """What the viewer must do; see `almoner.committees.tasks`."""
    listed = tasks_of(Asker(TENANT, SUBJECT, NOW, permitted)).subquery(name)
    return Rows(listed.c, listed)


MY_REMINDERS = rows_of(tables.Reminder, lambda _root, reminder: reminder.subject_id == SUBJECT)


def missing_of(paper: Row) -> Any:
    """What a paper still lacks, as `cover_sheet.missing` says it of rows."""
    lacking: list[Any] = [case((lacks_sql(each, paper), each.name)) for each in REQUIRED]
    return func.array_to_json(func.array_remove(array(lacking, type_=Text), null()))


def agenda_minutes(meeting: Row, permitted: Permitted) -> Any:
    """The sum of the minutes of those items of a meeting's formal part that the viewer may see."""
    item = TableRow.of(tables.AgendaItem, "allotted")
    found = select(cast(func.coalesce(func.sum(item.minutes_allotted), 0), Integer)).where(
        item.tenant_id == meeting.tenant_id,
        item.meeting_id == meeting.id,
        item.withdrawn_at.is_(None),
        permitted(Permission.AGENDA_ITEM_VIEW, item),
        one_of(item.section, sorted(FORMAL)),
    )
    return found.correlate(meeting.alias).scalar_subquery()


def seats_filled(seat: Row) -> Any:
    """How many people hold a seat today, by the calendar of the tenant's time zone."""
    # Not of the seat's row, though it is the same: so it is read once, and not for each seat.
    today = today_sql(TENANT, NOW)
    held = TableRow.of(tables.Appointment, "held")
    found = select(cast(func.count(), Integer)).where(
        held.tenant_id == seat.tenant_id,
        held.seat_id == seat.id,
        held.begins_on <= today,
        or_(held.ends_on.is_(None), held.ends_on > today),
    )
    return func.coalesce(found.correlate(seat.alias).scalar_subquery(), 0)
