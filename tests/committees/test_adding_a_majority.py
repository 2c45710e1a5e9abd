"""The ten lines about adding a kind of majority are all that it takes: they are followed here, in a copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADING = "### Where the quorum rule lives, and how to add a kind of majority"
STEP = re.compile(
    r"[Ii]n `(?P<file>[\w/.]+\.py)`, (?P<where>before|beside) `(?P<anchor>[^`]+)`, add `(?P<code>[^`]+)`\."
)
#: What a newcomer would try: the rules take it, it counts as it says, and clients are told of it.
TRIED = """
from fractions import Fraction
from almoner.committees.majorities import Tally, carries, is_as_strict
from almoner.committees.rules import parse_rules, written
from almoner.committees.words import Majority
rules = parse_rules({"majority": "DOUBLE"})
assert parse_rules(written(rules)) == rules
half = Fraction(1, 2)
counted = [carries(rules.majority, Tally(Fraction(n), Fraction(2), Fraction(0)), half) for n in (3, 4)]
assert counted == [False, True], counted
assert is_as_strict(Majority.DOUBLE, half, rules.majority, half)
from almoner_graphql.schema import printed_schema
assert "Twice as many" in printed_schema()
print("followed")
"""


def lines() -> list[str]:
    page = (ROOT / "docs" / "committees.md").read_text(encoding="utf-8")
    return page.split(HEADING)[1].split("\n|")[0].strip().splitlines()


def follow(step: re.Match[str], root: Path) -> None:
    """Put the code where the line says: after the line that begins so, or two blank lines before it."""
    path = root / step["file"]
    text = path.read_text(encoding="utf-8").splitlines()
    (place,) = [n for n, line in enumerate(text) if line.lstrip().startswith(step["anchor"])]
    if step["where"] == "before":
        text[place:place] = [step["code"], "", ""]
    else:
        indent = text[place][: -len(text[place].lstrip())]
        text.insert(place + 1, indent + step["code"])
    path.write_text("\n".join(text) + "\n", encoding="utf-8")


def tried(root: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(root / part) for part in ("platform", "graphql"))
    return subprocess.run(
        [sys.executable, "-c", TRIED],
        cwd=root,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for part in ("platform/almoner", "graphql/almoner_graphql"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_ten_lines_add_a_kind_of_majority_and_each_of_them_is_needed(copy):
    steps = [found for line in lines() if (found := STEP.search(line))]
    assert len(lines()) == 10
    assert len(steps) == 4
    for step in steps:
        assert tried(copy).returncode != 0
        follow(step, copy)
    done = tried(copy)
    assert done.stdout == "followed\n", done.stderr


def test_every_name_in_the_ten_lines_is_there():
    text = "\n".join(line for line in lines() if not STEP.search(line))
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "platform/almoner/committees").glob("*.py"))
    names = set(re.findall(r"`(\w+)`", text))
    assert len(names) > 8
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", sources)) == []
    for path in re.findall(r"`([\w/]+\.py)`", text):
        assert (ROOT / path).exists() or (ROOT / "platform/almoner/committees" / path).exists(), path
