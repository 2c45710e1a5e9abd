"""The rules of the source documents that tests hold: `python -m tests.committees.seed_rules` prints docs/seed-rules.md.

A rule is a test in a `test_seed_*.py`: its name says the rule, the first line of its docstring the place in the seed.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"Seed (\d{3}), (.+)\.")
_HEAD = """# Rules of the source documents

What the source documents say of committees, and the tests that hold it, drawn from the tests by
`python -m tests.committees.seed_rules`. Seed 000 is a page of questions and answers about an advisory committee on
payment models, seed 004 the pack of a joint committee's meeting of 6 July 2017.

Not held by the system: that the advisory committee meets in public no less often than every quarter (seed 000,
committee meetings). Nobody is reminded to plan a meeting.

| seed | place | rule | test |
| --- | --- | --- | --- |
"""


class Rule(NamedTuple):
    """A rule, where it comes from, and where it is held."""

    seed: str
    place: str
    says: str
    test: str


def rules() -> Iterator[Rule]:
    """All rules, file by file.

    Raises:
        ValueError: a test does not say its place.
    """
    for path in sorted((ROOT / "tests" / "committees").glob("test_seed_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield _rule(path, node)


def _rule(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Rule:
    said = (ast.get_docstring(node) or "").partition("\n")[0]
    place = PLACE.fullmatch(said)
    if place is None:
        raise ValueError(f"{path.name}, {node.name}: begin its docstring with the place, as `Seed 004, agenda, 17708.`")
    says = node.name.removeprefix("test_").replace("_", " ")
    return Rule(place.group(1), place.group(2), says[0].upper() + says[1:], f"{path.name}")


def markdown() -> str:
    """The whole page."""
    found = sorted(rules(), key=lambda rule: (rule.seed, rule.test))
    return _HEAD + "".join(f"| {rule.seed} | {rule.place} | {rule.says} | `{rule.test}` |\n" for rule in found)


if __name__ == "__main__":
    sys.stdout.write(markdown())
