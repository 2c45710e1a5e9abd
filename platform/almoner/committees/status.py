"""The lives of a meeting and of its minutes, as tables."""

from __future__ import annotations

from enum import StrEnum


class MeetingStatus(StrEnum):
    """Where a meeting stands."""

    PLANNED = "PLANNED"
    NOTICE_GIVEN = "NOTICE_GIVEN"
    AGENDA_PUBLISHED = "AGENDA_PUBLISHED"
    IN_SESSION = "IN_SESSION"
    HELD = "HELD"
    MINUTES_APPROVED = "MINUTES_APPROVED"
    CANCELLED = "CANCELLED"


#: Which status may follow which.
MEETING_MOVES: dict[MeetingStatus, frozenset[MeetingStatus]] = {
    MeetingStatus.PLANNED: frozenset({MeetingStatus.NOTICE_GIVEN, MeetingStatus.CANCELLED}),
    MeetingStatus.NOTICE_GIVEN: frozenset({MeetingStatus.AGENDA_PUBLISHED, MeetingStatus.CANCELLED}),
    MeetingStatus.AGENDA_PUBLISHED: frozenset({MeetingStatus.IN_SESSION, MeetingStatus.CANCELLED}),
    MeetingStatus.IN_SESSION: frozenset({MeetingStatus.HELD}),
    MeetingStatus.HELD: frozenset({MeetingStatus.MINUTES_APPROVED}),
    MeetingStatus.MINUTES_APPROVED: frozenset(),
    MeetingStatus.CANCELLED: frozenset(),
}


class MinutesStatus(StrEnum):
    """Where minutes stand."""

    DRAFTED = "DRAFTED"
    CIRCULATED = "CIRCULATED"
    APPROVED = "APPROVED"


#: Which status may follow which. Approved minutes are frozen.
MINUTES_MOVES: dict[MinutesStatus, frozenset[MinutesStatus]] = {
    MinutesStatus.DRAFTED: frozenset({MinutesStatus.CIRCULATED}),
    MinutesStatus.CIRCULATED: frozenset({MinutesStatus.APPROVED}),
    MinutesStatus.APPROVED: frozenset(),
}
