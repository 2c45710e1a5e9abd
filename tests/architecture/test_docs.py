"""Documentation that can be checked is checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from almoner.cli.states import markdown
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    broken = [target for target in targets if not (page.parent / target).exists()]
    assert broken == []
