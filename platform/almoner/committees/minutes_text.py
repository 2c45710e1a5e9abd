"""The text of minutes: rows of a meeting's records in, paragraphs out. Pure, and the same for the same records.

What belongs to an agenda item stands in the item's paragraph and nowhere else, so nothing of a private item is in a
paragraph that will be published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from almoner.committees.tables import (
    Action,
    AgendaItem,
    Attendance,
    AttendanceSpan,
    ConflictDeclaration,
    Decision,
    DelegationItem,
    Meeting,
    PublicQuestion,
    QuorumChange,
    Recommendation,
    Vote,
)
from almoner.committees.words import ConflictRuling, DecisionKind, RecommendationAnswer

_T = TypeVar("_T", ConflictDeclaration, Vote, Decision, Action)

_RULED = {
    None: "the chair has not ruled on it",
    ConflictRuling.STAY: "may stay and vote",
    ConflictRuling.STAY_WITHOUT_VOTING: "may stay, but not vote",
    ConflictRuling.LEAVE: "is to leave the room",
}
_DONE = {
    DecisionKind.NOTE: "noted",
    DecisionKind.ENDORSE: "endorsed",
    DecisionKind.APPROVE: "approved",
    DecisionKind.RECOMMEND: "recommended",
    DecisionKind.REFER: "referred",
}
_ANSWERED = {
    RecommendationAnswer.ACCEPTED: "accepted",
    RecommendationAnswer.AMENDED: "accepted as amended",
    RecommendationAnswer.REJECTED: "rejected",
    RecommendationAnswer.DEFERRED: "deferred",
}
_CARRIED = {True: "carried", False: "not carried", None: "closed without a quorum"}


@dataclass(frozen=True, slots=True)
class Presence:
    """How somebody took part: the row, the name of who is appointed, and when somebody was there for that seat."""

    attendance: Attendance
    name: str
    spans: Sequence[AttendanceSpan]


@dataclass(frozen=True, slots=True)
class Delegated:
    """What an approval stands on: an item of the register, and the work-stream that it is for."""

    workstream: str
    item: DelegationItem


@dataclass(frozen=True, slots=True)
class Records:
    """What minutes are drafted from, in any order.

    Attributes:
        items: those of the agenda that were not withdrawn.
        bodies: by decision, the names of the bodies that it binds.
        delegated: what decisions stand on, by the item of the register.
        approved: the earlier meetings whose minutes this one has approved.
        recommendations: those that decisions answer.
        names: by account, how minutes name those who are appointed and who sat in, or was to.
        zone: in which times are told.
    """

    meeting: Meeting
    zone: ZoneInfo
    presences: Sequence[Presence] = ()
    quorum: Sequence[QuorumChange] = ()
    items: Sequence[AgendaItem] = ()
    declarations: Sequence[ConflictDeclaration] = ()
    names: Mapping[UUID, str] = field(default_factory=dict)
    votes: Sequence[Vote] = ()
    decisions: Sequence[Decision] = ()
    bodies: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    delegated: Mapping[UUID, Delegated] = field(default_factory=dict)
    approved: Sequence[Meeting] = ()
    recommendations: Sequence[Recommendation] = ()
    actions: Sequence[Action] = ()
    questions: Sequence[PublicQuestion] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of minutes; `item` is the agenda item that it is about, None for the meeting as a whole."""

    heading: str
    text: str
    item: AgendaItem | None = None


def paragraphs(records: Records) -> list[Paragraph]:
    """The minutes of a meeting, in the order in which they are read."""
    found = [
        Paragraph("Opening", _opening(records)),
        Paragraph("Attendance", _attendance(records)),
        Paragraph("Quorum", _quorum(records)),
    ]
    agenda = sorted(records.items, key=lambda each: (each.position, each.id))
    found += [Paragraph(_heading(item), _item(records, item), item) for item in agenda]
    brought = {item.minutes_of_id for item in agenda}
    others = _approvals(records, [each for each in records.approved if each.id not in brought])
    if others:
        found.append(Paragraph("Minutes of earlier meetings", "\n".join(others)))
    rest = [_action(each) for each in _of(records.actions, None)]
    if rest:
        found.append(Paragraph("Other actions", "\n".join(rest)))
    if records.questions:
        found.append(Paragraph("Questions from the public", _questions(records)))
    found.append(Paragraph("Close", _close(records)))
    return found


