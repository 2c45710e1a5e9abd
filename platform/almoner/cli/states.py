"""Draws the state machines from their tables: `python -m almoner.cli.states` prints docs/states.md."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import typer

from almoner.committees.status import (
    DELEGATION_MOVES,
    MEETING_MOVES,
    MINUTES_MOVES,
    DelegationState,
    MeetingStatus,
    MinutesStatus,
)
from almoner.jobs.tables import ALLOWED as JOB_MOVES
from almoner.jobs.tables import JobState
from almoner.rates.status import ALLOWED as RATE_MOVES
from almoner.rates.status import Status

_HEAD = """# States

Drawn from the tables in the code by `python -m almoner.cli.states`; a test compares them.
"""


State = TypeVar("State", bound=StrEnum)


def diagram(begin: State, moves: Mapping[State, frozenset[State]]) -> str:
    """A Mermaid state diagram: every allowed move, in the order of the states."""
    states = list(moves)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {begin}"]
    for state, following in moves.items():
        lines += [f"    {state} --> {target}" for target in states if target in following]
        if not following:
            lines.append(f"    {state} --> [*]")
    return "\n".join([*lines, "```"])


def markdown() -> str:
    """The whole page."""
    parts = [
        _HEAD,
        "## A rate development (`rates/status.py`)\n",
        diagram(Status.DRAFT, RATE_MOVES),
        "\nAn unlock leads back to DRAFT and opens a new revision; older revisions stay readable.\n",
        "## A job (`jobs/tables.py`)\n",
        diagram(JobState.QUEUED, JOB_MOVES),
        "\nRUNNING to RUNNING: the worker went silent, its lease ended, and another one started with a new fence.",
        "RUNNING to QUEUED: it failed and waits for its back-off. FAILED and CANCELLED to QUEUED: retried by hand.\n",
        "## A meeting (`committees/status.py`)\n",
        diagram(MeetingStatus.PLANNED, MEETING_MOVES),
        "\nIts minutes are approved by a later meeting of the same committee.\n",
        "## Minutes (`committees/status.py`)\n",
        diagram(MinutesStatus.DRAFTED, MINUTES_MOVES),
        "\nCirculated minutes are amended by those who attended; approved ones are frozen.\n",
        "## A body's delegation of an item (`committees/status.py`)\n",
        diagram(DelegationState.PROPOSED, DELEGATION_MOVES),
        "\nNo column says it: see `committees/delegation.py`. A body that adopts anew begins anew.\n",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    typer.echo(markdown(), nl=False)
