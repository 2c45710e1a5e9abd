"""Actions and questions as they were at an instant, from what the API tells of them now."""

from __future__ import annotations

from typing import Any

from almoner_graphql.exports.texts import instant


def actions_as_of(actions: list[dict[str, Any]], at: str | None) -> list[dict[str, Any]]:
    """The same without what was reported later; as they are now, if there is no such instant.

    An action has no other status than that of the last report.
    """
    return actions if at is None else [_action_as_of(each, at) for each in actions]


def _action_as_of(action: dict[str, Any], at: str) -> dict[str, Any]:
    known = [each for each in action["updates"] if _was(each["reportedAt"], at)]
    if len(known) == len(action["updates"]):
        return action
    status = known[-1]["status"] if known else "OPEN"
    return {**action, "updates": known, "status": status, "closedOn": None if status == "OPEN" else action["closedOn"]}


def questions_as_of(questions: list[dict[str, Any]], at: str | None) -> list[dict[str, Any]]:
    """The same without later answers; as they are now, if there is no such instant."""
    if at is None:
        return questions
    return [
        each if _was(each["answeredAt"], at) else {**each, "answer": None, "answeredAt": None} for each in questions
    ]


def _was(text: str | None, at: str) -> bool:
    return text is not None and instant(text) <= instant(at)