def _opening(records: Records) -> str:
    meeting = records.meeting
    kind = "public" if meeting.is_public else "not public"
    opened = "" if meeting.opened_at is None else f" It was opened at {_clock(records, meeting.opened_at)}."
    return f"{meeting.title}, held on {_day(meeting.held_on)} at {meeting.venue}; the meeting was {kind}.{opened}"


def _attendance(records: Records) -> str:
    """Who was there, apologies and substitutes, and when people came and went."""
    known = sorted(records.presences, key=lambda each: (each.name, each.attendance.id))
    there = [
        f"{named(who, each.name)} ({_times(records, spans)})"
        for each in known
        for who, spans in _in_the_room(records, each).items()
    ]
    sorry = [_sorry(records, each) for each in known if each.attendance.apologies_at is not None]
    lines = [f"Present: {'; '.join(there) or 'nobody is recorded'}.", f"Apologies: {'; '.join(sorry) or 'none'}."]
    return "\n".join(lines)


def named(substitute: str | None, holder: str) -> str:
    """How minutes name who is there for a seat."""
    return holder if substitute is None else f"{substitute} for {holder}"


def _in_the_room(records: Records, presence: Presence) -> dict[str | None, list[AttendanceSpan]]:
    """When who was there for a seat: substitutes by name, the holder as None; who left before the opening was not."""
    opened = records.meeting.opened_at
    found: dict[str | None, list[AttendanceSpan]] = {}
    for span in sorted(presence.spans, key=lambda each: (each.arrived_at, each.id)):
        if opened is None or span.left_at is None or span.left_at > opened:
            found.setdefault(span.substitute, []).append(span)
    return found


def _sorry(records: Records, presence: Presence) -> str:
    sat_in = [who for who in _in_the_room(records, presence) if who is not None]
    return f"{presence.name}, for whom {' and '.join(sat_in)} sat in" if sat_in else presence.name


def _times(records: Records, spans: Sequence[AttendanceSpan]) -> str:
    return ", ".join(f"{_clock(records, span.arrived_at)} to {_until(records, span)}" for span in spans)


def _until(records: Records, span: AttendanceSpan) -> str:
    return "the close" if span.left_at is None else _clock(records, span.left_at)


def _quorum(records: Records) -> str:
    lines = []
    for change in sorted(records.quorum, key=lambda each: (each.at, each.id)):
        seen = f"{_count(change.voting_members, 'voting member')} from {_count(change.bodies, 'body', 'bodies')}"
        state = "quorate" if change.is_quorate else "inquorate"
        lacking = f"; it lacked {' and '.join(change.lacking)}" if change.lacking else ""
        lines.append(f"From {_clock(records, change.at)} the meeting was {state}: {seen}{lacking}.")
    return "\n".join(lines) or "No quorum is recorded."


def _heading(item: AgendaItem) -> str:
    return item.title if item.number is None else f"{item.number} {item.title}"


def _item(records: Records, item: AgendaItem) -> str:
    """Declarations, approved minutes, votes, decisions and actions of one item."""
    lines = _approvals(records, [each for each in records.approved if each.id == item.minutes_of_id])
    lines += [_declaration(each, records.names) for each in _of(records.declarations, item)]
    lines += [_vote(each) for each in _of(records.votes, item)]
    for decision in sorted(_of(records.decisions, item), key=lambda each: each.number):
        lines += _decision(records, decision)
    lines += [_action(each) for each in _of(records.actions, item)]
    return "\n".join(lines) or "Nothing is recorded about this item."


def _approvals(records: Records, meetings: Sequence[Meeting]) -> list[str]:
    """That minutes were approved; those of a public meeting do not name the day of one that was not."""
    lines = []
    for each in sorted(meetings, key=lambda each: (each.held_on, each.id)):
        is_told = each.is_public or not records.meeting.is_public
        lines.append(f"The minutes of {_day(each.held_on) if is_told else 'an earlier meeting'} were approved.")
    return lines


