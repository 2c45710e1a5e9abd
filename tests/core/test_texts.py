"""What a text must be to be read by people."""

from __future__ import annotations

import pytest

from almoner.core.texts import is_blank, wording_problems

UNSEEN = ["", " \n\t", "\u202a", "\u200b\u2060\ufeff", "\u00ad", "\u00a0\u3000", "\u0007", "\u3164\u2800", "\u0301"]


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_a_text_of_which_nothing_can_be_seen_is_blank(text):
    assert is_blank(text)
    (problem,) = wording_problems(text, 200, ("title",))
    assert problem.code == "TEXT_BLANK"


@pytest.mark.parametrize("text", ["a", "\u202aa", "-", "е\u0301", "漢", "😀", "\ue000", "़ा"], ids=ascii)
def test_one_character_that_can_be_seen_is_a_text(text):
    assert not is_blank(text)
    assert wording_problems(text, 200, ("title",)) == []


@pytest.mark.parametrize(("text", "code"), [("\0", "TEXT_HAS_NUL"), ("\ud800", "TEXT_NOT_UNICODE")], ids=ascii)
def test_what_cannot_be_stored_has_a_refusal_of_its_own(text, code):
    assert [each.code for each in wording_problems(text, 200, ("title",))] == [code]
