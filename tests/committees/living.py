"""A tenant in which committees have met for a while: rows of all their tables, in all states. Not a test.

Nothing here goes through verbs, so that what is read can be tested in states that they would not bring about.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import TIMESTAMP, update
from sqlmodel import AutoString
from tests.committees.building import Chamber, Convened, make_chamber, make_meeting

from almoner.committees import tables
from almoner.committees.rules import parse_rules, written
from almoner.committees.status import MeetingStatus
from almoner.committees.words import ActionStatus, BallotChoice, DecisionKind
from almoner.core.tables import TenantTable
from almoner.identity.tokens import Identity

T = TypeVar("T", bound=TenantTable)

#: For columns that hold a word of ours, or must hold something and are not named where a row is made.
_USUAL: dict[type[Any], dict[str, Any]] = {
    tables.CommitteeRelation: {"kind": "REPORTS_TO"},
    tables.TermsOfReference: {"rules": {}, "drafted_by": UUID(int=0)},
    tables.TermsApproval: {"recorded_by": UUID(int=0), "approved_on": date(2017, 3, 1)},
    tables.Appointment: {"begins_on": date(2017, 1, 1)},
    tables.Exclusion: {"kind": "AFFILIATION", "seats": "VOTING"},
    tables.Paper: {"purposes": ["DISCUSSION", "DECISION"], "equality_impact": "YES", "engagement": "NOT_APPLICABLE"}
    | {"financial_implications": "NO"},
    tables.PaperDocument: {"media_type": "application/pdf", "size": 3, "content": b"%PDF"}
    | {"uploaded_by": UUID(int=0)},
    tables.PublicQuestion: {"asked": "BEFOREHAND"},
    tables.QuorumChange: {"is_quorate": True, "voting_members": 3, "bodies": 2},
    tables.Vote: {"majority": "MAJORITY", "majority_share": "2/3", "opened_by": UUID(int=0)},
    tables.Ballot: {"weight": Decimal("1.50")},
    tables.Decision: {"kind": DecisionKind.APPROVE, "declared_by": UUID(int=0)},
    tables.DelegationItem: {"matter": "USE_OF_FUNDS", "limit_amount": Decimal("250000.10")},
    tables.CommitteeDelegation: {"proposed_by": UUID(int=0)},
    tables.DelegationAdoption: {"adopted_by": UUID(int=0), "decided_on": date(2017, 6, 1)}
    | {"begins_on": date(2017, 7, 1)},
    tables.DelegationRefusal: {"declined_by": UUID(int=0)},
    tables.MinutesAmendment: {"amended_by": UUID(int=0)},
    tables.Action: {"raised_on": date(2017, 3, 2), "due_on": date(2017, 5, 4), "status": ActionStatus.OPEN},
    tables.ActionUpdate: {"reported_by": UUID(int=0), "status": ActionStatus.OPEN},
    tables.Reminder: {"kind": "PAPER_DUE", "due_on": date(2031, 1, 1)},
}
#: Columns with words of ours that may be empty, which is what they are unless a row says otherwise.
_WORDS = {"answer": tables.Recommendation, "ruling": tables.ConflictDeclaration}


@dataclass
class Pen:
    """Writes rows of one tenant.

    Attributes:
        mark: stands in every text that is not given; without one, texts that may be empty are.
    """

    scope: Any
    mark: str = ""

    async def write(self, table: type[T], **given: Any) -> T:
        """Add a row; what is not given is what is usual."""
        columns: Mapping[str, Any] = table.__table__.columns  # type: ignore[attr-defined]
        usual = {name: value for name, value in _USUAL.get(table, {}).items() if name in columns}
        texts = {
            name: f"{name} „{table.__name__}“ {self.mark}"
            for name, column in columns.items()
            if isinstance(column.type, AutoString)
            and (self.mark or not column.nullable)
            and _WORDS.get(name) is not table
        }
        instants = {
            name: self.scope.now()
            for name, column in columns.items()
            if not column.nullable and isinstance(column.type, TIMESTAMP)
        }
        row = table(tenant_id=self.scope.tenant_id, **(texts | instants | usual | given))
        self.scope.session.add(row)
        await self.scope.session.flush()
        return row


@dataclass
class Story:
    """One committee's rows.

    Attributes:
        since: what public rows have in `public_at`; None where nothing is public.
    """

    pen: Pen
    chamber: Chamber
    since: datetime | None

    async def write(self, table: type[T], **given: Any) -> T:
        """Add a row of this committee."""
        return await self.pen.write(table, committee_id=self.chamber.id, **given)

    def who(self, name: str) -> UUID:
        """The account of somebody of this committee."""
        found: Identity = self.chamber.tenant.identities[self.chamber.who(name)]
        return found.subject_id

    @property
    def own(self) -> dict[str, Any]:
        """What a public row has."""
        return {"public_at": self.since}


async def live_with_committees(tenant: Any, *, mark: str = "", prefixes: tuple[str, str] = ("", "other-")) -> Chamber:
    """Make two committees; the first is public, unless there is a mark, and the second never is.

    Everybody is barred from the private items who is called `member1`.

    Args:
        mark: stands in all texts, and then nothing at all is public.
    """
    chamber = await make_chamber(tenant, members=3, is_public=not mark, prefix=prefixes[0])
    other = await make_chamber(tenant, members=2, is_public=False, prefix=prefixes[1])
    for one, opposite in ((chamber, other), (other, chamber)):
        await _live(tenant, one, opposite, mark)
    return chamber


async def _live(tenant: Any, chamber: Chamber, opposite: Chamber, mark: str) -> None:
    convened = await _meetings(chamber)
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        story = Story(Pen(scope, mark), chamber, scope.now() if chamber.is_public else None)
        await _made_up(story, opposite)
        item = await _delegations(story)
        numbers = itertools.count(1)
        for status in (MeetingStatus.AGENDA_PUBLISHED, MeetingStatus.IN_SESSION, MeetingStatus.HELD):
            await _papers(story, convened[status], item, status)
        await _met(story, convened[MeetingStatus.IN_SESSION], item, numbers)
        for status in (MeetingStatus.HELD, MeetingStatus.MINUTES_APPROVED):
            decisions = await _met(story, convened[status], item, numbers)
            await _recorded(story, convened[status], status)
            await _referred(story, decisions, opposite)
        await _reminded(story, convened[MeetingStatus.AGENDA_PUBLISHED])


async def _meetings(chamber: Chamber) -> dict[MeetingStatus, Convened]:
    """A meeting in each state, the second one not public; and a private item, and one that was withdrawn, in each."""
    found = {}
    for number, status in enumerate(MeetingStatus):
        found[status] = await make_meeting(
            chamber,
            status=status,
            items=("Vision", "Secret", "Dropped"),
            private=("Secret",),
            days=40 * (number - 4),
            present=("chair", "member1", "member2"),
            is_public=chamber.is_public and status is not MeetingStatus.NOTICE_GIVEN,
        )
        async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
            barred = chamber.tenant.identities[chamber.who("member1")].subject_id
            items_, ids = tables.AgendaItem, found[status].items
            for title, change in (("Secret", {"barred": [barred]}), ("Dropped", {"withdrawn_at": scope.now()})):
                gone = {"public_at": None} if title == "Dropped" else {}
                await scope.session.execute(
                    update(items_).where(items_.id == ids[title]).values(**change, **gone)  # type: ignore[arg-type]
                )
    return found


async def _made_up(story: Story, opposite: Chamber) -> None:
    now = story.pen.scope.now()
    for kind in ("ADVISES", "REPORTS_TO"):
        await story.write(tables.CommitteeRelation, kind=kind, other_id=opposite.bodies[0])
    draft = await story.write(
        tables.TermsOfReference, number=2, rules=written(parse_rules({"quorum": {"votingMembers": 2}}))
    )
    later = written(parse_rules({})) | {"publicMatters": ["A", story.pen.mark]}
    await story.write(tables.TermsOfReference, number=3, in_force_at=now + timedelta(days=9), rules=later)
    for body in story.chamber.bodies:
        await story.pen.write(tables.TermsApproval, terms_id=draft.id, body_id=body)
    await story.write(tables.Exclusion, affiliation="FEDERAL_EMPLOYEE" + story.pen.mark, lifted_at=now)
    await story.write(tables.Exclusion, kind="VOTING_SEAT_ELSEWHERE", other_id=opposite.id, affiliation=None)
    for name in ("chair", "member1", "member1"):
        await story.write(tables.Interest, subject_id=story.who(name))
    seat = await story.write(
        tables.Seat, minimum=1, maximum=2, vote="NON_VOTING", stands_for="WHOLE", role="committee_observer"
    )
    observer = await story.pen.scope.session.get(
        tables.Appointment, (story.pen.scope.tenant_id, story.chamber.appointments["observer"])
    )
    ended = {"ends_on": date(2018, 1, 1), "ended_at": now, "affiliations": ["LOCAL_AUTHORITY", story.pen.mark]}
    for public in (story.since, None):
        await story.write(
            tables.Appointment,
            seat_id=seat.id,
            subject_id=story.who("observer"),
            assignment_id=observer.assignment_id,
            public_at=public,
            **ended,
        )


async def _delegations(story: Story) -> UUID:
    """The register: two entries, the first adopted by both bodies, the last withdrawn by one; an item of the first."""
    items = []
    for position in (1, 2):
        public = story.own if "public_at" in tables.CommitteeDelegation.model_fields else {}
        entry = await story.write(tables.CommitteeDelegation, position=position, **public)
        for number in (1, 2):
            item = await story.write(tables.DelegationItem, delegation_id=entry.id, position=number, **public)
            items.append(item.id)
    for item_id, body, withdrawn in (
        (items[0], story.chamber.bodies[0], None),
        (items[0], story.chamber.bodies[1], None),
        (items[1], story.chamber.bodies[0], story.pen.scope.now()),
    ):
        await story.write(tables.DelegationAdoption, item_id=item_id, body_id=body, withdrawn_at=withdrawn)
    for item_id, body in ((items[1], story.chamber.bodies[0]), (items[2], story.chamber.bodies[1])):
        await story.write(tables.DelegationRefusal, item_id=item_id, body_id=body)
    first: UUID = items[0]
    return first


def _of(story: Story, convened: Convened, title: str) -> dict[str, Any]:
    """What a row about an item of a meeting has: public or private, and who is barred from it."""
    is_private = title == "Secret"
    return {
        "meeting_id": convened.id,
        "item_id": convened.items[title],
        "public_at": None if is_private else story.since,
        "barred": [story.who("member1")] if is_private else [],
    }


async def _papers(story: Story, convened: Convened, item: UUID, status: MeetingStatus) -> None:
    """One that is published, one that is not, one that was withdrawn, and a private one."""
    document = await story.write(tables.PaperDocument, digest=f"{convened.id}")
    draft = await story.write(tables.PaperDocument, digest=f"draft {convened.id}", name=f"draft {story.pen.mark}")
    texts = {"lead_authors": [f"Ω {story.pen.mark}", "b"], "contributors": [story.pen.mark]}
    written: tuple[tuple[str, dict[str, Any]], ...] = (
        ("Vision", {"delegation_item_id": item, "document_id": document.id, "dated_on": date(2017, 6, 28)}),
        ("Vision", {"public_at": None, "document_id": draft.id, "title": f"Draft {story.pen.mark}"}),
        ("Vision", {"withdrawn_at": story.pen.scope.now(), "public_at": None, "document_id": None}),
        ("Secret", {"asks_bodies": [str(story.chamber.bodies[1]), story.pen.mark][: 1 + bool(story.pen.mark)]}),
    )
    for title, more in written:
        given = _of(story, convened, title) | texts | more
        given["asks_bodies"] = [one for one in given.get("asks_bodies", []) if one != story.pen.mark]
        paper = await story.write(tables.Paper, author_id=story.who("author"), **given)
        for position in (1, 2):
            await story.pen.write(tables.Recommendation, paper_id=paper.id, position=position)


async def _met(story: Story, convened: Convened, delegation_item: UUID, numbers: Any) -> dict[str, UUID]:
    """What happens in a meeting; the ids of its decisions, by item."""
    meeting = {"meeting_id": convened.id}
    now, first = story.pen.scope.now(), len(convened.items)
    where = tables.Attendance.__table__.c  # type: ignore[attr-defined]
    await story.pen.scope.session.execute(
        update(tables.Attendance).where(where.meeting_id == convened.id).values(public_at=story.since)
    )
    away = {"apologies_at": now, "appointment_id": story.chamber.appointments["observer"]}
    await story.write(tables.Attendance, **meeting, **away, substitute_id=story.who("author"))
    await story.write(tables.QuorumChange, **meeting)
    await story.write(tables.QuorumChange, **meeting, is_quorate=False, lacking=[f"1 member {story.pen.mark}"])
    for asked, public in (("BEFOREHAND", story.since), ("AT_THE_MEETING", None)):
        await story.write(tables.PublicQuestion, **meeting, asked=asked, public_at=public)
    for name, ruling in (("member1", "LEAVE"), ("member2", None)):
        await story.write(
            tables.ConflictDeclaration,
            **meeting,
            item_id=convened.items["Secret"],
            appointment_id=story.chamber.appointments[name],
            subject_id=story.who(name),
            ruling=ruling,
            barred=[each for each in _of(story, convened, "Secret")["barred"] if each != story.who(name)],
        )
    found: dict[str, UUID] = {}
    for title in ("Vision", "Secret"):
        vote = await _vote(story, convened, title)
        decision = await story.write(
            tables.Decision,
            **_of(story, convened, title),
            number=next(numbers),
            vote_id=vote,
            delegation_item_id=delegation_item if title == "Vision" else None,
            amount=Decimal("10.50") if title == "Vision" else None,
        )
        for body in story.chamber.bodies:
            await story.pen.write(tables.DecisionBody, decision_id=decision.id, body_id=body)
        found[title] = decision.id
        await _answered(story, convened.items[title], decision.id)
    assert first
    return found


async def _vote(story: Story, convened: Convened, title: str) -> UUID:
    """One that is closed, and one that is open; the id of the first."""
    said = {"lacking": [f"a member {story.pen.mark}"]} if "lacking" in tables.Vote.model_fields else {}
    counted: dict[str, Any] = {
        "votes_for": Decimal("2.0"),
        "votes_against": Decimal(1),
        "abstentions": Decimal(0),
        "is_carried": True,
    }
    closed = await story.write(
        tables.Vote, **_of(story, convened, title), **counted, **said, closed_at=story.pen.scope.now()
    )
    opened = await story.write(tables.Vote, **(_of(story, convened, title) | {"public_at": None}))
    for vote in (closed, opened):
        for name, choice in zip(("chair", "member1", "member2"), BallotChoice, strict=True):
            await story.write(
                tables.Ballot,
                meeting_id=convened.id,
                vote_id=vote.id,
                appointment_id=story.chamber.appointments[name],
                subject_id=story.who(name),
                choice=choice,
                barred=[each for each in vote.barred if each != story.who(name)],
            )
    return closed.id


async def _answered(story: Story, item: UUID, decision: UUID) -> None:
    """A decision answers recommendations of all papers of its item, also of those that are not published."""
    papers, rows = tables.Paper.__table__.c, tables.Recommendation.__table__.c  # type: ignore[attr-defined]
    of_item = tables.Paper.__table__.select().with_only_columns(papers.id).where(papers.item_id == item)  # type: ignore[attr-defined]
    await story.pen.scope.session.execute(
        update(tables.Recommendation)
        .where(rows.paper_id.in_(of_item), rows.position == 1)
        .values(answer="AMENDED", answered_at=story.pen.scope.now(), decision_id=decision)
    )


async def _recorded(story: Story, convened: Convened, status: MeetingStatus) -> None:
    """Minutes, approved or not, and actions."""
    now, meeting = story.pen.scope.now(), {"meeting_id": convened.id}
    approved = status is MeetingStatus.MINUTES_APPROVED
    since = story.since if approved else None
    minutes = await story.write(
        tables.Minutes,
        **meeting,
        status="APPROVED" if approved else "CIRCULATED",
        circulated_at=now,
        approved_at=now if approved else None,
        public_at=since,
    )
    for position, title in enumerate((None, "Vision", "Secret"), 1):
        about = {} if title is None else _of(story, convened, title)
        about |= {"public_at": None if title == "Secret" else since, "is_private": title == "Secret"}
        about.pop("meeting_id", None)
        entry = await story.write(tables.MinutesEntry, minutes_id=minutes.id, position=position, **about)
        for _ in range(2):
            await story.pen.write(tables.MinutesAmendment, entry_id=entry.id)
    for day, (state, closed) in enumerate(
        ((ActionStatus.OPEN, None), (ActionStatus.DONE, date(2031, 1, 1)), (ActionStatus.DROPPED, date(2018, 1, 1))), 1
    ):
        action = await story.write(
            tables.Action,
            **meeting,
            item_id=convened.items["Vision"],
            owner_id=story.who("author") if state == ActionStatus.OPEN else None,
            status=state,
            due_on=date(2017, 5, day),
            closed_on=closed,
            public_at=since,
        )
        for _ in range(2):
            await story.pen.write(tables.ActionUpdate, action_id=action.id)


async def _referred(story: Story, decisions: Mapping[str, UUID], opposite: Chamber) -> None:
    kept = {"barred": [story.who("member1")]}
    for title, public, barred in (("Vision", story.since, {}), ("Vision", None, {}), ("Secret", None, kept)):
        await story.write(tables.Referral, decision_id=decisions[title], to_id=opposite.id, public_at=public, **barred)


async def _reminded(story: Story, convened: Convened) -> None:
    await story.write(tables.Reminder, meeting_id=convened.id, subject_id=story.who("author"))
    await story.pen.write(tables.CalendarFeed, subject_id=story.who("member1"), digest=f"{convened.id}")