def _of(rows: Iterable[_T], item: AgendaItem | None) -> list[_T]:
    wanted = None if item is None else item.id
    return sorted((row for row in rows if row.item_id == wanted), key=lambda row: row.id)


def _declaration(declared: ConflictDeclaration, names: Mapping[UUID, str]) -> str:
    # Whose name is not known was a substitute who was named, and then was another.
    who = names.get(declared.subject_id, "A substitute")
    ruling = None if declared.ruling is None else ConflictRuling(declared.ruling)
    return f"{who} declared an interest: {_sentence(declared.text)} Ruling: {_RULED[ruling]}."


def _vote(vote: Vote) -> str:
    sides = ((vote.votes_for, "for"), (vote.votes_against, "against"), (vote.abstentions, "abstained"))
    counts = ", ".join(f"{_number(count)} {side}" for count, side in sides)
    return f'Vote on "{vote.motion}": {counts}; {_CARRIED[vote.is_carried]}.'


def _decision(records: Records, decision: Decision) -> list[str]:
    done = _DONE[DecisionKind(decision.kind)]
    how = " by consensus" if decision.vote_id is None else ""
    bodies = sorted(records.bodies.get(decision.id, ()))
    binding = f" It binds {', '.join(bodies)}." if bodies else ""
    lines = [
        f"Decision {decision.number} ({done}{how}): {_sentence(decision.text)}{_standing(records, decision)}{binding}"
    ]
    answered = [each for each in records.recommendations if each.decision_id == decision.id]
    return lines + [_recommendation(each) for each in sorted(answered, key=lambda one: (one.paper_id, one.position))]


def _standing(records: Records, decision: Decision) -> str:
    """The delegation that an approval stands on, and what it uses of a fund."""
    if decision.delegation_item_id is None:
        return ""
    found = records.delegated[decision.delegation_item_id]
    on = f' It stands on the delegation for {found.workstream}, item {found.item.position}: "{found.item.text}"'
    uses = "" if decision.amount is None else f" It uses {_number(decision.amount)} of the fund {found.item.fund}."
    return f"{on}{'' if found.item.text.endswith('.') else '.'}{uses}"


def _recommendation(given: Recommendation) -> str:
    became = "not answered" if given.answer is None else _ANSWERED[RecommendationAnswer(given.answer)]
    said = f" {_sentence(given.answer_text)}" if given.answer_text else ""
    return f'Recommendation {given.position}, "{given.text}": {became}.{said}'


def _action(action: Action) -> str:
    return f"Action {action.reference}, {action.owner}, by {_day(action.due_on)}: {_sentence(action.subject)}"


def _questions(records: Records) -> str:
    """What was asked and answered. Of a question without an answer nothing is public, so such are only counted."""
    known = sorted(records.questions, key=lambda each: (each.asked_at, each.id))
    lines = [
        f"{each.asked_by} asked: {_sentence(each.text)} Answer: {_sentence(each.answer)}"
        for each in known
        if each.answer is not None
    ]
    waiting = len(known) - len(lines)
    if waiting:
        lines.append(f"{_count(waiting, 'question is', 'questions are')} not answered yet.")
    return "\n".join(lines)


def _close(records: Records) -> str:
    meeting, lines = records.meeting, []
    if meeting.formal_part_closed_at is not None:
        lines.append(f"The formal part was closed at {_clock(records, meeting.formal_part_closed_at)}.")
    if meeting.closed_at is not None:
        lines.append(f"The meeting was closed at {_clock(records, meeting.closed_at)}.")
    return "\n".join(lines) or "No close is recorded."


def _clock(records: Records, at: datetime) -> str:
    return at.astimezone(records.zone).strftime("%H:%M")


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _number(value: Decimal | None) -> str:
    return "0" if value is None else f"{value.normalize():f}"


def _sentence(text: str) -> str:
    said = text.strip()
    return said if said.endswith((".", "?", "!")) else f"{said}."
