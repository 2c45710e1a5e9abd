"""Declaring an interest in an agenda item, and ruling what follows."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.agenda import hold_item
from almoner.committees.attendance import depart
from almoner.committees.barring import keep_out
from almoner.committees.conflicts import consequence_of
from almoner.committees.moments import BEFORE_ITS_END, insist_on_agenda, insist_on_status
from almoner.committees.presence import in_force
from almoner.committees.read import get_meeting
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import AgendaItem, Appointment, Attendance, ConflictDeclaration, Meeting
from almoner.committees.words import ConflictRuling
from almoner.core.errors import Conflict, Denied, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank

MAX_TEXT = 2_000


async def declare_conflict(scope: TenantScope, item_id: UUID, *, text: str) -> ConflictDeclaration:
    """Declare an interest of one's own in an agenda item. Until the chair rules, one does not vote on it.

    Nobody rules on oneself, and nobody is there to rule on the chair: whoever may rule leaves for what they declare.

    Raises:
        NotFound: no such item that the viewer may see.
        Denied: the viewer lacks `conflict_declaration:declare` for it.
        Invalid: no text, or one that is too long; the viewer takes no part in this meeting.
        Conflict: the meeting is over, the item was withdrawn, or the viewer declared one already.
    """
    meeting, item = await hold_item(scope, item_id)
    scope.require(Permission.CONFLICT_DECLARATION_DECLARE, item)
    insist_on_status(meeting, BEFORE_ITS_END)
    insist_on_agenda(item)
    if is_blank(text) or len(text.strip()) > MAX_TEXT:
        raise Invalid([Problem("TEXT_MISSING", f"Say which interest, in at most {MAX_TEXT} characters.", ("text",))])
    declaration = ConflictDeclaration(
        tenant_id=scope.tenant_id,
        committee_id=item.committee_id,
        meeting_id=item.meeting_id,
        item_id=item.id,
        appointment_id=await _appointment_in(scope, meeting),
        subject_id=scope.viewer.subject_id,
        text=text.strip(),
        declared_at=scope.now(),
        barred=list(item.barred),
    )
    await _insist_on_the_first(scope, item)
    scope.session.add(declaration)
    await scope.session.flush()
    scope.record("conflict.declared", declaration)
    if scope.allows(Permission.CONFLICT_DECLARATION_RULE, declaration):
        await _rule(scope, meeting, item, declaration, ConflictRuling.LEAVE)
    return declaration


async def rule_on_conflict(scope: TenantScope, declaration_id: UUID, ruling: ConflictRuling) -> ConflictDeclaration:
    """Say what follows from an interest that somebody declared.

    Who is to leave is recorded as gone at once if the meeting is in session, and otherwise when a vote on the item
    opens; nothing private of the item is shown to them any more.

    Raises:
        NotFound: no such declaration that the viewer may see.
        Denied: the viewer lacks `conflict_declaration:rule` for it, or declared it.
        Conflict: the meeting is over, or there is a ruling already.
    """
    meeting, declaration = await _hold_declaration(scope, declaration_id)
    scope.require(Permission.CONFLICT_DECLARATION_RULE, declaration)
    if declaration.subject_id == scope.viewer.subject_id:
        raise Denied("Nobody rules on an interest of their own: somebody else who presides does.", code="OWN_CONFLICT")
    insist_on_status(meeting, BEFORE_ITS_END)
    if declaration.ruling is not None:
        raise Conflict(f"There is a ruling already: {declaration.ruling}.", code="RULED_ALREADY")
    item = await scope.find(AgendaItem, declaration.item_id, lock=True)
    if item is None:
        raise LookupError("a declaration is about an item")
    await _rule(scope, meeting, item, declaration, ruling)
    return declaration


async def send_out(scope: TenantScope, meeting: Meeting, subject_ids: frozenset[UUID]) -> None:
    """Record that these people leave a meeting in session, for whichever seat they are in the room."""
    query = (
        select(Attendance)
        .join(
            Appointment,
            (col(Appointment.tenant_id) == col(Attendance.tenant_id))
            & (col(Appointment.id) == col(Attendance.appointment_id)),
        )
        .where(
            col(Attendance.tenant_id) == scope.tenant_id,
            col(Attendance.meeting_id) == meeting.id,
            col(Attendance.is_present),
            or_(
                col(Attendance.substitute_id).in_(subject_ids),
                col(Attendance.substitute).is_(None) & col(Appointment.subject_id).in_(subject_ids),
            ),
        )
    )
    for attendance in (await scope.session.execute(query)).scalars().all():
        await depart(scope, meeting, attendance)


async def _hold_declaration(scope: TenantScope, declaration_id: UUID) -> tuple[Meeting, ConflictDeclaration]:
    """A declaration, and its meeting, which is locked.

    Raises:
        NotFound: none that the viewer may see.
    """
    see = Permission.CONFLICT_DECLARATION_VIEW
    found = await scope.get(ConflictDeclaration, declaration_id, see)
    meeting = await get_meeting(scope, found.meeting_id, lock=True)
    return meeting, await scope.get(ConflictDeclaration, declaration_id, see, lock=True)


async def _rule(
    scope: TenantScope, meeting: Meeting, item: AgendaItem, declaration: ConflictDeclaration, ruling: ConflictRuling
) -> None:
    declaration.ruling = ruling
    declaration.ruled_by = scope.viewer.subject_id
    declaration.ruled_at = scope.now()
    scope.record("conflict.ruled", declaration, ruling=ruling.value)
    follows = consequence_of(ruling)
    if not follows.reads:
        await keep_out(scope, item)
    if not follows.stays and meeting.status == MeetingStatus.IN_SESSION:
        await send_out(scope, meeting, frozenset({declaration.subject_id}))


async def _appointment_in(scope: TenantScope, meeting: Meeting) -> UUID:
    """The appointment by which the viewer takes part: one's own, or that of whom one sits in for."""
    mine = select(col(Appointment.id)).where(
        col(Appointment.tenant_id) == scope.tenant_id,
        col(Appointment.committee_id) == meeting.committee_id,
        col(Appointment.subject_id) == scope.viewer.subject_id,
        in_force(meeting.held_on),
    )
    sits_in = select(col(Attendance.appointment_id)).where(
        col(Attendance.tenant_id) == scope.tenant_id,
        col(Attendance.meeting_id) == meeting.id,
        col(Attendance.substitute_id) == scope.viewer.subject_id,
    )
    for query in (mine.order_by(col(Appointment.id)), sits_in):
        found = (await scope.session.execute(query.limit(1))).scalar_one_or_none()
        if found is not None:
            return found
    message = "Only who is appointed on the day of the meeting, or sits in for somebody, declares an interest."
    raise Invalid([Problem("NOT_APPOINTED", message, ("item",))])


async def _insist_on_the_first(scope: TenantScope, item: AgendaItem) -> None:
    query = select(ConflictDeclaration.id).where(
        col(ConflictDeclaration.tenant_id) == scope.tenant_id,
        col(ConflictDeclaration.item_id) == item.id,
        col(ConflictDeclaration.subject_id) == scope.viewer.subject_id,
    )
    if (await scope.session.execute(query)).first() is not None:
        raise Conflict("You declared an interest in this item already.", code="DECLARED_ALREADY")
