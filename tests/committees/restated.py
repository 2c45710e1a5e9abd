"""What people of a random world must do, said again in Python. Not a test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tests.committees.record_rows import subject_of
from tests.committees.worlds import BEFORE, VOTERS, World

from almoner.committees.conflicts import kept_from_voting
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import (
    Action,
    Attendance,
    AttendanceSpan,
    Ballot,
    CommitteeDelegation,
    ConflictDeclaration,
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
from almoner.committees.voters import Place, place_to_vote_from
from almoner.core.errors import Conflict

_TO_COME = (*BEFORE, MeetingStatus.AGENDA_PUBLISHED, MeetingStatus.IN_SESSION)
Task = tuple[str, UUID, date | None]


class Restated:
    """What people must do, told from the rows without any SQL."""

    def __init__(self, world: World, meetings: list[Meeting]) -> None:
        self.world = world
        self.meetings = {meeting.id: meeting for meeting in meetings}

    def tasks(self, who: str) -> set[Task]:
        """All tasks of somebody."""
        found = {
            "secretary": self._secretary,
            "chair": self._chair,
            "officer1": lambda: self._officer(0),
            "officer2": lambda: self._officer(1),
        }.get(who, lambda: iter(()))()
        return {*found, *(self._member(who) if who in VOTERS else ()), *self._everybody(who)}

    def _last(self, meeting: Meeting, rule: str) -> date:
        # Of the versions in force, the last one counts; those that a world adds have the same rules.
        private = self.world.rules["privateNoticeDays"] if rule == "noticeDays" and not meeting.is_public else None
        return meeting.held_on - timedelta(days=self.world.rules[rule] if private is None else private)

    def _next(self, meeting: Meeting) -> date | None:
        later = [
            each.held_on
            for each in self.meetings.values()
            if each.starts_at > meeting.starts_at and each.status in _TO_COME
        ]
        return min(later, default=None)

    def _secretary(self) -> Iterator[Task]:
        with_minutes = {each.meeting_id for each in self.world.of(Minutes)}
        for meeting in self.meetings.values():
            if meeting.status == "PLANNED":
                yield "GIVE_NOTICE", meeting.id, self._last(meeting, "noticeDays")
            if meeting.status == "NOTICE_GIVEN":
                yield "PUBLISH_AGENDA", meeting.id, self._last(meeting, "paperDays")
            if meeting.status == "HELD" and meeting.id not in with_minutes:
                yield "DRAFT_MINUTES", meeting.id, self._next(meeting)
            if meeting.status == "IN_SESSION" and not self._all_recorded(meeting):
                yield "RECORD_ATTENDANCE", meeting.id, meeting.held_on
        for paper, meeting in self._with_meeting(Paper):
            if self._unfinished(paper, meeting):
                yield "CHASE_PAPER", paper.id, self._last(meeting, "paperDays")
        papers = [(item_id, self.meetings[meeting_id]) for item_id, meeting_id in self.world.recommending]
        over = ("HELD", "MINUTES_APPROVED")
        yield from (("BRING_BACK", item, self._next(where)) for item, where in papers if where.status in over)
        for minutes, meeting in self._with_meeting(Minutes):
            if minutes.status == "DRAFTED":
                yield "CIRCULATE_MINUTES", minutes.id, self._next(meeting)
        for question, meeting in self._with_meeting(PublicQuestion):
            if question.answered_at is None and meeting.status != "CANCELLED":
                yield "ANSWER_QUESTION", question.id, meeting.held_on

    def _chair(self) -> Iterator[Task]:
        for meeting in self.meetings.values():
            if meeting.status == "AGENDA_PUBLISHED" and meeting.held_on <= self.world.today:
                yield "OPEN_MEETING", meeting.id, meeting.held_on
        for declared, meeting in self._with_meeting(ConflictDeclaration):
            if declared.ruling is None and meeting.status in ("AGENDA_PUBLISHED", "IN_SESSION"):
                yield "RULE_ON_CONFLICT", declared.id, meeting.held_on
        for vote, meeting in self._with_meeting(Vote):
            if vote.closed_at is None:
                yield "CLOSE_VOTE", vote.id, meeting.held_on
        for minutes, meeting in self._with_meeting(Minutes):
            if minutes.status == "CIRCULATED":
                yield "APPROVE_MINUTES", minutes.id, self._next(meeting)
        for referral in self.world.of(Referral):
            if referral.answered_at is None:
                yield "ANSWER_REFERRAL", referral.id, None

    def _officer(self, n: int) -> Iterator[Task]:
        body = self.world.chamber.bodies[n]
        versions = self.world.of(TermsOfReference)
        approved = {(each.terms_id, each.body_id) for each in self.world.of(TermsApproval)}
        latest = max([1, *(each.number for each in versions if each.in_force_at)])
        for terms in versions:
            if terms.in_force_at is None and terms.number > latest and (terms.id, body) not in approved:
                yield "APPROVE_TERMS", terms.id, None
        said = [*self.world.of(DelegationAdoption), *self.world.of(DelegationRefusal)]
        (entry,) = self.world.of(CommitteeDelegation)
        for item in self.world.of(DelegationItem):
            if item.withdrawn_at is None and (item.id, body) not in {(each.item_id, each.body_id) for each in said}:
                yield "DECIDE_ON_DELEGATION", item.id, entry.answer_by

    def _member(self, who: str) -> Iterator[Task]:
        subject = subject_of(self.world.chamber, who)
        for minutes, meeting in self._with_meeting(Minutes):
            if minutes.status == "CIRCULATED" and self._attended(meeting, who):
                yield "READ_MINUTES", minutes.id, self._next(meeting)
        for vote, meeting in self._with_meeting(Vote):
            if vote.closed_at is None and subject not in vote.barred and self._may_vote(who, vote, meeting):
                yield "CAST_BALLOT", vote.id, meeting.held_on

    def _everybody(self, who: str) -> Iterator[Task]:
        subject = subject_of(self.world.chamber, who)
        # Officers of bodies hold no role at the committee.
        for action in self.world.of(Action):
            may = not who.startswith("officer")
            if action.owner_id == subject and action.status == "OPEN" and may:
                yield "CARRY_OUT_ACTION", action.id, action.due_on
        for paper, meeting in self._with_meeting(Paper):
            if who == "author" and paper.author_id == subject and self._unfinished(paper, meeting):
                yield "COMPLETE_PAPER", paper.id, self._last(meeting, "paperDays")

    def _with_meeting(self, table: type[Any]) -> list[tuple[Any, Meeting]]:
        return [(row, self.meetings[row.meeting_id]) for row in self.world.of(table)]

    def _unfinished(self, paper: Paper, meeting: Meeting) -> bool:
        missing = paper.id not in self.world.finished_papers
        return missing and paper.withdrawn_at is None and meeting.status in BEFORE

    def _all_recorded(self, meeting: Meeting) -> bool:
        spans = {each.attendance_id for each in self.world.of(AttendanceSpan)}
        known = {
            row.appointment_id
            for row in self.world.of(Attendance)
            if row.meeting_id == meeting.id and (row.is_present or row.apologies_at or row.id in spans)
        }
        return known == set(self.world.chamber.appointments.values())

    def _attended(self, meeting: Meeting, who: str) -> bool:
        subject, own = subject_of(self.world.chamber, who), self.world.chamber.appointments[who]
        seats = {row.id: row.appointment_id for row in self.world.of(Attendance) if row.meeting_id == meeting.id}
        return any(
            span.substitute_id == subject or (span.substitute is None and seats[span.attendance_id] == own)
            for span in self.world.of(AttendanceSpan)
            if span.attendance_id in seats
        )

    def _represented(self, meeting: Meeting, who: str) -> list[Attendance]:
        subject, own = subject_of(self.world.chamber, who), self.world.chamber.appointments[who]
        return [
            row
            for row in self.world.of(Attendance)
            if row.meeting_id == meeting.id
            and (row.substitute_id == subject or (row.substitute is None and row.appointment_id == own))
        ]

    def _may_vote(self, who: str, vote: Vote, meeting: Meeting) -> bool:
        """Whether a ballot would be taken, by what it is taken by."""
        subject = subject_of(self.world.chamber, who)
        declared = [row for row in self.world.of(ConflictDeclaration) if row.item_id == vote.item_id]
        kept = kept_from_voting((row.subject_id, row.ruling) for row in declared)
        try:
            place = place_to_vote_from(
                subject,
                self._places(meeting),
                substitutes_vote=self.world.rules["substitutesVote"],
                conflicted=subject in kept,
            )
        except Conflict:
            return False
        ballots = [row for row in self.world.of(Ballot) if row.vote_id == vote.id]
        voted = any(row.subject_id == subject or row.appointment_id == place.appointment_id for row in ballots)
        return meeting.status == "IN_SESSION" and not voted

    def _places(self, meeting: Meeting) -> Iterator[Place]:
        there = {row.appointment_id: row for row in self.world.of(Attendance) if row.meeting_id == meeting.id}
        for name in VOTERS:
            appointment = self.world.chamber.appointments[name]
            row = there.get(appointment)
            holder = subject_of(self.world.chamber, name)
            if row is None:
                yield Place(appointment, holder, None, False, False, None)
            else:
                sits_in = row.substitute is not None
                yield Place(appointment, holder, None, row.is_present, sits_in, row.substitute_id)
