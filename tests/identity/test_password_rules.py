"""Which passwords will do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.identity.password_rules import MAX_PASSWORD, MIN_PASSWORD, password_problems


def codes(password, email="ada.lovelace@agency.example", name="Ada Lovelace"):
    return [problem.code for problem in password_problems(password, email=email, name=name)]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "PASSWORD_TOO_SHORT"),
        ("x" * (MIN_PASSWORD - 1), "PASSWORD_TOO_SHORT"),
        ("x1y2z3" * 50, "PASSWORD_TOO_LONG"),
        ("Password2026!", "PASSWORD_TOO_COMMON"),
        ("P@ssw0rd1234", "PASSWORD_TOO_COMMON"),
        ("passwordpassword", "PASSWORD_TOO_COMMON"),
        ("2026-Welcome-2026", "PASSWORD_TOO_COMMON"),
        ("changeme12345", "PASSWORD_TOO_COMMON"),
        ("1234567890123", "PASSWORD_TOO_COMMON"),
        ("abcdefghijklm", "PASSWORD_TOO_COMMON"),
        ("aaaaaaaaaaaaaaa", "PASSWORD_TOO_COMMON"),
        ("abababababababab", "PASSWORD_TOO_COMMON"),
        ("lovelace-2026", "PASSWORD_HAS_NAME"),
        ("LovelaceLovelace1", "PASSWORD_HAS_NAME"),
        ("ada.lovelace77", "PASSWORD_HAS_NAME"),
    ],
)
def test_a_bad_password_is_refused_with_its_reason(password, code):
    assert codes(password) == [code]


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "lovelace wrote the first program",
        "zwölf Katzen und 1 Hund",
        "kq7-Vt2-xx9-Lp0",
        "\ud800 is a strange sign",
    ],
)
def test_a_good_password_is_taken_whatever_it_is_composed_of(password):
    assert codes(password) == []


@given(st.text(max_size=2 * MAX_PASSWORD))
def test_any_text_gets_an_answer(password):
    found = codes(password)
    assert len(found) <= 1
    assert (len(password) < MIN_PASSWORD) == (found == ["PASSWORD_TOO_SHORT"])
