"""The moments of a meeting: what must be so before something happens in it."""

from __future__ import annotations

from collections.abc import Collection

from almoner.committees.status import MeetingStatus
from almoner.committees.tables import AgendaItem, Meeting
from almoner.core.errors import Conflict

#: While a meeting is yet to come or goes on.
BEFORE_ITS_END = frozenset(
    {
        MeetingStatus.PLANNED,
        MeetingStatus.NOTICE_GIVEN,
        MeetingStatus.AGENDA_PUBLISHED,
        MeetingStatus.IN_SESSION,
    }
)


def insist_on_session(meeting: Meeting) -> None:
    """Refuse what happens only while a meeting goes on.

    Raises:
        Conflict: it is not in session.
    """
    if meeting.status != MeetingStatus.IN_SESSION:
        message = f"The meeting is {meeting.status}: this is done while it is in session."
        raise Conflict(message, code="MEETING_NOT_IN_SESSION")


def insist_on_formal_part(meeting: Meeting) -> None:
    """Refuse what happens only before the formal part is closed.

    Raises:
        Conflict: only questions from the public are taken any more.
    """
    if meeting.formal_part_closed_at is not None:
        message = "The formal part of the meeting is closed: only questions from the public are taken."
        raise Conflict(message, code="FORMAL_PART_CLOSED")


def insist_on_status(meeting: Meeting, allowed: Collection[MeetingStatus]) -> None:
    """Refuse what is too early or too late.

    Raises:
        Conflict: the meeting's status is none of these.
    """
    if meeting.status not in allowed:
        names = ", ".join(status for status in MeetingStatus if status in allowed)
        raise Conflict(f"The meeting is {meeting.status}; this is for one that is {names}.", code="WRONG_STATUS")


def insist_on_agenda(item: AgendaItem) -> None:
    """Refuse what is about an item that is not on the agenda any more.

    Raises:
        Conflict: it was withdrawn.
    """
    if item.withdrawn_at is not None:
        raise Conflict("This item was withdrawn from the agenda.", code="ITEM_WITHDRAWN")
