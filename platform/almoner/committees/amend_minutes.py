"""Amending circulated minutes, with the change kept."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.minutes_records import hold_entry, insist_on_circulated
from almoner.committees.tables import Meeting, Minutes, MinutesAmendment, MinutesEntry
from almoner.committees.task_facts import attended
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, reason_problems, wording_problems


async def amend_minutes(scope: TenantScope, entry_id: UUID, *, text: str, reason: str) -> MinutesEntry:
    """Change a paragraph of circulated minutes; what stood there is kept, with who changed it and why.

    Raises:
        NotFound: no such paragraph that the viewer may see.
        Denied: the viewer lacks both `minutes:amend` and `minutes:write` there.
        Invalid: the text or the reason is missing, too long or not storable, or the text is what stands there.
        Conflict: the minutes are not circulated yet, or approved; or the viewer did not attend and does not write them.
    """
    entry, minutes = await hold_entry(scope, entry_id)
    if not scope.allows(Permission.MINUTES_WRITE, minutes):
        scope.require(Permission.MINUTES_AMEND, minutes)
        await _insist_on_attendance(scope, minutes)
    insist_on_circulated(minutes)
    problems = [*wording_problems(text, LONGEST_TEXT, ("text",)), *reason_problems(reason)]
    if text.strip() == entry.text:
        problems.append(Problem("NOTHING_AMENDED", "This is what stands there: say what is to stand there.", ("text",)))
    if problems:
        raise Invalid(problems)
    change = MinutesAmendment(
        tenant_id=scope.tenant_id,
        entry_id=entry.id,
        amended_by=scope.viewer.subject_id,
        amended_at=scope.now(),
        was=entry.text,
        text=text.strip(),
        reason=reason.strip(),
    )
    scope.session.add(change)
    entry.text = change.text
    scope.record("minutes_entry.amended", entry, position=entry.position, amendment=str(change.id))
    return entry


async def _insist_on_attendance(scope: TenantScope, minutes: Minutes) -> None:
    """Refuse the viewer who was not in the room, for a seat of their own or as somebody's substitute."""
    query = select(Meeting.id).where(
        col(Meeting.tenant_id) == scope.tenant_id,
        col(Meeting.id) == minutes.meeting_id,
        attended(scope.viewer.subject_id),
    )
    if (await scope.session.execute(query)).first() is None:
        message = "Who attended a meeting amends its minutes; you are not recorded: tell the secretary."
        raise Conflict(message, code="NOT_ATTENDED")
