"""Rows of committees for `many_rows.py`: one with 240 meetings in twenty years, and others beside it.

All follows from row numbers, which say what belongs together: meetings 1 to 240 are those of the first committee.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ARRAY, TIMESTAMP, Boolean, Date, Integer, LargeBinary, Numeric, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from almoner.committees import tables
from almoner.core.tables import TenantTable

MEETINGS, ITEMS, ACTIONS, COMMITTEES = 240, 4_000, 8_000, 40
#: Rows of the first tenant, and of each of the others.
SIZES = {
    "committee": (COMMITTEES, 5),
    "committee_relation": (600, 10),
    "committee_body": (600, 10),
    "terms_of_reference": (600, 10),
    "terms_approval": (1_200, 20),
    "seat": (600, 20),
    "appointment": (1_200, 40),
    "exclusion": (600, 5),
    "interest": (1_200, 20),
    "meeting": (1_200, 40),
    "agenda_item": (6_000, 200),
    "paper": (6_000, 200),
    "paper_document": (6_000, 200),
    "recommendation": (12_000, 200),
    "public_question": (2_400, 40),
    "attendance": (14_400, 200),
    "attendance_span": (14_400, 200),
    "quorum_change": (2_400, 40),
    "conflict_declaration": (1_500, 40),
    "vote": (2_000, 50),
    "ballot": (16_000, 200),
    "decision": (2_000, 50),
    "decision_body": (8_000, 100),
    "committee_delegation": (600, 10),
    "delegation_item": (1_200, 20),
    "delegation_adoption": (4_800, 40),
    "delegation_refusal": (480, 40),
    "minutes": (1_200, 40),
    "minutes_entry": (19_200, 200),
    "minutes_amendment": (4_000, 40),
    "action": (12_000, 200),
    "action_update": (24_000, 200),
    "referral": (800, 20),
    "calendar_feed": (600, 20),
    "reminder": (2_000, 40),
}


def _id(number: str) -> str:
    return f"('019a0000-0000-7000-8000-' || lpad(to_hex(({number}) * 100::bigint + t.k), 12, '0'))::uuid"


def _some(number: str, first: int, others: int) -> str:
    """The first `first` row numbers in the first share of rows, spread evenly; the rest on the others."""
    return f"case when {number} <= {first} then 1 else 2 + {number} % {others} end"


_DAY = "date '2008-01-15' + 30 * ({})"
_COMMITTEE = _id(_some("n", 12, COMMITTEES - 1))
_MEETING_OF = f"case when {{0}} <= {ITEMS} then ({{0}} - 1) % {MEETINGS} + 1 else {MEETINGS} + 1 + {{0}} % 960 end"
_MEETING_OF_ITEM = _MEETING_OF.format("n")
_RAISED_IN = f"case when n <= {ACTIONS} then (n - 1) % 228 + 1 else {MEETINGS} + 1 + n % 960 end"
_BY_MEETING = _id(_some("n", MEETINGS, COMMITTEES - 1))
_BY_ITEM = _id(_some("n", ITEMS, COMMITTEES - 1))
_ITEM_OF_VOTE = "n * 3"
_MEETING_OF_VOTE = _MEETING_OF.format(f"({_ITEM_OF_VOTE})")
_BY_VOTE = _id(_some("n", ITEMS // 3, COMMITTEES - 1))
_CLOSED = f"{_DAY.format(_RAISED_IN)} + 60 + (n % 5) * 20"
_OPEN = f"n % 200 = 0 or {_CLOSED} > date '2026-11-20'"
_PUBLIC = "case when n % 10 <> 0 then timestamptz '2020-01-01Z' end"
_CLOCK = "timestamptz '2020-01-01Z' + n * interval '1 minute'"


def _each(parts: int, column: str) -> dict[str, str]:
    """So many rows for each row of another table, which have its numbers."""
    return {column: _id(f"(n - 1) / {parts} + 1")}


_GIVEN: dict[type[TenantTable], dict[str, str]] = {
    tables.Committee: {"kind": "(array['BOARD', 'JOINT_COMMITTEE'])[1 + n % 2]"},
    tables.CommitteeRelation: {"kind": "'ADVISES'", "other_id": _id("n")},
    tables.CommitteeBody: {"body_id": _id("n")},
    tables.TermsOfReference: {"rules": "'{}'", "in_force_at": "timestamptz '2010-01-01Z' + n * interval '1 day'"},
    tables.TermsApproval: {**_each(2, "terms_id"), "body_id": _id("n")},
    tables.Seat: {"vote": "'VOTING'", "stands_for": "'WHOLE'", "role": "'committee_member'"},
    tables.Appointment: {
        "committee_id": _id(_some("n", 120, COMMITTEES - 1)),
        "seat_id": _id("n % 12 + 1"),
        "body_id": _id("n % 12 + 1"),
    },
    tables.Exclusion: {"kind": "'AFFILIATION'", "seats": "'VOTING'", "other_id": _id("n % 30 + 1")},
    tables.Interest: {"committee_id": _id(_some("n", 240, COMMITTEES - 1))},
    tables.Meeting: {
        "committee_id": _BY_MEETING,
        "held_on": _DAY.format("n"),
        "starts_at": f"({_DAY.format('n')})::timestamptz + interval '9 hours'",
        "status": f"case when {_DAY.format('n')} > date '2026-11-20' then 'PLANNED' else 'MINUTES_APPROVED' end",
    },
    tables.AgendaItem: {
        "committee_id": _BY_ITEM,
        "meeting_id": _id(_MEETING_OF_ITEM),
        "section": "'DISCUSSION'",
        "action": "'DECISION'",
        "format": "'PAPER'",
    },
    tables.Paper: {
        "committee_id": _BY_ITEM,
        "meeting_id": _id(_MEETING_OF_ITEM),
        "item_id": _id("n"),
        "document_id": _id("n"),
        "delegation_item_id": _id("n % 30 + 1"),
        "purposes": """'["DECISION"]'""",
        "asks_bodies": f"case when n % 7 = 0 then jsonb_build_array({_id('1')}) else '[]' end",
    },
    tables.PaperDocument: {"committee_id": _BY_ITEM, "digest": "n::text"},
    tables.Recommendation: {**_each(2, "paper_id"), "position": "1 + n % 2", "decision_id": _id("n % 2000 + 1")}
    | {"answer": "case when n % 100 = 0 then 'DEFERRED' else 'ACCEPTED' end"},
    tables.PublicQuestion: {**_each(2, "meeting_id"), "asked": "'BEFOREHAND'"},
    tables.Attendance: {**_each(12, "meeting_id"), "appointment_id": _id("n % 120 + 1")},
    tables.AttendanceSpan: {"attendance_id": _id("n")},
    tables.QuorumChange: _each(2, "meeting_id"),
    tables.ConflictDeclaration: {
        "committee_id": _BY_VOTE,
        "meeting_id": _id(_MEETING_OF_VOTE),
        "item_id": _id(_ITEM_OF_VOTE),
        "appointment_id": _id("n % 120 + 1"),
    },
    tables.Vote: {
        "committee_id": _BY_VOTE,
        "meeting_id": _id(_MEETING_OF_VOTE),
        "item_id": _id(_ITEM_OF_VOTE),
        "majority": "'MAJORITY'",
        "closed_at": _CLOCK,
    },
    tables.Ballot: {
        **_each(8, "vote_id"),
        "committee_id": _id(_some("n", 8 * ITEMS // 3, COMMITTEES - 1)),
        "appointment_id": _id("n % 8 + 1"),
        "choice": "'FOR'",
    },
    tables.Decision: {
        "committee_id": _BY_VOTE,
        "meeting_id": _id(_MEETING_OF_VOTE),
        "item_id": _id(_ITEM_OF_VOTE),
        "vote_id": _id("n"),
        "kind": "(array['APPROVE', 'NOTE', 'REFER'])[1 + n % 3]",
        "delegation_item_id": _id("n % 30 + 1"),
    },
    tables.DecisionBody: {**_each(4, "decision_id"), "body_id": _id("n % 8 + 1"), "adoption_id": _id("n % 48 + 1")},
    tables.CommitteeDelegation: {"position": "n"},
    tables.DelegationItem: {**_each(2, "delegation_id"), "matter": "'USE_OF_FUNDS'"},
    tables.DelegationAdoption: {**_each(4, "item_id"), "body_id": _id("n % 8 + 1")},
    tables.DelegationRefusal: {**_each(4, "item_id"), "body_id": _id("n % 8 + 1")},
    tables.Minutes: {"committee_id": _BY_MEETING, "meeting_id": _id("n"), "status": "'APPROVED'"},
    tables.MinutesEntry: {
        **_each(16, "minutes_id"),
        "committee_id": _id(_some("n", 16 * MEETINGS, COMMITTEES - 1)),
        "item_id": _id("n % 6000 + 1"),
    },
    tables.MinutesAmendment: {"entry_id": _id("n")},
    tables.Action: {
        "committee_id": _id(_some("n", ACTIONS, COMMITTEES - 1)),
        "meeting_id": _id(_RAISED_IN),
        "item_id": _id("n % 4000 + 1"),
        "raised_on": _DAY.format(_RAISED_IN),
        "due_on": f"{_DAY.format(_RAISED_IN)} + 45",
        "closed_on": f"case when not ({_OPEN}) then {_CLOSED} end",
        "status": f"case when {_OPEN} then 'OPEN' else 'DONE' end",
    },
    tables.ActionUpdate: {**_each(2, "action_id"), "status": "'OPEN'"},
    tables.Referral: {"decision_id": _id("n"), "to_id": _id(f"n % {COMMITTEES} + 1")},
    tables.Reminder: {"meeting_id": _id("n % 240 + 1"), "paper_id": _id("n"), "kind": "'PAPER_DUE'"},
}
_USUAL: dict[type[Any], str] = {
    Uuid: _id("n * 7 % 200 + 1"),
    ARRAY: "'{}'",
    TIMESTAMP: _CLOCK,
    Boolean: "n % 11 <> 0",
    Date: "date '2008-01-15' + n % 6000",
    Integer: "n",
    Numeric: "1.50",
    JSONB: "'[]'",
    LargeBinary: "''",
}


def _usual(column: Any) -> str:
    if column.name == "public_at":
        return _PUBLIC
    if column.name == "committee_id":
        return _COMMITTEE
    if column.name == "is_private":
        return "n % 10 = 0"
    if column.nullable:
        return "null"
    return next((text for kind, text in _USUAL.items() if isinstance(column.type, kind)), f"'{column.name} ' || n")


def _filled(table: Any) -> str:
    given: Mapping[str, str] = {"tenant_id": "t.id", "id": _id("n"), **_GIVEN.get(table, {})}
    columns = {column.name: given.get(column.name) or _usual(column) for column in table.__table__.columns}
    return f"({', '.join(columns)}) select {', '.join(columns.values())} "


#: Table -> columns and values, as `many_rows` has them.
FILLED = {name: _filled(table) for table in vars(tables).values() if (name := getattr(table, "__tablename__", None))}
