"""What somebody must do, as one select: derived from what stands in the records, so that nothing is ever out of date.

Each part below is one kind of task. Who has it is decided by casbin alone, through `Asker.permitted`: the permission
of the verb that does it, and the one to see what it is about. Beside that, `CAST_BALLOT` asks who sits or sits in for
whom (`attendance`, `appointment`, `seat`), `READ_MINUTES` who was there, `COMPLETE_PAPER` and `CARRY_OUT_ACTION` whose
the paper or the action is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.sql.elements import False_
from sqlmodel import col

from almoner.authorization.permissions import Permission
from almoner.committees.cover_sheet import incomplete_sql
from almoner.committees.deadlines import last_day_sql, today_sql
from almoner.committees.status import MeetingStatus, MinutesStatus
from almoner.committees.tables import (
    Action,
    AgendaItem,
    Committee,
    CommitteeBody,
    CommitteeDelegation,
    DelegationAdoption,
    DelegationItem,
    DelegationRefusal,
    Meeting,
    Minutes,
    Paper,
    PublicQuestion,
    Referral,
    TermsApproval,
    TermsOfReference,
    Vote,
)
from almoner.committees.tables import ConflictDeclaration as Declaration
from almoner.committees.task_facts import (
    attended,
    may_vote,
    next_meeting,
    one_of,
    there_is,
    unrecorded,
    waits_for_an_item,
)
from almoner.committees.words import ActionStatus, CommitteeTaskKind, ReminderKind
from almoner.core.tables import TenantTable
from almoner.organizations.tables import Organization

#: Before an agenda is published.
_OPEN_AGENDA = (MeetingStatus.PLANNED, MeetingStatus.NOTICE_GIVEN)
#: When somebody may still be asked about interests.
_RULED_IN = (MeetingStatus.AGENDA_PUBLISHED, MeetingStatus.IN_SESSION)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as values or as parameters of a statement.

    Attributes:
        permitted: the rows of a table for which they hold a permission, as a condition, the tenant included.
    """

    tenant: Any
    subject: Any
    now: Any
    permitted: Callable[[str, Any], ColumnElement[bool]]

    def may(self, see: str, act: str, row: Any) -> ColumnElement[bool]:
        """Whether they see the row of a table, and may do something with it."""
        return self.permitted(see, row) & self.permitted(act, row)

    def of_meeting(self, row: Any) -> ColumnElement[bool]:
        """Whether the meeting that is joined is the one of a row, in the tenant."""
        return and_(
            col(row.tenant_id) == self.tenant,
            col(Meeting.tenant_id) == self.tenant,
            col(Meeting.id) == col(row.meeting_id),
        )


def tasks_of(asker: Asker) -> CompoundSelect[Any]:
    """All that somebody must do: `kind`, `due_on`, `about_type`, `about_id`, `title`, `place`.

    `place` is unique among somebody's tasks, and sorts those that are due first to the front, those without a day to
    the end.
    """
    parts = [part for several in _PARTS for part in several(asker)]
    # What somebody lacks the permission for is left out of the statement.
    theirs = [part for part in parts if not _is_empty(part)]
    return union_all(*(theirs or parts[:1]))


def _is_empty(part: Select[Any]) -> bool:
    """Whether the conditions of a part cannot hold, which SQLAlchemy makes one constant of."""
    conditions = part.whereclause
    return isinstance(getattr(conditions, "element", conditions), False_)


def _task(
    kind: CommitteeTaskKind, about: type[TenantTable], title: Any, due: Any = None, also: Any = ""
) -> Select[Any]:
    """The columns of a task about a row of a table; `also` tells two about the same row apart."""
    due_on = cast(null() if due is None else due, Date)
    day = func.coalesce(func.to_char(due_on, "YYYY-MM-DD"), "9999-99-99")
    chosen: list[Any] = [
        literal(kind.value, Text).label("kind"),
        due_on.label("due_on"),
        literal(about.__name__, Text).label("about_type"),
        col(about.id).label("about_id"),
        cast(title, Text).label("title"),
        cast(func.concat(day, " ", kind.value, " ", col(about.id), " ", also), Text).label("place"),
    ]
    return select(*chosen)


