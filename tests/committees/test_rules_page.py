"""The page of the source's rules is drawn from the tests that hold them."""

from __future__ import annotations

from tests.committees.seed_rules import ROOT, markdown, rules


def test_the_page_of_rules_lists_the_tests_that_hold_them():
    assert len({rule.test for rule in rules()}) >= 4
    assert (ROOT / "docs" / "seed-rules.md").read_text(encoding="utf-8") == markdown(), (
        "run: python -m tests.committees.seed_rules > docs/seed-rules.md"
    )
