"""The minutes of a meeting as a document."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from almoner_graphql.exports.contents import Block, Document, facts, heading, last_change, note, paragraphs, table
from almoner_graphql.exports.meeting import action_table, meeting_facts, question_blocks, span
from almoner_graphql.exports.past import actions_as_of, questions_as_of
from almoner_graphql.exports.texts import day_of, listed, time_of, words

_ATTENDANCE = (("Name", 7), ("Seat", 6), ("Body", 7), ("In the room", 6), ("Substitute", 5))


def minutes_document(data: dict[str, Any], zone: ZoneInfo, _tail: str) -> Document:
    """The document.

    Args:
        data: what `queries.MINUTES` was answered with; there are minutes.
    """
    meeting = data["meeting"]
    # Approved minutes are frozen, and with them what they tell of actions and questions.
    approved_at = meeting["minutes"]["approvedAt"]
    meeting |= {
        "actions": actions_as_of(meeting["actions"], approved_at),
        "questions": questions_as_of(meeting["questions"], approved_at),
    }
    changed_at = last_change(meeting)
    blocks = [*_standing(meeting["minutes"], zone), *meeting_facts(meeting, zone), *_attendance(meeting, zone)]
    blocks += [*_entries(meeting["minutes"]["entries"]), *_decisions(meeting["decisions"])]
    actions = action_table("Actions that this meeting raised", meeting["actions"])
    blocks += [heading(2, "Actions"), *actions] if actions else []
    return Document(
        kind="minutes",
        title=f"Minutes: {meeting['title']}",
        committee=(meeting["committee"] or {}).get("name", ""),
        agency=data["viewer"]["tenant"]["name"],
        changed_at=changed_at,
        held_on=meeting["heldOn"],
        changed=day_of(changed_at.isoformat(), zone),
        blocks=[*blocks, *question_blocks(meeting["questions"])],
    )


def _standing(minutes: dict[str, Any], zone: ZoneInfo) -> list[Block]:
    if minutes["approvedAt"]:
        return paragraphs(f"Approved on {day_of(minutes['approvedAt'], zone)}.")
    return [note("These minutes are a draft: a later meeting has not approved them yet.")]


def _attendance(meeting: dict[str, Any], zone: ZoneInfo) -> list[Block]:
    rows = [row for each in meeting["attendances"] for row in _attended(each, meeting["openedAt"], zone)]
    changes = [_quorum(change, zone) for change in meeting["quorumChanges"]]
    if not rows and not changes:
        return []
    told = [block for change in changes for block in paragraphs(change)]
    return [heading(2, "Attendance"), *table("Members and those in attendance", _ATTENDANCE, sorted(rows)), *told]


def _attended(attendance: dict[str, Any], opened: str | None, zone: ZoneInfo) -> list[list[str]]:
    """A row for each who was in the room for a seat: the holder, substitutes; who left before the opening was not."""
    there: dict[str | None, list[str]] = {}
    for each in attendance["spans"]:
        if not (opened and each["leftAt"]) or datetime.fromisoformat(each["leftAt"]) > datetime.fromisoformat(opened):
            there.setdefault(each["substitute"], []).append(span(each["arrivedAt"], each["leftAt"], zone))
    appointment = attendance["appointment"]
    seat = ["A member", "", ""]
    if appointment is not None:
        seat = [appointment["name"], appointment["seat"]["title"], (appointment["body"] or {"name": ""})["name"]]
    away = {None: ["Apologies" if attendance["apologiesAt"] else "Absent"]}
    return [[*seat, listed(times), who or ""] for who, times in (there or away).items()]


def _quorum(change: dict[str, Any], zone: ZoneInfo) -> str:
    lacking = f": {listed(change['lacking'])}" if change["lacking"] else ""
    return f"{time_of(change['at'], zone)}: {'quorate' if change['isQuorate'] else 'inquorate'}{lacking}."


def _entries(entries: list[dict[str, Any]]) -> list[Block]:
    blocks: list[Block] = []
    for entry in entries:
        blocks.append(heading(3, f"{entry['heading']} (private)" if entry["isPrivate"] else entry["heading"]))
        blocks += paragraphs(entry["text"])
    return [heading(2, "Minutes"), *blocks] if blocks else []


def _decisions(decisions: list[dict[str, Any]]) -> list[Block]:
    blocks: list[Block] = []
    for decision in decisions:
        blocks.append(heading(3, f"Decision {decision['number']}: {words(decision['kind']).lower()}"))
        blocks += paragraphs(decision["text"])
        blocks += facts(
            ("Stands on", _delegation(decision["delegationItem"])),
            ("Amount", _amount(decision)),
            ("Vote", _vote(decision["vote"])),
            ("Binds", listed([each["body"]["name"] for each in decision["bodies"]])),
        )
    return [heading(2, "Decisions"), *blocks] if blocks else []


def _delegation(item: dict[str, Any] | None) -> str:
    """The item of the register of delegations, and the work-stream that it is for."""
    if item is None:
        return ""
    entry = item["delegation"] or {"workstream": ""}
    return f"{entry['workstream']}, item {item['position']}: {item['text']}".removeprefix(", ")


def _amount(decision: dict[str, Any]) -> str:
    item = decision["delegationItem"]
    of = f" of the fund {item['fund']}" if decision["amount"] and item and item["fund"] else ""
    return f"{decision['amount'] or ''}{of}"


def _vote(vote: dict[str, Any] | None) -> str:
    if vote is None or vote["votesFor"] is None:
        return ""
    return f"{vote['votesFor']} for, {vote['votesAgainst']} against, {vote['abstentions']} abstained"
