"""The lives of a meeting, of its minutes and of a delegation, as tables."""

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


class DelegationState(StrEnum):
    """Where a body's delegation of an item stands; no column says it: see `delegation.py`."""

    PROPOSED = "PROPOSED"
    IN_FORCE = "IN_FORCE"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    DECLINED = "DECLINED"


#: Which state may follow which. What is adopted for a later day stays proposed until that day.
#: An adoption ends withdrawn or expired; then a body can decline, and who declined can adopt.
DELEGATION_MOVES: dict[DelegationState, frozenset[DelegationState]] = {
    DelegationState.PROPOSED: frozenset(
        {DelegationState.IN_FORCE, DelegationState.WITHDRAWN, DelegationState.DECLINED}
    ),
    DelegationState.IN_FORCE: frozenset({DelegationState.WITHDRAWN, DelegationState.EXPIRED}),
    DelegationState.WITHDRAWN: frozenset({DelegationState.DECLINED}),
    DelegationState.EXPIRED: frozenset({DelegationState.DECLINED}),
    DelegationState.DECLINED: frozenset({DelegationState.PROPOSED, DelegationState.IN_FORCE}),
}
