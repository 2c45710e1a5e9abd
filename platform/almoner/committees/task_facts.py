"""Conditions that tasks follow from, each about the rows that a select reads: see `tasks.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlmodel import col

from almoner.committees.conflicts import CONSEQUENCES
from almoner.committees.deadlines import rule_sql
from almoner.committees.recommendation_answers import open_sql
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import (
    AgendaItem,
    Appointment,
    Attendance,
    AttendanceSpan,
    Ballot,
    Meeting,
    Paper,
    Recommendation,
    Seat,
    Vote,
)
from almoner.committees.tables import ConflictDeclaration as Declaration
from almoner.committees.words import SeatVote
from almoner.core.tables import TenantTable

_TO_COME = (
    MeetingStatus.PLANNED,
    MeetingStatus.NOTICE_GIVEN,
    MeetingStatus.AGENDA_PUBLISHED,
    MeetingStatus.IN_SESSION,
)

#: The rulings on a conflict with which somebody votes.
_VOTING = [ruling for ruling, follows in CONSEQUENCES.items() if ruling is not None and follows.votes]


def one_of(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """Whether a column has one of these values: `in` is written out when a statement is run, and plans are before."""
    return or_(*(column == value for value in values))


def there_is(table: type[TenantTable], *conditions: Any) -> ColumnElement[bool]:
    """Whether there is a row of a table, of the tenant of the rows around it by row-level security and its keys."""
    # Everything else is a row around it, however far out; left alone, SQLAlchemy looks at the next select only.
    return select(literal(1)).select_from(table).where(*conditions).correlate_except(table).exists()


def _appointed() -> tuple[ColumnElement[bool], ...]:
    """Appointments to the meeting's committee on its day, as `presence.seated` has it."""
    return (
        col(Appointment.tenant_id) == col(Meeting.tenant_id),
        col(Appointment.committee_id) == col(Meeting.committee_id),
        col(Appointment.begins_on) <= col(Meeting.held_on),
        or_(col(Appointment.ends_on).is_(None), col(Appointment.ends_on) > col(Meeting.held_on)),
        col(Appointment.ended_at).is_(None),
    )


def _spans() -> tuple[ColumnElement[bool], ...]:
    """The times of the attendance, but for those that were over before the meeting was opened."""
    return (
        col(AttendanceSpan.tenant_id) == col(Attendance.tenant_id),
        col(AttendanceSpan.attendance_id) == col(Attendance.id),
        or_(col(AttendanceSpan.left_at).is_(None), col(AttendanceSpan.left_at) > col(Meeting.opened_at)),
    )


def _attendance() -> tuple[ColumnElement[bool], ...]:
    """The attendance of the appointment at the meeting."""
    return (
        col(Attendance.tenant_id) == col(Appointment.tenant_id),
        col(Attendance.meeting_id) == col(Meeting.id),
        col(Attendance.appointment_id) == col(Appointment.id),
    )


def unrecorded() -> ColumnElement[bool]:
    """Of somebody who is appointed on the meeting's day it is recorded neither that they came nor apologies."""
    came = there_is(AttendanceSpan, *_spans())
    known = or_(col(Attendance.is_present), col(Attendance.apologies_at).is_not(None), came)
    return there_is(Appointment, *_appointed(), ~there_is(Attendance, *_attendance(), known))


def attended(subject: Any) -> ColumnElement[bool]:
    """Somebody was in the room of the meeting, for a seat of their own or as a substitute."""
    theirs = or_(
        and_(col(AttendanceSpan.substitute).is_(None), col(Appointment.subject_id) == subject),
        col(AttendanceSpan.substitute_id) == subject,
    )
    found = (
        select(literal(1))
        .select_from(Appointment, Attendance, AttendanceSpan)
        .where(*_attendance(), *_spans(), theirs, col(Appointment.tenant_id) == col(Meeting.tenant_id))
    )
    return found.correlate_except(Appointment, Attendance, AttendanceSpan).exists()


def may_vote(subject: Any, now: Any) -> ColumnElement[bool]:
    """Somebody represents a voting seat in the room, without a conflict that keeps them from it, and has not voted.

    As `voters.place_to_vote_from` and `conflicts.CONSEQUENCES` have it for ballots, which a test compares.
    """
    represents = or_(
        and_(col(Attendance.substitute).is_(None), col(Appointment.subject_id) == subject),
        and_(col(Attendance.substitute_id) == subject, rule_sql("substitutesVote", now, otherwise="true") == "true"),
    )
    place = (
        select(col(Appointment.id))
        .select_from(Appointment, Attendance, Seat)
        .where(
            *_appointed(),
            *_attendance(),
            col(Attendance.is_present),
            col(Seat.tenant_id) == col(Appointment.tenant_id),
            col(Seat.id) == col(Appointment.seat_id),
            col(Seat.vote) == SeatVote.VOTING.value,
            represents,
        )
        # Of several, the one that a ballot is cast from.
        .order_by(col(Appointment.id))
        .limit(1)
        .correlate_except(Appointment, Attendance, Seat)
        .scalar_subquery()
    )
    kept = there_is(
        Declaration,
        col(Declaration.tenant_id) == col(Vote.tenant_id),
        col(Declaration.item_id) == col(Vote.item_id),
        col(Declaration.subject_id) == subject,
        or_(col(Declaration.ruling).is_(None), ~one_of(col(Declaration.ruling), _VOTING)),
    )
    voted = there_is(
        Ballot,
        col(Ballot.tenant_id) == col(Vote.tenant_id),
        col(Ballot.vote_id) == col(Vote.id),
        or_(col(Ballot.subject_id) == subject, col(Ballot.appointment_id) == place),
    )
    return and_(place.is_not(None), ~kept, ~voted)


def waits_for_an_item() -> ColumnElement[bool]:
    """Something that papers of the agenda item recommend is open, and no item of a meeting to come carries it."""
    carrying = AgendaItem.__table__.alias("carrying")  # type: ignore[attr-defined]
    later = Meeting.__table__.alias("carrying_meeting")  # type: ignore[attr-defined]
    carried = (
        select(literal(1))
        .select_from(carrying, later)
        .where(
            carrying.c.tenant_id == col(AgendaItem.tenant_id),
            carrying.c.carries_id == col(AgendaItem.id),
            carrying.c.withdrawn_at.is_(None),
            later.c.tenant_id == carrying.c.tenant_id,
            later.c.id == carrying.c.meeting_id,
            one_of(later.c.status, _TO_COME),
        )
        .correlate_except(carrying, later)
        .exists()
    )
    waiting = (
        select(literal(1))
        .select_from(Paper, Recommendation)
        .where(
            col(Paper.tenant_id) == col(AgendaItem.tenant_id),
            col(Paper.item_id) == col(AgendaItem.id),
            col(Paper.withdrawn_at).is_(None),
            col(Recommendation.tenant_id) == col(Paper.tenant_id),
            col(Recommendation.paper_id) == col(Paper.id),
            open_sql(Recommendation),
        )
        .correlate_except(Paper, Recommendation)
        .exists()
    )
    return and_(waiting, ~carried)


def next_meeting() -> Any:
    """The day of the committee's next meeting after the one that is read, if one is planned."""
    later = Meeting.__table__.alias("later")  # type: ignore[attr-defined]
    return (
        select(func.min(later.c.held_on))
        .where(
            later.c.tenant_id == col(Meeting.tenant_id),
            later.c.committee_id == col(Meeting.committee_id),
            later.c.starts_at > col(Meeting.starts_at),
            one_of(later.c.status, _TO_COME),
        )
        .correlate(Meeting)
        .scalar_subquery()
    )
