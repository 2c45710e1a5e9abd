"""What the fields of committees are, over all rows of one tenant: most are columns, so most of this is tables.

A relation is written as (table, column): for a list the column of the other row that names this one, for one object the
column of this row that names the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.planner.oracle.delegations import delegation_fields
from tests.planner.oracle.engine import Call, Fields, utc
from tests.planner.oracle.lists import Sorted, asks_for_a_span, connection, filtered, instant, row_id

from almoner.committees import tables as t
from almoner.core.ids import global_id
from almoner.organizations.tables import Organization

#: The permission by which rows are seen, wherever they come from.
VIEW: dict[Any, str] = {
    Organization: "organization:view",
    t.Committee: "committee:view",
    t.TermsOfReference: "terms_of_reference:view",
    t.Appointment: "appointment:view",
    t.Interest: "interest:view",
    t.Meeting: "meeting:view",
    t.AgendaItem: "agenda_item:view",
    t.Paper: "paper:view",
    t.PublicQuestion: "public_question:view",
    t.Attendance: "attendance:view",
    t.ConflictDeclaration: "conflict_declaration:view",
    t.Vote: "vote:view",
    t.Ballot: "ballot:view",
    t.CommitteeDelegation: "committee_delegation:view",
    t.DelegationItem: "committee_delegation:view",
    t.DelegationAdoption: "committee_delegation:view",
    t.DelegationRefusal: "committee_delegation:view",
    t.Decision: "decision:view",
    t.Minutes: "minutes:view",
    t.MinutesEntry: "minutes_entry:view",
    t.Action: "action:view",
    t.Referral: "referral:view",
}
#: What is seen, by its id, with another row that it names.
_SEEN_WITH: dict[Any, tuple[Any, str]] = {
    **dict.fromkeys((t.CommitteeRelation, t.CommitteeBody, t.Seat, t.Exclusion), (t.Committee, "committee_id")),
    t.Recommendation: (t.Paper, "paper_id"),
}
#: What is seen by another permission as well, for a committee that it names.
_ALSO: dict[Any, tuple[str, str]] = {
    t.DelegationAdoption: ("committee_id", "committee_delegation:view"),
    t.DelegationRefusal: ("committee_id", "committee_delegation:view"),
    t.Referral: ("to_id", "referral:receive"),
}
SEEN_OTHERWISE = (*_SEEN_WITH, t.PaperDocument, t.Reminder, t.CalendarFeed)
_PARTS = (t.TermsApproval, t.AttendanceSpan, t.QuorumChange, t.MinutesAmendment, t.ActionUpdate, t.DecisionBody)
TABLES = (*VIEW, *SEEN_OTHERWISE, *_PARTS)

#: Lists: the table, the column that names the parent, and by what they are sorted before the id.
_LISTS: dict[str, tuple[Any, str, str]] = {
    "Committee.termsVersions": (t.TermsOfReference, "committee_id", "number"),
    "Committee.bodies": (t.CommitteeBody, "committee_id", "since_on"),
    "Committee.relations": (t.CommitteeRelation, "committee_id", "kind"),
    "Committee.seats": (t.Seat, "committee_id", "title"),
    "Committee.exclusions": (t.Exclusion, "committee_id", "id"),
    "Committee.delegations": (t.CommitteeDelegation, "committee_id", "position"),
    "TermsOfReference.approvals": (t.TermsApproval, "terms_id", "approved_on"),
    "CommitteeDelegation.items": (t.DelegationItem, "delegation_id", "position"),
    "DelegationItem.adoptions": (t.DelegationAdoption, "item_id", "adopted_at"),
    "Meeting.questions": (t.PublicQuestion, "meeting_id", "asked_at"),
    "Meeting.attendances": (t.Attendance, "meeting_id", "id"),
    "Meeting.quorumChanges": (t.QuorumChange, "meeting_id", "at"),
    "Meeting.votes": (t.Vote, "meeting_id", "opened_at"),
    "Meeting.decisions": (t.Decision, "meeting_id", "number"),
    "Meeting.actions": (t.Action, "meeting_id", "id"),
    "AgendaItem.conflicts": (t.ConflictDeclaration, "item_id", "declared_at"),
    "AgendaItem.votes": (t.Vote, "item_id", "opened_at"),
    "AgendaItem.decisions": (t.Decision, "item_id", "number"),
    "Paper.recommendations": (t.Recommendation, "paper_id", "position"),
    "Attendance.spans": (t.AttendanceSpan, "attendance_id", "arrived_at"),
    "Vote.ballots": (t.Ballot, "vote_id", "cast_at"),
    "Decision.bodies": (t.DecisionBody, "decision_id", "body_id"),
    "Minutes.entries": (t.MinutesEntry, "minutes_id", "position"),
    "Action.updates": (t.ActionUpdate, "action_id", "reported_at"),
}
#: Organizations as committees name them, which everybody sees who sees what names them: by column.
_PARTIES = {
    "CommitteeRelation.other": "other_id",
    "CommitteeBody.body": "body_id",
    "TermsApproval.body": "body_id",
    "Appointment.body": "body_id",
    "Exclusion.other": "other_id",
    "DelegationAdoption.body": "body_id",
    "DelegationRefusal.body": "body_id",
    "DelegationStanding.body": "body_id",
    "DecisionBody.body": "body_id",
    "Referral.to": "to_id",
    "Referral.fromCommittee": "committee_id",
}
_ONES: dict[str, tuple[Any, str]] = {
    "Appointment.seat": (t.Seat, "seat_id"),
    "Appointment.committee": (t.Committee, "committee_id"),
    "Committee.organization": (Organization, "id"),
    "CommitteeDelegation.committee": (t.Committee, "committee_id"),
    "DelegationItem.delegation": (t.CommitteeDelegation, "delegation_id"),
    "Meeting.committee": (t.Committee, "committee_id"),
    "Meeting.approvedIn": (t.Meeting, "approved_in_id"),
    "AgendaItem.carries": (t.AgendaItem, "carries_id"),
    "AgendaItem.minutesOf": (t.Meeting, "minutes_of_id"),
    **{
        f"{name}.meeting": (t.Meeting, "meeting_id")
        for name in ("AgendaItem", "Paper", "Decision", "Minutes", "Action")
    },
    **{
        f"{name}.item": (t.AgendaItem, "item_id")
        for name in ("Paper", "ConflictDeclaration", "Vote", "Decision", "MinutesEntry", "Action")
    },
    **{
        f"{name}.appointment": (t.Appointment, "appointment_id")
        for name in ("Attendance", "ConflictDeclaration", "Ballot")
    },
    "Paper.delegationItem": (t.DelegationItem, "delegation_item_id"),
    "Paper.document": (t.PaperDocument, "document_id"),
    "Decision.vote": (t.Vote, "vote_id"),
    "Decision.delegationItem": (t.DelegationItem, "delegation_item_id"),
    "DecisionBody.adoption": (t.DelegationAdoption, "adoption_id"),
    "Referral.decision": (t.Decision, "decision_id"),
    "Reminder.meeting": (t.Meeting, "meeting_id"),
    "Reminder.paper": (t.Paper, "paper_id"),
}
_SUBJECTS = {
    **{f"{name}.subject": "subject_id" for name in ("Appointment", "Interest", "ConflictDeclaration")},
    "MinutesAmendment.amendedBy": "amended_by",
}
#: Connections: the table, the column that names the parent, the key, whether it goes downwards.
_PAGES: dict[str, tuple[Any, str, str, bool]] = {
    "Committee.appointments": (t.Appointment, "committee_id", "id", False),
    "Committee.interests": (t.Interest, "committee_id", "id", False),
    "Committee.meetings": (t.Meeting, "committee_id", "id", True),
    "Committee.decisions": (t.Decision, "committee_id", "number", True),
    "Committee.actions": (t.Action, "committee_id", "id", False),
    "Committee.referrals": (t.Referral, "committee_id", "id", True),
    "Committee.referredToIt": (t.Referral, "to_id", "id", True),
}
_FILTERS: dict[Any, dict[str, Any]] = {
    t.Committee: {"kind": lambda row: row.kind},
    t.Meeting: {
        "committee": (lambda row: row.committee_id, row_id),
        "status": lambda row: row.status,
        "startsAt": (lambda row: row.starts_at, instant),
    },
    t.Decision: {"kind": lambda row: row.kind, "decidedAt": (lambda row: row.decided_at, instant)},
    t.Reminder: {"seenAt": lambda row: row.seen_at},
    t.Action: {"status": lambda row: row.status, "dueOn": (lambda row: row.due_on, date.fromisoformat)},
}
_SPANS = {t.Meeting: ("startsAt", "starts_at"), t.Decision: ("decidedAt", "decided_at")}
_WAS_HELD = ("IN_SESSION", "HELD", "MINUTES_APPROVED")
_RULES = (
    *("noticeDays", "urgentAllowed", "paperDays", "majority", "majorityShare", "publicMatters"),
    *("itemNumbers", "actionNumbers", "substitutesVote", "voteNeededFor"),
    *("privateNoticeDays", "publicSpeaks", "privateItems"),
)
_SEAT_ROLES = {"committee_chair": "CHAIR", "committee_member": "MEMBER", "committee_observer": "OBSERVER"}


def _shown(world: Any, call: Call, rows: Iterable[Any]) -> list[Any]:
    """The rows of a relation that the viewer sees; those without a permission of their own as their parent is."""
    return [row for row in rows if type(row) not in VIEW or sees(world, call, row)]


def sees(world: Any, call: Call, row: Any) -> bool:
    """Whether the viewer sees a row that is seen by a permission."""
    also = any(call.asker.allows(permission, committee) for permission, committee in seen_by(world, row))
    return bool(also or call.asker.allows(VIEW[type(row)], row))


def seen_by(world: Any, row: Any) -> list[tuple[str, Any]]:
    """The other permissions by which a row is seen, and the committees of which they are asked."""
    column, permission = _ALSO.get(type(row), ("", ""))
    return [(permission, world.find(t.Committee, getattr(row, column)))] if column else []


def is_found(world: Any, call: Call, row: Any) -> bool:
    """Whether the viewer sees what has no permission of its own, by its id."""
    if isinstance(row, t.Reminder | t.CalendarFeed):
        return bool(row.subject_id == call.asker.viewer.subject_id)
    if isinstance(row, t.PaperDocument):
        papers = [paper for paper in world.rows[t.Paper] if paper.document_id == row.id]
        return any(call.asker.allows(VIEW[t.Paper], paper) for paper in papers)
    table, column = _SEEN_WITH[type(row)]
    return bool(call.asker.allows(VIEW[table], world.find(table, getattr(row, column))))


def committee_fields(world: Any) -> Fields:
    """Every field that is no column of the same name."""
    return {
        "Query.committees": _all(world, t.Committee, descending=False),
        "Query.meetings": _all(world, t.Meeting, descending=True),
        "Query.reminders": _own(world, t.Reminder),
        "Query.calendarFeeds": _own(world, t.CalendarFeed),
        **{name: _list(world, *how) for name, how in _LISTS.items()},
        **{name: _one(world, *how) for name, how in _ONES.items()},
        **{name: _party(world, column) for name, column in _PARTIES.items()},
        **{name: _pages(world, *how) for name, how in _PAGES.items()},
        **{name: _subject(column) for name, column in _SUBJECTS.items()},
        **_of_committees(world),
        **_of_meetings(world),
        **_of_records(world),
        **delegation_fields(world, lambda call, rows: _shown(world, call, rows), today),
    }


def _all(world: Any, table: Any, *, descending: bool) -> Callable[[Call], Any]:
    return lambda call: _page(call, table, _shown(world, call, world.rows[table]), "id", descending)


def _own(world: Any, table: Any) -> Callable[[Call], Any]:
    return lambda call: _page(call, table, [row for row in world.rows[table] if is_found(world, call, row)], "id", True)


def _list(world: Any, table: Any, column: str, order: str) -> Callable[[Call], Any]:
    def read(call: Call) -> Any:
        found = [row for row in world.rows[table] if getattr(row, column) == call.row.id]
        return _sorted(_shown(world, call, found), order)

    return read


def _sorted(rows: Iterable[Any], order: str) -> list[Any]:
    return sorted(rows, key=lambda row: (getattr(row, order), row.id))


def _one(world: Any, table: Any, column: str) -> Callable[[Call], Any]:
    def read(call: Call) -> Any:
        row = world.find(table, getattr(call.row, column))
        return next(iter(_shown(world, call, [row])), None) if row is not None else None

    return read


def _party(world: Any, column: str) -> Callable[[Call], Any]:
    return lambda call: world.find(Organization, getattr(call.row, column))


def _subject(column: str) -> Callable[[Call], Any]:
    return lambda call: global_id("Subject", getattr(call.row, column))


def _pages(world: Any, table: Any, column: str, key: str, descending: bool) -> Callable[[Call], Any]:
    def read(call: Call) -> Any:
        found = [row for row in world.rows[table] if getattr(row, column) == call.row.id]
        return _page(call, table, _shown(world, call, found), key, descending)

    return read


def _page(call: Call, table: Any, rows: list[Any], key: str, descending: bool) -> Any:
    rows = filtered(rows, call.arguments.get("filter"), _FILTERS.get(table, {}))
    return connection(table.__name__, rows, _order(call, table, key, descending), call.arguments)


def _order(call: Call, table: Any, key: str, descending: bool) -> Sorted:
    asked, span = call.arguments.get("orderBy"), _SPANS.get(table)
    if asked is not None:
        column, descending = asked.rpartition("_")[0].lower(), asked.endswith("_DESC")
    elif span is not None and asks_for_a_span(call, span[0]):
        column = span[1]
    else:
        return Sorted(table.__name__, [lambda row: getattr(row, key)], descending)
    kind = f"{table.__name__} by {'-' if descending else ''}{column}"
    return Sorted(kind, [lambda row: getattr(row, column), lambda row: row.id], descending)


def _of_committees(world: Any) -> Fields:
    def organization(column: str) -> Callable[[Call], Any]:
        return lambda call: getattr(world.find(Organization, call.row.id), column)

    def terms(call: Call) -> Any:
        now = datetime.now(UTC)
        mine = [row for row in world.rows[t.TermsOfReference] if row.committee_id == call.row.id]
        past = [row for row in mine if row.in_force_at is not None and utc(row.in_force_at) <= now]
        seen = _shown(world, call, past)
        return max(seen, key=lambda row: (row.in_force_at, -row.id.int), default=None)

    def filled(seat: Any) -> int:
        now, held = today(world), [row for row in world.rows[t.Appointment] if row.seat_id == seat.id]
        return sum(row.begins_on <= now and (row.ends_on is None or row.ends_on > now) for row in held)

    return {
        "Committee.code": organization("code"),
        "Committee.name": organization("name"),
        "Committee.terms": terms,
        "Seat.role": lambda call: _SEAT_ROLES[call.row.role],
        "Seat.filled": lambda call: filled(call.row),
        "Seat.lacking": lambda call: max(0, call.row.minimum - filled(call.row)),
        "TermsOfReference.rules": lambda call: call.row,
        "CommitteeRules.quorum": lambda call: call.row,
        **{f"CommitteeRules.{name}": _rule(name) for name in _RULES},
        **{f"QuorumRule.{name}": _rule("quorum", name) for name in ("votingMembers", "bodies", "share")},
    }


def _rule(*path: str) -> Callable[[Call], Any]:
    def read(call: Call) -> Any:
        found = call.row.rules
        for name in path:
            found = found[name]
        return found

    return read


def today(world: Any) -> date:
    """The day of now, by the tenant's clocks."""
    return datetime.now(ZoneInfo(world.tenant.time_zone)).date()


