"""Random worlds of committees as rows, and what each of their people must do, said again in Python. Not a test."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.committees.building import Chamber, Convened, make_chamber, make_meeting
from tests.committees.record_rows import complete, of, paper_of, put, recommending, subject_of

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
    Meeting,
    Minutes,
    Paper,
    PaperDocument,
    PublicQuestion,
    Referral,
    TermsApproval,
    TermsOfReference,
    Vote,
)
from almoner.committees.tables import Decision as DecisionRow

VOTERS = ("chair", "member1", "member2", "member3")
PEOPLE = (*VOTERS, "secretary", "author", "observer", "officer1", "officer2")
NOBODY = UUID(int=0)
_BEFORE = (MeetingStatus.PLANNED, MeetingStatus.NOTICE_GIVEN)
_TO_COME = (*_BEFORE, MeetingStatus.AGENDA_PUBLISHED, MeetingStatus.IN_SESSION)
Task = tuple[str, UUID, date | None]


@dataclass
class World:
    """Everything that was stored of one committee, and where it is."""

    chamber: Chamber
    rules: dict[str, Any]
    today: date
    rows: list[Any] = field(default_factory=list)
    held: dict[UUID, Convened] = field(default_factory=dict)
    finished_papers: set[UUID] = field(default_factory=set)

    def of(self, table: type[Any]) -> list[Any]:
        """The rows of a table."""
        return [row for row in self.rows if type(row) is table]


async def random_world(tenant: Any, seed: int) -> World:
    """A committee with six meetings in random states, and a bit of everything."""
    pick = random.Random(seed)
    rules = {
        "noticeDays": pick.choice([0, 5, 15]),
        "paperDays": pick.choice([0, 4]),
        "substitutesVote": pick.random() < 0.5,
    }
    chamber = await make_chamber(tenant, members=3, rules=rules)
    now = tenant.house.clock()
    world = World(chamber, rules, (now - timedelta(hours=7)).date())
    for _ in range(6):
        status, days = pick.choice(list(MeetingStatus)), pick.randrange(-9, 10)
        held = await make_meeting(chamber, status=status, days=days, is_public=pick.random() < 0.8)
        world.held[held.id] = held
        await _fill(world, held, pick, status, now)
    await _of_bodies(world, pick, now)
    return world


async def _store(world: World, *rows: Any) -> None:
    # Copies, for what is stored belongs to a session that ends.
    world.rows += [row.model_copy() for row in rows]
    await put(world.chamber, *rows)


async def _fill(world: World, held: Convened, pick: random.Random, status: str, now: datetime) -> None:
    await _papers(world, held, pick, now)
    await _attendances(world, held, pick, now)
    await _votes(world, held, pick, now)
    if status in (MeetingStatus.HELD, MeetingStatus.MINUTES_APPROVED) and pick.random() < 0.8:
        approved = status == MeetingStatus.MINUTES_APPROVED
        stage = "APPROVED" if approved else pick.choice(["DRAFTED", "CIRCULATED"])
        await _store(world, of(held, Minutes, status=stage, drafted_at=now))
    answered = now if pick.random() < 0.4 else None
    await _store(
        world,
        of(
            held,
            PublicQuestion,
            asked="BEFOREHAND",
            asked_by="A patient",
            text="When?",
            asked_at=now,
            answered_at=answered,
        ),
        of(
            held,
            Action,
            reference="17-03-08",
            subject="An easy read document",
            owner="Someone",
            owner_id=subject_of(world.chamber, pick.choice(PEOPLE)) if pick.random() < 0.8 else None,
            status=pick.choice(["OPEN", "OPEN", "DONE", "DROPPED"]),
            due_on=world.today + timedelta(days=pick.randrange(-5, 6)),
            raised_on=world.today,
        ),
    )


async def _papers(world: World, held: Convened, pick: random.Random, now: datetime) -> None:
    for item in held.items:
        document = PaperDocument(
            tenant_id=world.chamber.tenant.id,
            committee_id=world.chamber.id,
            digest=f"{held.id}{item}",
            name="x.pdf",
            media_type="application/pdf",
            size=1,
            content=b"x",
            uploaded_by=NOBODY,
            uploaded_at=now,
        )
        values = complete(document.id)
        flawed = pick.random() < 0.7
        if flawed:
            gap = pick.choice([*values, "risk", "recommendation"])
            values |= {gap: [] if gap in ("lead_authors", "purposes") else None}
            values |= {"risk_identified": True, "risk": " "} if gap == "risk" else {}
            if gap == "recommendation":
                del values["recommendation"]
        withdrawn = now if pick.random() < 0.2 else None
        author = pick.choice(["author", "author", "member1"])
        paper = paper_of(held, item, author, withdrawn_at=withdrawn, **values)
        if not flawed:
            world.finished_papers.add(paper.id)
        await _store(world, document, paper)
        if not (flawed and gap == "recommendation"):
            await put(world.chamber, recommending(paper))


async def _attendances(world: World, held: Convened, pick: random.Random, now: datetime) -> None:
    everybody = pick.random() < 0.5
    for name, appointment in world.chamber.appointments.items():
        if not everybody and pick.random() < 0.3:
            continue
        deputy = pick.choice(VOTERS) if pick.random() < 0.3 else None
        there = pick.random() < 0.7
        row = of(
            held,
            Attendance,
            appointment_id=appointment,
            is_present=there,
            apologies_at=None if there and pick.random() < 0.9 else now,
            substitute=deputy and f"{deputy} for {name}",
            substitute_id=deputy and subject_of(world.chamber, deputy),
        )
        await _store(world, row)
        if there or pick.random() < 0.3:
            tenant_id = world.chamber.tenant.id
            await _store(world, AttendanceSpan(tenant_id=tenant_id, attendance_id=row.id, arrived_at=now))


async def _votes(world: World, held: Convened, pick: random.Random, now: datetime) -> None:
    for item_id in held.items.values():
        closed = now if pick.random() < 0.3 else None
        vote = of(
            held,
            Vote,
            item_id=item_id,
            motion="To endorse it",
            majority="MAJORITY",
            opened_by=NOBODY,
            opened_at=now,
            closed_at=closed,
            barred=[subject_of(world.chamber, "member2")] if pick.random() < 0.2 else [],
        )
        await _store(world, vote)
        for name in VOTERS:
            who = {"appointment_id": world.chamber.appointments[name], "subject_id": subject_of(world.chamber, name)}
            if pick.random() < 0.25:
                ruling = pick.choice([None, "STAY", "STAY_WITHOUT_VOTING", "LEAVE"])
                declared = of(
                    held, ConflictDeclaration, item_id=item_id, text="x", declared_at=now, ruling=ruling, **who
                )
                await _store(world, declared)
            if pick.random() < 0.25:
                await _store(world, of(held, Ballot, vote_id=vote.id, choice="FOR", weight=1, cast_at=now, **who))


async def _of_bodies(world: World, pick: random.Random, now: datetime) -> None:
    chamber = world.chamber
    base = {"tenant_id": chamber.tenant.id, "committee_id": chamber.id}
    for number in (2, 3, 4):
        since = now if pick.random() < 0.3 else None
        terms = TermsOfReference(
            **base,
            number=number,
            text="x",
            rules=world.rules,
            drafted_by=NOBODY,
            drafted_at=now,
            in_force_at=since,
        )
        await _store(world, terms)
        for body in chamber.bodies:
            if pick.random() < 0.4:
                approval = {
                    "approved_on": world.today,
                    "reference": "x",
                    "recorded_by": NOBODY,
                    "recorded_at": now,
                }
                await _store(
                    world, TermsApproval(tenant_id=chamber.tenant.id, terms_id=terms.id, body_id=body, **approval)
                )
    entry = CommitteeDelegation(
        **base,
        position=1,
        workstream="Primary care",
        rationale="x",
        impact="x",
        proposed_by=NOBODY,
        proposed_at=now,
    )
    await _store(world, entry)
    for position in (1, 2):
        item = DelegationItem(
            **base, delegation_id=entry.id, position=position, matter="SERVICE_MODELS", text="x", proposed_at=now
        )
        await _store(world, item)
        for body in chamber.bodies:
            if pick.random() < 0.4:
                adopted = {"reference": "x", "decided_on": world.today, "begins_on": world.today, "adopted_at": now}
                await _store(
                    world, DelegationAdoption(**base, item_id=item.id, body_id=body, adopted_by=NOBODY, **adopted)
                )
    await _referrals(world, pick, now)


async def _referrals(world: World, pick: random.Random, now: datetime) -> None:
    held = next(iter(world.held.values()))
    decision = of(
        held,
        DecisionRow,
        item_id=held.items["Vision"],
        number=1,
        kind="REFER",
        text="x",
        declared_by=NOBODY,
        decided_at=now,
    )
    await _store(world, decision)
    for _ in range(2):
        answered = now if pick.random() < 0.5 else None
        made = {"reason": "x", "referred_at": now, "answered_at": answered}
        referral = Referral(
            tenant_id=world.chamber.tenant.id,
            committee_id=world.chamber.id,
            decision_id=decision.id,
            to_id=world.chamber.id,
            **made,
        )
        await _store(world, referral)


# --- what each of them must do -------------------------------------------------------------------------------------


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
        return meeting.held_on - timedelta(days=self.world.rules[rule])

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
        adopted = {(each.item_id, each.body_id) for each in self.world.of(DelegationAdoption)}
        for item in self.world.of(DelegationItem):
            if (item.id, body) not in adopted:
                yield "DECIDE_ON_DELEGATION", item.id, None

    def _member(self, who: str) -> Iterator[Task]:
        subject = subject_of(self.world.chamber, who)
        spans = {each.attendance_id for each in self.world.of(AttendanceSpan)}
        for minutes, meeting in self._with_meeting(Minutes):
            there = [row for row in self._represented(meeting, who) if row.id in spans]
            if minutes.status == "CIRCULATED" and there:
                yield "READ_MINUTES", minutes.id, self._next(meeting)
        for vote, meeting in self._with_meeting(Vote):
            if vote.closed_at is None and subject not in vote.barred and self._may_vote(who, vote, meeting):
                yield "CAST_BALLOT", vote.id, meeting.held_on

    def _everybody(self, who: str) -> Iterator[Task]:
        subject = subject_of(self.world.chamber, who)
        # Observers, officers and the like have no permission to report, and write no papers.
        for action in self.world.of(Action):
            may = who in (*VOTERS, "secretary")
            if action.owner_id == subject and action.status == "OPEN" and may:
                yield "CARRY_OUT_ACTION", action.id, action.due_on
        for paper, meeting in self._with_meeting(Paper):
            if who == "author" and paper.author_id == subject and self._unfinished(paper, meeting):
                yield "COMPLETE_PAPER", paper.id, self._last(meeting, "paperDays")

    def _with_meeting(self, table: type[Any]) -> list[tuple[Any, Meeting]]:
        return [(row, self.meetings[row.meeting_id]) for row in self.world.of(table)]

    def _unfinished(self, paper: Paper, meeting: Meeting) -> bool:
        missing = paper.id not in self.world.finished_papers
        return missing and paper.withdrawn_at is None and meeting.status in _BEFORE

    def _all_recorded(self, meeting: Meeting) -> bool:
        spans = {each.attendance_id for each in self.world.of(AttendanceSpan)}
        known = {
            row.appointment_id
            for row in self.world.of(Attendance)
            if row.meeting_id == meeting.id and (row.is_present or row.apologies_at or row.id in spans)
        }
        return known == set(self.world.chamber.appointments.values())

    def _represented(self, meeting: Meeting, who: str) -> list[Attendance]:
        subject, own = subject_of(self.world.chamber, who), self.world.chamber.appointments[who]
        return [
            row
            for row in self.world.of(Attendance)
            if row.meeting_id == meeting.id
            and (row.substitute_id == subject or (row.substitute is None and row.appointment_id == own))
        ]

    def _may_vote(self, who: str, vote: Vote, meeting: Meeting) -> bool:
        subject = subject_of(self.world.chamber, who)
        voting = {self.world.chamber.appointments[name] for name in VOTERS}
        kept = [
            row for row in self.world.of(ConflictDeclaration) if row.item_id == vote.item_id and row.ruling != "STAY"
        ]
        voted = {row.appointment_id for row in self.world.of(Ballot) if row.vote_id == vote.id}
        for row in self._represented(meeting, who):
            seated = row.substitute is None or self.world.rules["substitutesVote"]
            barred = any(each.appointment_id == row.appointment_id or each.subject_id == subject for each in kept)
            if row.is_present and row.appointment_id in voting - voted and seated and not barred:
                return True
        return False
