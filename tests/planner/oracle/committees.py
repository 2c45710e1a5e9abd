"""What the fields of committees are, over all rows of one tenant, and who sees which of these rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.planner.oracle.committee_relations import LISTS, ONES, PAGES, PARTIES, SUBJECTS
from tests.planner.oracle.delegations import delegation_fields
from tests.planner.oracle.engine import Call, Fields, snake, utc
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
        **{name: _list(world, *how) for name, how in LISTS.items()},
        **{name: _one(world, *how) for name, how in ONES.items()},
        **{name: _party(world, column) for name, column in PARTIES.items()},
        **{name: _pages(world, *how) for name, how in PAGES.items()},
        **{name: _subject(column) for name, column in SUBJECTS.items()},
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


def _sorted(rows: Iterable[Any], *order: str) -> list[Any]:
    return sorted(rows, key=lambda row: (*(getattr(row, name) for name in order), row.id))


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


#: What a cover sheet must say, by the names of the API and in their order.
_COVER_SHEET = (
    *("datedOn", "leadAuthors", "purposes", "executiveSummary", "recommendations", "nextSteps", "equalityImpact"),
    *("engagement", "financialImplications", "riskIdentified", "risk", "authorisedBy", "document"),
)


def today(world: Any) -> date:
    """The day of now, by the tenant's clocks."""
    return datetime.now(ZoneInfo(world.tenant.time_zone)).date()


def _lacking(world: Any) -> Callable[[Call], list[str]]:
    def lacking(call: Call) -> list[str]:
        paper = call.row
        recommends = any(row.paper_id == paper.id and row.withdrawn_at is None for row in world.rows[t.Recommendation])
        beside = {"recommendations": recommends or None, "document": paper.document_id}
        if paper.risk_identified is not True:
            beside["risk"] = "need not be there"
        written = {name: beside[name] if name in beside else getattr(paper, snake(name)) for name in _COVER_SHEET}
        return [name for name, value in written.items() if value is None or value == []]

    return lacking


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
        return _sorted((row for row in waiting if is_found(world, call, row)), "paper_id", "position")

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
        "Paper.missing": _lacking(world),
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