def _of_meetings(world: Any) -> Fields:
    def on_agenda(call: Call) -> list[Any]:
        items = [row for row in world.rows[t.AgendaItem] if row.meeting_id == call.row.id]
        return [row for row in items if row.withdrawn_at is None]

    def formal(call: Call) -> list[Any]:
        return [row for row in on_agenda(call) if row.section in ("STANDING", "DISCUSSION")]

    def reviewed(call: Call) -> Any:
        meeting = call.row
        of_it = [row for row in world.rows[t.Meeting] if row.committee_id == meeting.committee_id]
        before = [row.held_on for row in of_it if row.starts_at < meeting.starts_at and row.status in _WAS_HELD]
        since = max(before, default=date.min)
        found = [
            row
            for row in world.rows[t.Action]
            if row.committee_id == meeting.committee_id
            and row.raised_on < meeting.held_on
            and (row.closed_on is None or row.closed_on >= since)
        ]
        return sorted(_shown(world, call, found), key=lambda row: (row.closed_on is not None, row.due_on, row.id))

    def unanswered(call: Call) -> Any:
        papers = [row for row in world.rows[t.Paper] if row.meeting_id == call.row.id and row.withdrawn_at is None]
        rows = [row for row in world.rows[t.Recommendation] if row.paper_id in {paper.id for paper in papers}]
        waiting = [row for row in rows if row.withdrawn_at is None and row.answer in (None, "DEFERRED")]
        return _sorted((row for row in waiting if is_found(world, call, row)), "id")

    def papers(call: Call) -> Any:
        mine = [row for row in world.rows[t.Paper] if row.item_id == call.row.id and row.withdrawn_at is None]
        return _sorted(_shown(world, call, mine), "id")

    def minutes(call: Call) -> Any:
        return next(iter(_shown(world, call, (m for m in world.rows[t.Minutes] if m.meeting_id == call.row.id))), None)

    def asked(call: Call) -> Any:
        wanted = {UUID(one) for one in call.row.asks_bodies}
        return sorted((row for row in world.rows[Organization] if row.id in wanted), key=lambda row: row.code)

    return {
        "Meeting.endsAt": lambda call: utc(call.row.starts_at) + timedelta(minutes=call.row.minutes_allotted),
        "Meeting.agendaMinutes": lambda call: sum(
            row.minutes_allotted or 0 for row in _shown(world, call, formal(call))
        ),
        "Meeting.agenda": lambda call: _sorted(_shown(world, call, on_agenda(call)), "position"),
        "Meeting.actionMatrix": reviewed,
        "Meeting.openRecommendations": unanswered,
        "Meeting.minutes": minutes,
        "AgendaItem.papers": papers,
        "Paper.asksBodies": asked,
    }


