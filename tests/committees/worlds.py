"""Random worlds of committees, as rows. Not a test."""

from __future__ import annotations

import random
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
    DelegationRefusal,
    Minutes,
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
BEFORE = (MeetingStatus.PLANNED, MeetingStatus.NOTICE_GIVEN)


@dataclass
class World:
    """Everything that was stored of one committee, and where it is."""

    chamber: Chamber
    rules: dict[str, Any]
    today: date
    rows: list[Any] = field(default_factory=list)
    held: dict[UUID, Convened] = field(default_factory=dict)
    finished_papers: set[UUID] = field(default_factory=set)
    recommending: list[tuple[UUID, UUID]] = field(default_factory=list)

    def of(self, table: type[Any]) -> list[Any]:
        """The rows of a table."""
        return [row for row in self.rows if type(row) is table]


async def random_world(tenant: Any, seed: int) -> World:
    """A committee with six meetings in random states, and a bit of everything."""
    pick = random.Random(seed)
    rules = {
        "noticeDays": pick.choice([0, 5, 15]),
        "privateNoticeDays": pick.choice([None, 0, 3]),
        "paperDays": pick.choice([0, 4]),
        "substitutesVote": pick.random() < 0.5,
    }
    chamber = await make_chamber(tenant, members=3, rules=rules)
    now = tenant.house.clock()
    world = World(chamber, rules, (now - timedelta(hours=7)).date())
    for n in range(8):
        # Some go on in every world, for nobody votes otherwise.
        status = MeetingStatus.IN_SESSION if n < 2 else pick.choice(list(MeetingStatus))
        days = pick.randrange(-9, 10)
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
            values |= {"risk_identified": True, "risk": None} if gap == "risk" else {}
            if gap == "recommendation":
                del values["recommendation"]
        withdrawn = now if pick.random() < 0.2 else None
        author = pick.choice(["author", "author", "member1"])
        paper = paper_of(held, item, author, withdrawn_at=withdrawn, **values)
        if not flawed:
            world.finished_papers.add(paper.id)
        await _store(world, document, paper)
        if not (flawed and gap == "recommendation"):
            answer = pick.choice([None, "DEFERRED", "ACCEPTED"])
            await put(world.chamber, recommending(paper, answer=answer))
            if withdrawn is None and answer != "ACCEPTED":
                world.recommending.append((held.items[item], held.id))


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
            sat_in = {"substitute": row.substitute, "substitute_id": row.substitute_id} if pick.random() < 0.8 else {}
            own = {"tenant_id": world.chamber.tenant.id, "attendance_id": row.id}
            await _store(world, AttendanceSpan(**own, arrived_at=now, **sat_in))


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
            who: dict[str, Any] = {
                "appointment_id": world.chamber.appointments[name],
                "subject_id": subject_of(world.chamber, name),
            }
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
    base: dict[str, Any] = {"tenant_id": chamber.tenant.id, "committee_id": chamber.id}
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
                approval: dict[str, Any] = {
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
        answer_by=world.today if pick.random() < 0.5 else None,
        proposed_by=NOBODY,
        proposed_at=now,
    )
    await _store(world, entry)
    for position in (1, 2):
        item = DelegationItem(
            **base, delegation_id=entry.id, position=position, matter="SERVICE_MODELS", text="x", proposed_at=now
        )
        item.withdrawn_at = now if pick.random() < 0.2 else None
        await _store(world, item)
        for body in chamber.bodies:
            if pick.random() < 0.4:
                adopted: dict[str, Any] = {
                    "reference": "x",
                    "decided_on": world.today,
                    "begins_on": world.today,
                    "adopted_at": now,
                }
                await _store(
                    world, DelegationAdoption(**base, item_id=item.id, body_id=body, adopted_by=NOBODY, **adopted)
                )
            elif pick.random() < 0.3:
                declined: dict[str, Any] = {"reference": "x", "reason": "x", "declined_at": now}
                await _store(
                    world, DelegationRefusal(**base, item_id=item.id, body_id=body, declined_by=NOBODY, **declined)
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
        made: dict[str, Any] = {"reason": "x", "referred_at": now, "answered_at": answered}
        referral = Referral(
            tenant_id=world.chamber.tenant.id,
            committee_id=world.chamber.id,
            decision_id=decision.id,
            to_id=world.chamber.id,
            **made,
        )
        await _store(world, referral)
