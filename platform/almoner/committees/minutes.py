"""Minutes until they are circulated: drafted from the records, written by the secretary."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.minutes_records import hold_entry, hold_minutes, insist_on_unfrozen, records_of
from almoner.committees.minutes_text import Paragraph, paragraphs
from almoner.committees.read import get_meeting
from almoner.committees.status import MeetingStatus, MinutesStatus
from almoner.committees.tables import Minutes, MinutesEntry
from almoner.core.errors import Conflict, Invalid
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, wording_problems


async def draft_minutes(scope: TenantScope, meeting_id: UUID, *, anew: bool = False) -> Minutes:
    """Draft the minutes of a meeting from its records.

    Args:
        anew: draft them once more while they are a draft, for what was recorded since. Paragraphs that the secretary
            wrote stay as they are.

    Raises:
        NotFound: no such meeting that the viewer may see.
        Denied: the viewer lacks `minutes:write` there.
        Conflict: the meeting is not HELD; or has minutes already, and they are not to be drafted anew or circulated.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.MINUTES_WRITE, meeting)
    minutes = await minutes_of(scope, meeting.id)
    if minutes is not None and not anew:
        message = "This meeting has minutes already: write their paragraphs, or draft them anew."
        raise Conflict(message, code="MINUTES_EXIST")
    if minutes is not None:
        _insist_on_draft(minutes)
        await _draft_anew(scope, minutes, paragraphs(await records_of(scope, meeting)))
        return minutes
    if meeting.status != MeetingStatus.HELD:
        message = f"Minutes are drafted when the meeting is closed; this one is {meeting.status}."
        raise Conflict(message, code="MEETING_NOT_HELD")
    minutes = Minutes(
        tenant_id=scope.tenant_id, committee_id=meeting.committee_id, meeting_id=meeting.id, drafted_at=scope.now()
    )
    scope.session.add(minutes)
    await scope.session.flush()
    for position, paragraph in enumerate(paragraphs(await records_of(scope, meeting)), 1):
        scope.session.add(_entry(minutes, position, paragraph))
    scope.record("minutes.drafted", minutes)
    return minutes


async def _draft_anew(scope: TenantScope, minutes: Minutes, drafted: Sequence[Paragraph]) -> None:
    """Put what records say now where records spoke before. They only grow after a meeting: no paragraph goes."""
    query = select(MinutesEntry).where(
        col(MinutesEntry.tenant_id) == scope.tenant_id, col(MinutesEntry.minutes_id) == minutes.id
    )
    # Nobody writes a paragraph meanwhile: whoever does holds the meeting.
    known = {(each.item_id, each.heading): each for each in (await scope.session.execute(query)).scalars()}
    # From the last to the first, so that no two are ever in one place.
    for position, paragraph in reversed([*enumerate(drafted, 1)]):
        entry = known.get((None if paragraph.item is None else paragraph.item.id, paragraph.heading))
        if entry is None:
            scope.session.add(_entry(minutes, position, paragraph))
            continue
        entry.position = position
        if entry.written_at is None:
            entry.text = paragraph.text
        await scope.session.flush()
    minutes.drafted_at = scope.now()
    kept = sorted(each.position for each in known.values() if each.written_at is not None)
    scope.record("minutes.drafted_anew", minutes, kept=kept)


def _insist_on_draft(minutes: Minutes) -> None:
    insist_on_unfrozen(minutes)
    if minutes.status != MinutesStatus.DRAFTED:
        message = "These minutes are circulated: amend the paragraph, with a reason."
        raise Conflict(message, code="MINUTES_CIRCULATED")


def _entry(minutes: Minutes, position: int, paragraph: Paragraph) -> MinutesEntry:
    item = paragraph.item
    return MinutesEntry(
        tenant_id=minutes.tenant_id,
        committee_id=minutes.committee_id,
        minutes_id=minutes.id,
        item_id=None if item is None else item.id,
        position=position,
        heading=paragraph.heading,
        text=paragraph.text,
        is_private=item is not None and item.is_private,
        barred=[] if item is None else list(item.barred),
    )


async def minutes_of(scope: TenantScope, meeting_id: UUID) -> Minutes | None:
    """The minutes of a meeting, if they are drafted, whoever asks."""
    query = select(Minutes).where(col(Minutes.tenant_id) == scope.tenant_id, col(Minutes.meeting_id) == meeting_id)
    return (await scope.session.execute(query)).scalar_one_or_none()


async def write_minutes_entry(scope: TenantScope, entry_id: UUID, *, text: str) -> MinutesEntry:
    """Write a paragraph anew, before the minutes are circulated.

    Raises:
        NotFound: no such paragraph that the viewer may see.
        Denied: the viewer lacks `minutes:write` there.
        Invalid: the text is blank, too long or not storable.
        Conflict: the minutes are circulated or approved.
    """
    entry, minutes = await hold_entry(scope, entry_id)
    scope.require(Permission.MINUTES_WRITE, minutes)
    _insist_on_draft(minutes)
    problems = wording_problems(text, LONGEST_TEXT, ("text",))
    if problems:
        raise Invalid(problems)
    entry.text = text.strip()
    entry.written_at = scope.now()
    scope.record("minutes_entry.written", entry, position=entry.position)
    return entry


async def circulate_minutes(scope: TenantScope, minutes_id: UUID) -> Minutes:
    """Send the draft to those who attended; from now on it is amended, with reasons.

    Raises:
        NotFound: no such minutes that the viewer may see.
        Denied: the viewer lacks `minutes:write` there.
        Conflict: they are circulated already, or approved.
    """
    minutes, _meeting = await hold_minutes(scope, minutes_id)
    scope.require(Permission.MINUTES_WRITE, minutes)
    insist_on_unfrozen(minutes)
    if minutes.status == MinutesStatus.CIRCULATED:
        raise Conflict("These minutes are circulated already.", code="MINUTES_CIRCULATED")
    minutes.move_to(MinutesStatus.CIRCULATED)
    minutes.circulated_at = scope.now()
    scope.record("minutes.circulated", minutes)
    return minutes
