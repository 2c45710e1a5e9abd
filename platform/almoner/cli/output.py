"""What commands print, and how they end."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NoReturn

import typer
from rich.console import Console

from almoner.core.errors import Problem

# In a file or a pipe there is no terminal to fit; the widest exhibit decides.
_WIDTH = None if sys.stdout.isatty() else 140
out = Console(highlight=False, width=_WIDTH)
err = Console(stderr=True, highlight=False)


class Exit(IntEnum):
    """Exit codes of every command; 2 is the shell's own for a wrong usage."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNAVAILABLE = 3
    NOT_ALLOWED = 4
    NOT_FOUND = 5


def print_json(value: Any) -> None:
    """One JSON document on standard output, for machines."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def stop(code: Exit, message: str, *, hint: str = "") -> NoReturn:
    """End the command with a sentence, and what to do next."""
    err.print(message, style="red", markup=False)
    if hint:
        err.print(hint, markup=False)
    raise typer.Exit(code)


def stop_with_problems(problems: Sequence[Problem]) -> NoReturn:
    """End the command because a rule refuses, naming every problem and where it is."""
    for problem in problems:
        where = ".".join(problem.path)
        err.print(f"{problem.code}{f' at {where}' if where else ''}: {problem.message}", markup=False, soft_wrap=True)
    count = len(problems)
    stop(Exit.REFUSED, f"Refused: {count} problem{'s' if count != 1 else ''}; nothing was changed.")
