"""Documentation that can be checked is checked."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest
from typer.main import get_command

from almoner.cli.main import app
from almoner.cli.states import markdown
from almoner.committees import status, words
from almoner.core.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def test_the_state_diagrams_are_drawn_from_the_tables():
    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == markdown(), (
        "run: python -m almoner.cli.states > docs/states.md"
    )


def test_every_setting_is_documented():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"`ALMONER_{name.upper()}`" not in page]
    assert missing == []


def commands(group, path=""):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}".strip(), command


def test_the_help_of_every_command_ends_with_an_example():
    found = dict(commands(get_command(app)))
    assert len(found) > 12
    assert [name for name, command in found.items() if f"almoner {name}" not in (command.epilog or "")] == []


#: Texts in capitals that are no codes of problems or errors.
OTHER_CAPITALS = {
    "BREAK_GLASS",
    "FEDERAL_EMPLOYEE",
    "PROPOSAL_REVIEW",
    "ONE_UNIT",
    "MEMBER_MONTHS",
    "PG_VERSION",
    "LC_ALL",
    "STATEWIDE_LOAD",
    "PRINTED_SUM_DISAGREES",
}


#: Nor are the words of columns.
WORDS = {
    value.value
    for module in (words, status)
    for enum in vars(module).values()
    if isinstance(enum, type) and issubclass(enum, StrEnum)
    for value in enum
}


def test_every_code_is_documented():
    sources = [*(ROOT / "platform").rglob("*.py"), *(ROOT / "graphql").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]
    found = {code for path in sources for code in re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', path.read_text("utf-8"))}
    codes = {code for code in found - OTHER_CAPITALS - WORDS if not code.startswith("ALMONER_")}
    page = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("api.md", "committees.md"))
    assert len(codes) > 60
    assert sorted(code for code in codes if f"`{code}`" not in page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    broken = [target for target in targets if not (page.parent / target).exists()]
    assert broken == []
