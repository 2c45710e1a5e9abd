"""How long a document takes that was never seen: `python -m almoner_graphql.bench.cold_plan MODULE:FUNCTION RUNS`.

The function is called without arguments and returns what is measured: given the text of a valid document, it parses it,
checks the limits, validates it and plans it, from the beginning each time. The times are printed as a JSON list, the
median in milliseconds of each run.
"""

from __future__ import annotations

import importlib
import itertools
import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator

from almoner.cli.reading.operations import operation_text

DOCUMENTS = 200
#: A name that is selected, on a line of its own.
_SELECTED = re.compile(r"^( +)(\w+)(?=[ (]|$)", re.MULTILINE)


def cold_plan_milliseconds(plan: Callable[[str], object], runs: int, documents: int = DOCUMENTS) -> list[float]:
    """The median of each run over so many documents, in milliseconds. None of all these documents is like another.

    Args:
        plan: parses, checks, validates and plans a document.
        runs: how many medians.
        documents: how many of a run.
    """
    unseen = unseen_documents()
    for _warm_up in range(10):
        plan(next(unseen))
    return [statistics.median(_milliseconds(plan, next(unseen)) for _ in range(documents)) for _ in range(runs)]


def unseen_documents() -> Iterator[str]:
    """The nested operation over and over, each time with other aliases on all of its fields."""
    text = operation_text("nested")
    for number in itertools.count(1):
        yield _SELECTED.sub(rf"\1{_letters(number)}_\2: \2", text)


def _letters(number: int) -> str:
    # All of one length, so that no document is longer than another.
    return f"a{number:06d}"


def _milliseconds(plan: Callable[[str], object], document: str) -> float:
    began = time.perf_counter()
    plan(document)
    return (time.perf_counter() - began) * 1000


def main(target: str, runs: int) -> int:
    """Measure what the target makes."""
    module, _, function = target.partition(":")
    plan = getattr(importlib.import_module(module), function)()
    sys.stdout.write(json.dumps(cold_plan_milliseconds(plan, runs)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
