"""The page about the planner says what is so: its code is run, and its messages are those of the check."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "planner.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def said():
    """What a process that runs the page's code says of it."""
    command = [sys.executable, str(Path(__file__).with_name("planner_page.py"))]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout)


def test_the_types_of_the_page_can_be_read(said):
    assert said["problems"].pop("") == []


def test_each_mistake_is_told_what_the_page_says(said):
    section = PAGE.split("## What the check says")[1].split("\n## ")[0]
    told = re.findall(r"^\| .*? \| `(.*?)` \|", section, re.MULTILINE)
    mistakes = {name: problems for name, problems in said["problems"].items() if name}
    missing = [
        name for (name, problems), message in zip(mistakes.items(), told, strict=True) if message not in problems
    ]
    assert missing == []


def test_the_query_of_the_page_costs_what_it_says(said):
    ((query, cost),) = said["cost"].items()
    assert f"`{query}` asks for" in PAGE
    assert f"= {cost} objects" in PAGE


def test_every_module_of_the_planner_is_on_the_page():
    folder = ROOT / "graphql" / "almoner_graphql" / "planner"
    found = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    table = PAGE.split("## The modules of")[1]
    assert set(re.findall(r"`(\w+\.py)`", table)) == found
