"""The one source of time, so that tests, replays and demonstrations can set it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, as an instant in UTC."""
    return datetime.now(UTC)


def clock_in(file: Path | None) -> Clock:
    """The clock that stands at the instant which a file holds, whenever it is asked; the system's without a file.

    Raises:
        OSError, ValueError: when it is asked, and there is no such file or no instant with an offset in it.
    """
    if file is None:
        return system_clock

    def stands() -> datetime:
        found = datetime.fromisoformat(file.read_text(encoding="utf-8").strip())
        if found.tzinfo is None:
            raise ValueError(f"{file.name} holds an instant without an offset")
        return found.astimezone(UTC)

    return stands
