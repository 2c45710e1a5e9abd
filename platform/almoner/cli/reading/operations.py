"""The two operations, and whether everybody answers them alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import httpx

from almoner.cli.output import Exit, stop

#: Fifty parents with all that hangs on them, about 90 KB; and one parent with its own, about 2 KB.
OPERATIONS = ("nested", "single")
_SECONDS = 30


@dataclass(frozen=True)
class Ask:
    """One request as a contender wants it.

    Attributes:
        body: JSON, `{"query": …, "variables": …}`.
    """

    url: str
    body: str
    token: str


def operation_text(name: str) -> str:
    """The document of an operation."""
    return files("almoner.cli.reading").joinpath(f"{name}.graphql").read_text(encoding="utf-8")


def body_of(document: str, variables: dict[str, Any]) -> str:
    """The body of a request."""
    return json.dumps({"query": document, "variables": variables})


def answer_to(name: str, ask: Ask) -> bytes:
    """What somebody answers, or the end of the command with what went wrong."""
    headers = {"Authorization": f"Bearer {ask.token}", "Content-Type": "application/json"}
    response = httpx.post(ask.url, content=ask.body, headers=headers, timeout=_SECONDS)
    if response.status_code != httpx.codes.OK:
        stop(Exit.REFUSED, f"{name} answers {response.status_code}: {response.text[:500]}")
    answer = response.json()
    if answer.get("errors") or not any((answer.get("data") or {}).values()):
        stop(Exit.REFUSED, f"{name} answers without data: {response.text[:500]}")
    return response.content


def first_difference(one: Any, other: Any, path: str = "data") -> str | None:
    """Where two JSON values differ first; None if they are the same."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        found = (first_difference(one[key], other[key], f"{path}.{key}") for key in one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        found = (first_difference(left, right, f"{path}.{at}") for at, (left, right) in pairs)
    else:
        return None if type(one) is type(other) and one == other else path
    return next((path for path in found if path is not None), None)