def _of_records(world: Any) -> Fields:
    def own_ballot(call: Call) -> Any:
        me = call.asker.viewer.subject_id
        mine = (row for row in world.rows[t.Ballot] if row.vote_id == call.row.id and row.subject_id == me)
        return next(iter(_shown(world, call, mine)), None)

    def answers(call: Call) -> Any:
        rows = [row for row in world.rows[t.Recommendation] if row.decision_id == call.row.id]
        return _sorted((row for row in rows if is_found(world, call, row)), "position")

    def told(column: str) -> Callable[[Call], Any]:
        def read(call: Call) -> Any:
            decision = world.find(t.Decision, call.row.decision_id)
            seen = decision is not None and call.asker.allows("decision:view", decision)
            return getattr(call.row, column) if seen else None

        return read

    def amendments(call: Call) -> Any:
        if not call.asker.allows("minutes_entry.amendments:view", call.row):
            return None
        rows = [row for row in world.rows[t.MinutesAmendment] if row.entry_id == call.row.id]
        return connection("MinutesAmendment", rows, Sorted("MinutesAmendment", [lambda row: row.id]), call.arguments)

    return {
        "Action.isOverdue": lambda call: call.row.status == "OPEN" and call.row.due_on < today(world),
        "Vote.myBallot": own_ballot,
        "Decision.answers": answers,
        "Recommendation.answer": told("answer"),
        "Recommendation.answerText": told("answer_text"),
        "Recommendation.answeredAt": told("answered_at"),
        "MinutesEntry.amendments": amendments,
        "Appointment.affiliations": lambda call: call.unless_withheld(
            "appointment.affiliations:view", call.row.affiliations
        ),
        "Appointment.endReason": lambda call: call.unless_withheld("appointment.end_reason:view", call.row.end_reason),
    }
