"""What agendas and minutes both tell of a meeting."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from almoner_graphql.exports.contents import Block, facts, heading, note, paragraphs, table
from almoner_graphql.exports.texts import day, day_of, instant, length, time_of, words

_ACTION_COLUMNS = (("Reference", 5), ("Subject", 9), ("Owner", 4), ("Update", 8), ("Status", 4), ("Due", 5))


def meeting_facts(meeting: dict[str, Any], zone: ZoneInfo) -> list[Block]:
    """When, where, for whom; and what is unusual."""
    begins = instant(meeting["startsAt"]).astimezone(zone)
    time = f"{begins:%H:%M}, for {length(meeting['minutesAllotted'])} ({zone.key}, {begins:%Z})"
    blocks = []
    if meeting["status"] == "CANCELLED":
        why = f": {meeting['cancelReason']}" if meeting["cancelReason"] else "."
        blocks.append(note(f"This meeting is cancelled{why}"))
    if meeting["urgentReason"]:
        blocks.append(note(f"Called at short notice: {meeting['urgentReason']}"))
    blocks += facts(
        ("Date", day(meeting["heldOn"])),
        ("Time", time),
        ("Venue", meeting["venue"]),
        ("Public", "Open to the public" if meeting["isPublic"] else "Not open to the public"),
        ("Status", words(meeting["status"])),
        ("Agenda published", day_of(meeting["agendaPublishedAt"], zone)),
    )
    return blocks


def action_table(caption: str, actions: list[dict[str, Any]]) -> list[Block]:
    """Actions, as the action matrix has them."""
    rows = [
        [
            action["reference"],
            action["subject"],
            action["owner"],
            "\n".join(update["text"] for update in action["updates"]),
            words(action["status"]),
            day(action["dueOn"]),
        ]
        for action in actions
    ]
    return table(caption, _ACTION_COLUMNS, rows)


def question_blocks(questions: list[dict[str, Any]]) -> list[Block]:
    """Questions from the public with their answers; nothing without one."""
    blocks: list[Block] = []
    for number, question in enumerate(questions, 1):
        blocks.append(heading(3, f"Question {number}, asked by {question['askedBy']}"))
        blocks += paragraphs(question["text"])
        blocks += paragraphs(f"Answer: {question['answer']}" if question["answer"] else "Not answered yet.")
    return [heading(2, "Questions from the public"), *blocks] if blocks else []


def span(begin: str, end: str | None, zone: ZoneInfo) -> str:
    """A time of the day: "13:00 to 14:05"."""
    return f"{time_of(begin, zone)} to {time_of(end, zone)}" if end else f"from {time_of(begin, zone)}"