def _before_a_meeting(asker: Asker) -> list[Select[Any]]:
    notice, papers = (last_day_sql(kind, asker.now) for kind in (ReminderKind.NOTICE_DUE, ReminderKind.PAPER_DUE))
    to_write = (
        asker.of_meeting(Paper),
        asker.may(Permission.PAPER_VIEW, Permission.PAPER_WRITE, Paper),
        col(Paper.withdrawn_at).is_(None),
        one_of(col(Meeting.status), _OPEN_AGENDA),
        incomplete_sql(Paper),
    )
    mine = col(Paper.author_id) == asker.subject
    title = col(Paper.title)
    return [
        _task(CommitteeTaskKind.GIVE_NOTICE, Meeting, func.concat("Give notice of ", _meeting()), notice).where(
            asker.may(Permission.MEETING_VIEW, Permission.MEETING_GIVE_NOTICE, Meeting),
            col(Meeting.status) == MeetingStatus.PLANNED,
        ),
        _task(
            CommitteeTaskKind.PUBLISH_AGENDA, Meeting, func.concat("Publish the agenda of ", _meeting()), papers
        ).where(
            asker.may(Permission.MEETING_VIEW, Permission.MEETING_PUBLISH_AGENDA, Meeting),
            col(Meeting.status) == MeetingStatus.NOTICE_GIVEN,
        ),
        _task(CommitteeTaskKind.COMPLETE_PAPER, Paper, func.concat("Complete your paper: ", title), papers).where(
            *to_write, mine
        ),
        _task(
            CommitteeTaskKind.CHASE_PAPER, Paper, func.concat("See that a paper is completed: ", title), papers
        ).where(*to_write, ~mine),
        _task(CommitteeTaskKind.OPEN_MEETING, Meeting, func.concat("Open ", _meeting()), col(Meeting.held_on)).where(
            asker.may(Permission.MEETING_VIEW, Permission.MEETING_OPEN, Meeting),
            col(Meeting.status) == MeetingStatus.AGENDA_PUBLISHED,
            col(Meeting.held_on) <= today_sql(asker.tenant, asker.now),
        ),
    ]


def _meeting() -> Any:
    return func.concat(col(Meeting.title), ", ", func.to_char(col(Meeting.held_on), "YYYY-MM-DD"))


def _in_a_meeting(asker: Asker) -> list[Select[Any]]:
    held_on = col(Meeting.held_on)
    return [
        _task(
            CommitteeTaskKind.RECORD_ATTENDANCE, Meeting, func.concat("Record who attends ", _meeting()), held_on
        ).where(
            asker.may(Permission.MEETING_VIEW, Permission.ATTENDANCE_RECORD, Meeting),
            col(Meeting.status) == MeetingStatus.IN_SESSION,
            unrecorded(),
        ),
        _task(CommitteeTaskKind.RULE_ON_CONFLICT, Declaration, "Rule on a conflict of interest", held_on).where(
            asker.of_meeting(Declaration),
            asker.may(Permission.CONFLICT_DECLARATION_VIEW, Permission.CONFLICT_DECLARATION_RULE, Declaration),
            col(Declaration.ruling).is_(None),
            one_of(col(Meeting.status), _RULED_IN),
        ),
        _task(CommitteeTaskKind.CAST_BALLOT, Vote, func.concat("Vote: ", col(Vote.motion)), held_on).where(
            asker.of_meeting(Vote),
            asker.may(Permission.VOTE_VIEW, Permission.BALLOT_CAST, Vote),
            col(Vote.closed_at).is_(None),
            col(Meeting.status) == MeetingStatus.IN_SESSION,
            may_vote(asker.subject, asker.now),
        ),
        _task(CommitteeTaskKind.CLOSE_VOTE, Vote, func.concat("Close the vote: ", col(Vote.motion)), held_on).where(
            asker.of_meeting(Vote),
            asker.may(Permission.VOTE_VIEW, Permission.VOTE_CLOSE, Vote),
            col(Vote.closed_at).is_(None),
        ),
        _task(CommitteeTaskKind.ANSWER_QUESTION, PublicQuestion, "Answer a question from the public", held_on).where(
            asker.of_meeting(PublicQuestion),
            asker.may(Permission.PUBLIC_QUESTION_VIEW, Permission.PUBLIC_QUESTION_ANSWER, PublicQuestion),
            col(PublicQuestion.answered_at).is_(None),
            col(Meeting.status) != MeetingStatus.CANCELLED,
        ),
    ]


def _after_a_meeting(asker: Asker) -> list[Select[Any]]:
    later = next_meeting()
    circulated = (asker.of_meeting(Minutes), col(Minutes.status) == MinutesStatus.CIRCULATED)
    has_minutes = there_is(Minutes, col(Minutes.meeting_id) == col(Meeting.id))
    draft, circulate = "Draft the minutes of ", "Circulate the minutes of "
    return [
        _task(CommitteeTaskKind.DRAFT_MINUTES, Meeting, func.concat(draft, _meeting()), later).where(
            asker.may(Permission.MEETING_VIEW, Permission.MINUTES_WRITE, Meeting),
            col(Meeting.status) == MeetingStatus.HELD,
            ~has_minutes,
        ),
        _task(CommitteeTaskKind.CIRCULATE_MINUTES, Minutes, func.concat(circulate, _meeting()), later).where(
            asker.of_meeting(Minutes),
            asker.may(Permission.MINUTES_VIEW, Permission.MINUTES_WRITE, Minutes),
            col(Minutes.status) == MinutesStatus.DRAFTED,
        ),
        _task(CommitteeTaskKind.READ_MINUTES, Minutes, func.concat("Read the minutes of ", _meeting()), later).where(
            *circulated,
            asker.may(Permission.MINUTES_VIEW, Permission.MINUTES_AMEND, Minutes),
            attended(asker.subject),
        ),
        _task(
            CommitteeTaskKind.APPROVE_MINUTES, Minutes, func.concat("Have minutes approved: ", _meeting()), later
        ).where(*circulated, asker.may(Permission.MINUTES_VIEW, Permission.MINUTES_APPROVE, Minutes)),
        _task(
            CommitteeTaskKind.BRING_BACK,
            AgendaItem,
            func.concat("Bring back what is open: ", col(AgendaItem.title)),
            later,
        ).where(
            asker.of_meeting(AgendaItem),
            asker.may(Permission.AGENDA_ITEM_VIEW, Permission.AGENDA_ITEM_WRITE, AgendaItem),
            one_of(col(Meeting.status), (MeetingStatus.HELD, MeetingStatus.MINUTES_APPROVED)),
            waits_for_an_item(),
        ),
        _task(
            CommitteeTaskKind.CARRY_OUT_ACTION,
            Action,
            func.concat(col(Action.reference), " ", col(Action.subject)),
            col(Action.due_on),
        ).where(
            asker.may(Permission.ACTION_VIEW, Permission.ACTION_REPORT, Action),
            col(Action.owner_id) == asker.subject,
            col(Action.status) == ActionStatus.OPEN,
        ),
    ]


