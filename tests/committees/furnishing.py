"""What a meeting leaves, as rows: papers, minutes, decisions, actions, questions. For tests of exports; not a test."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from sqlmodel import col, select
from tests.committees.building import Convened

from almoner.committees.status import MinutesStatus
from almoner.committees.tables import (
    Action,
    ActionUpdate,
    AgendaItem,
    Attendance,
    Decision,
    Meeting,
    Minutes,
    MinutesEntry,
    Paper,
    PaperDocument,
    PublicQuestion,
    QuorumChange,
    Recommendation,
)
from almoner.core.scope import TenantScope


async def furnish(convened: Convened, text: str = "The text.", *, approved: bool = True) -> None:
    """Give each item a paper with a cover sheet and a document, and the meeting minutes and what belongs to them."""
    chamber = convened.chamber
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        meeting = await scope.find(Meeting, convened.id)
        assert meeting is not None
        own: dict[str, Any] = {"tenant_id": scope.tenant_id, "committee_id": meeting.committee_id}
        at = meeting.starts_at
        items = [await scope.find(AgendaItem, each) for each in convened.items.values()]
        for item in items:
            assert item is not None
            await _paper(scope, own, item, text)
        public_at = at if meeting.is_public else None
        of_meeting = {**own, "meeting_id": meeting.id, "public_at": public_at}
        await _minutes(scope, of_meeting, items, text, approved=approved)
        for number, item in enumerate(items, 1):
            public = public_at if item is not None and not item.is_private else None
            ends = {"item_id": item.id, "public_at": public} if item else {}
            decided = {"number": number, "kind": "ENDORSE", "declared_by": scope.viewer.subject_id, "decided_at": at}
            scope.session.add(Decision(**{**of_meeting, **decided, "text": text, **ends}))
        dues = {"raised_on": meeting.held_on, "due_on": meeting.held_on + timedelta(days=30)}
        scope.session.add(Action(**of_meeting, **dues, reference="17-07-07", subject=text, owner="The author"))
        earlier = {"raised_on": meeting.held_on - timedelta(days=90), "due_on": meeting.held_on}
        action = Action(**of_meeting, **earlier, reference="17-03-08", subject=text, owner="The secretary")
        scope.session.add(action)
        asked = {"asked": "BEFOREHAND", "asked_by": "A resident", "asked_at": at, "answer": text, "answered_at": at}
        scope.session.add(PublicQuestion(**of_meeting, **asked, text=text))
        watched = {"at": at, "is_quorate": True, "voting_members": 3, "bodies": 2}
        scope.session.add(QuorumChange(**own, meeting_id=meeting.id, **watched))
        await scope.session.flush()
        told = {"status": "OPEN", "reported_by": scope.viewer.subject_id, "reported_at": at}
        scope.session.add(ActionUpdate(tenant_id=scope.tenant_id, action_id=action.id, text=text, **told))
        where = (col(Attendance.tenant_id) == scope.tenant_id, col(Attendance.meeting_id) == meeting.id)
        for attendance in (await scope.session.execute(select(Attendance).where(*where))).scalars():
            attendance.public_at = public_at


async def _paper(scope: TenantScope, own: dict[str, Any], item: AgendaItem, text: str) -> None:
    content = f"%PDF-1.7 {item.id}".encode()
    document = PaperDocument(
        **own,
        digest=hashlib.sha256(content).hexdigest(),
        name="governance.pdf",
        media_type="application/pdf",
        size=len(content),
        content=content,
        uploaded_by=scope.viewer.subject_id,
        uploaded_at=scope.now(),
    )
    scope.session.add(document)
    await scope.session.flush()
    paper = Paper(
        **own,
        meeting_id=item.meeting_id,
        item_id=item.id,
        author_id=scope.viewer.subject_id,
        title=f"Paper about {item.title}",
        dated_on=item.public_at and item.public_at.date(),
        lead_authors=["The author"],
        purposes=["INFORMATION", "DISCUSSION"],
        executive_summary=text,
        next_steps=text,
        equality_impact="NO",
        engagement="NOT_APPLICABLE",
        financial_implications="YES",
        risk_identified=True,
        risk="Support may be lacking.",
        authorised_by="The chair",
        document_id=document.id,
        public_at=item.public_at,
    )
    scope.session.add(paper)
    await scope.session.flush()
    for position in (1, 2):
        scope.session.add(
            Recommendation(tenant_id=scope.tenant_id, paper_id=paper.id, position=position, text=f"{position}: {text}")
        )


async def _minutes(scope: TenantScope, of_meeting: dict[str, Any], items: Any, text: str, *, approved: bool) -> None:
    public_at = of_meeting["public_at"] if approved else None
    status = MinutesStatus.APPROVED if approved else MinutesStatus.CIRCULATED
    drafted: dict[str, Any] = {"drafted_at": scope.now(), "approved_at": scope.now() if approved else None}
    minutes = Minutes(**{**of_meeting, "public_at": public_at}, status=status, **drafted)
    scope.session.add(minutes)
    await scope.session.flush()
    for position, item in enumerate(items, 1):
        public = public_at if not item.is_private else None
        given: dict[str, Any] = {
            "minutes_id": minutes.id,
            "item_id": item.id,
            "position": position,
            "is_private": item.is_private,
        }
        own: dict[str, Any] = {
            "tenant_id": minutes.tenant_id,
            "committee_id": minutes.committee_id,
            "public_at": public,
        }
        scope.session.add(MinutesEntry(**own, **given, heading=item.title, text=text))
