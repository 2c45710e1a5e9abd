"""Meetings as a calendar (iCalendar, RFC 5545), each in the agency's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from almoner.core.ids import split_global_id
from almoner_graphql.exports.contents import last_change
from almoner_graphql.exports.texts import instant

#: How often calendar programs should look again.
REFRESH = timedelta(hours=1)
_STATUS = {"PLANNED": "TENTATIVE", "CANCELLED": "CANCELLED"}
#: What happens to a meeting in its life. Together with the changes of its plan they count an event's versions: a
#: calendar program takes the one with the higher number for the newer one.
_STEPS = ("noticeGivenAt", "agendaPublishedAt", "openedAt", "formalPartClosedAt", "closedAt", "cancelledAt")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a calendar shows.

    Attributes:
        meetings: as `queries.MEETINGS` has them.
        zone: of the agency.
        base: what the addresses of agendas begin with.
        tail: and what they end with, so that they open without a token.
    """

    name: str
    meetings: Sequence[dict[str, Any]]
    zone: ZoneInfo
    base: str
    tail: str


def calendar_of(shown: Shown) -> bytes:
    """The calendar. Texts are escaped and lines folded at 75 octets by the library."""
    calendar = Calendar()
    calendar.add("prodid", "-//Almoner//Committees//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", _line(shown.name))
    calendar.add("x-wr-calname", _line(shown.name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    for meeting in shown.meetings:
        calendar.add_component(_event(meeting, shown))
    if shown.meetings:
        days = [instant(meeting["startsAt"]).date() for meeting in shown.meetings]
        year = timedelta(days=366)  # both of a year's changes of the clocks
        calendar.add_missing_timezones(first_date=min(days) - year, last_date=max(days) + year)
    made: bytes = calendar.to_ical()
    return made


def _event(meeting: dict[str, Any], shown: Shown) -> Event:
    begins = instant(meeting["startsAt"])
    changed_at = last_change(meeting)
    event = Event()
    event.add("uid", str(split_global_id(meeting["id"])[1]))
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", meeting["revision"] + sum(meeting[step] is not None for step in _STEPS))
    event.add("status", _STATUS.get(meeting["status"], "CONFIRMED"))
    event.add("dtstart", begins.astimezone(shown.zone))
    # An hour is an hour, also in a night when clocks are changed.
    event.add("dtend", (begins + timedelta(minutes=meeting["minutesAllotted"])).astimezone(shown.zone))
    event.add("summary", _line(meeting["title"]))
    event.add("location", _line(meeting["venue"]))
    event.add("description", "\n".join(_told(meeting)))
    if meeting["committee"]:
        event.add("categories", [_line(meeting["committee"]["name"])])
    if meeting["isPublic"] and meeting["noticeGivenAt"]:
        event.add("url", f"{shown.base}/meetings/{meeting['id']}/agenda.html{shown.tail}")
    return event


def _line(text: str) -> str:
    return " ".join(text.split())


def _told(meeting: dict[str, Any]) -> list[str]:
    told = [_line(meeting["committee"]["name"])] if meeting["committee"] else []
    told.append("Open to the public." if meeting["isPublic"] else "Not open to the public.")
    if meeting["status"] == "CANCELLED":
        told.append(f"Cancelled: {meeting['cancelReason']}" if meeting["cancelReason"] else "Cancelled.")
    if meeting["status"] == "PLANNED":
        told.append("Planned; notice has not been given yet.")
    if meeting["urgentReason"]:
        told.append(f"Called at short notice: {meeting['urgentReason']}")
    return told