def _of_bodies(asker: Asker) -> list[Select[Any]]:
    """What officers decide for their bodies: the permission is asked for the body, where the role is held."""
    today = today_sql(asker.tenant, asker.now)
    newer = TermsOfReference.__table__.alias("newer")  # type: ignore[attr-defined]
    in_force = select(literal(1)).where(
        newer.c.tenant_id == asker.tenant,
        newer.c.committee_id == col(TermsOfReference.committee_id),
        newer.c.number > col(TermsOfReference.number),
        newer.c.in_force_at.is_not(None),
    )

    def asked(row: Any, act: str) -> tuple[ColumnElement[bool], ...]:
        return (
            col(row.tenant_id) == asker.tenant,
            col(CommitteeBody.tenant_id) == asker.tenant,
            col(CommitteeBody.committee_id) == col(row.committee_id),
            col(CommitteeBody.since_on) <= today,
            func.coalesce(col(CommitteeBody.until_on) > today, literal(True)),
            col(Organization.tenant_id) == asker.tenant,
            col(Organization.id) == col(CommitteeBody.body_id),
            asker.permitted(act, Organization),
        )

    body = col(Organization.id)
    title = func.concat("Approve terms of reference, version ", col(TermsOfReference.number), ": ", Organization.name)
    decide = func.concat("Decide on a delegation, ", col(CommitteeDelegation.workstream), ": ", Organization.name)
    answer_by = col(CommitteeDelegation.answer_by)

    def has_said(table: type[DelegationAdoption | DelegationRefusal]) -> ColumnElement[bool]:
        return there_is(table, col(table.item_id) == col(DelegationItem.id), col(table.body_id) == body)

    return [
        _task(CommitteeTaskKind.APPROVE_TERMS, TermsOfReference, title, also=body).where(
            *asked(TermsOfReference, Permission.TERMS_OF_REFERENCE_APPROVE),
            asker.permitted(Permission.TERMS_OF_REFERENCE_VIEW, TermsOfReference),
            col(TermsOfReference.in_force_at).is_(None),
            ~in_force.correlate(TermsOfReference).exists(),
            ~there_is(
                TermsApproval,
                col(TermsApproval.terms_id) == col(TermsOfReference.id),
                col(TermsApproval.body_id) == body,
            ),
        ),
        _task(CommitteeTaskKind.DECIDE_ON_DELEGATION, DelegationItem, decide, answer_by, also=body).where(
            *asked(DelegationItem, Permission.COMMITTEE_DELEGATION_ADOPT),
            asker.permitted(Permission.COMMITTEE_DELEGATION_VIEW, DelegationItem),
            col(CommitteeDelegation.tenant_id) == asker.tenant,
            col(CommitteeDelegation.id) == col(DelegationItem.delegation_id),
            col(DelegationItem.withdrawn_at).is_(None),
            ~has_said(DelegationAdoption),
            ~has_said(DelegationRefusal),
        ),
    ]


def _of_scrutiny(asker: Asker) -> list[Select[Any]]:
    """Referrals to answer: both permissions are asked for the committee that is asked, as `answer_referral` does."""
    sees = asker.permitted(Permission.REFERRAL_RECEIVE, Committee) | asker.permitted(Permission.REFERRAL_VIEW, Referral)
    return [
        _task(
            CommitteeTaskKind.ANSWER_REFERRAL, Referral, func.concat("Answer a referral from ", Organization.name)
        ).where(
            col(Referral.tenant_id) == asker.tenant,
            col(Referral.answered_at).is_(None),
            col(Committee.tenant_id) == asker.tenant,
            col(Committee.id) == col(Referral.to_id),
            asker.permitted(Permission.REFERRAL_ANSWER, Committee),
            sees,
            col(Organization.tenant_id) == asker.tenant,
            col(Organization.id) == col(Referral.committee_id),
        )
    ]


_PARTS: tuple[Callable[[Asker], list[Select[Any]]], ...] = (
    _before_a_meeting,
    _in_a_meeting,
    _after_a_meeting,
    _of_bodies,
    _of_scrutiny,
)
