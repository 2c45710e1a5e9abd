from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.core.numbers import (
    STORED_DIGITS,
    NumberRefused,
    exact_sum,
    half_up,
    parse_decimal,
    plain,
    round_half_up,
    stored,
)

FRACTIONS = st.fractions(min_value=-(10**12), max_value=10**12)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1, "NUMBER_NOT_TEXT"),
        (1.5, "NUMBER_NOT_TEXT"),
        (True, "NUMBER_NOT_TEXT"),
        (["1"], "NUMBER_NOT_TEXT"),
        (Decimal(1), "NUMBER_NOT_TEXT"),
        (float("nan"), "NUMBER_IS_NAN"),
        ("NaN", "NUMBER_IS_NAN"),
        ("-nan", "NUMBER_IS_NAN"),
        ("sNaN", "NUMBER_IS_NAN"),
        (float("-inf"), "NUMBER_IS_INFINITE"),
        ("Infinity", "NUMBER_IS_INFINITE"),
        ("-inf", "NUMBER_IS_INFINITE"),
        ("1e5", "NUMBER_HAS_EXPONENT"),
        ("1.5E-3", "NUMBER_HAS_EXPONENT"),
        (".5e1", "NUMBER_HAS_EXPONENT"),
        ("1e999999999", "NUMBER_HAS_EXPONENT"),
        ("1234567890123456789", "NUMBER_TOO_LONG"),
        ("0.1234567890123456789", "NUMBER_TOO_LONG"),
        ("123456789.1234567890", "NUMBER_TOO_LONG"),
        ("9" * 100_000, "NUMBER_TOO_LONG"),
        ("", "NOT_A_NUMBER"),
        (" 1", "NOT_A_NUMBER"),
        ("1,000", "NOT_A_NUMBER"),
        ("1_000", "NOT_A_NUMBER"),
        ("+1", "NOT_A_NUMBER"),
        (".5", "NOT_A_NUMBER"),
        ("5.", "NOT_A_NUMBER"),
        ("١٢٣", "NOT_A_NUMBER"),
        ("e", "NOT_A_NUMBER"),
        ("1\n", "NOT_A_NUMBER"),
        ("0x10", "NOT_A_NUMBER"),
    ],
)
def test_what_is_no_plain_decimal_is_refused_with_its_own_code(value: object, code: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse_decimal(value)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("text", ["0", "-0.5", "12.50", "123456789012345678", "0.123456789012345678"])
def test_a_plain_decimal_of_18_digits_is_read_exactly(text: str) -> None:
    assert parse_decimal(text) == Decimal(text)


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (Fraction(5, 2), 0, "3"),
        (Fraction(-5, 2), 0, "-3"),
        (Fraction(1005, 1000), 2, "1.01"),
        (Fraction(-1005, 1000), 2, "-1.01"),
        (Fraction(-1, 1000), 2, "0.00"),
        (Fraction(10**40) + Fraction(1, 2), 0, str(10**40 + 1)),
    ],
)
def test_a_half_is_rounded_away_from_zero(value: Fraction, places: int, shown: str) -> None:
    assert str(round_half_up(value, places)) == shown


@given(FRACTIONS, st.integers(0, 12))
def test_rounding_moves_by_at_most_half_a_unit(value: Fraction, places: int) -> None:
    rounded = Fraction(round_half_up(value, places))
    assert abs(rounded - value) <= Fraction(1, 2 * 10**places)
    assert round_half_up(-value, places) == -round_half_up(value, places)
    assert half_up(value.numerator, value.denominator) == int(round_half_up(value, 0))


@given(FRACTIONS)
def test_a_stored_value_is_right_to_forty_digits(value: Fraction) -> None:
    kept = stored(value)
    assert len(kept.as_tuple().digits) <= STORED_DIGITS
    assert abs(Fraction(kept) - value) <= abs(value) * Fraction(1, 10 ** (STORED_DIGITS - 1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 3), "0." + "3" * 40),
        (Fraction(2, 3), "0." + "6" * 39 + "7"),
        (Fraction(1500), "1500"),
        (Fraction(0), "0"),
        (Fraction(1, 10**20), "0." + "0" * 19 + "1"),
        (Fraction(10**50), "1" + "0" * 50),
        (Fraction(-5, 4), "-1.25"),
    ],
)
def test_a_stored_value_is_written_without_exponent_or_trailing_zeros(value: Fraction, text: str) -> None:
    assert plain(stored(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("-0", "0"), ("-0.00", "0"), ("0.90", "0.9"), ("100", "100"), ("1E+3", "1000"), ("1E-7", "0.0000001")],
)
def test_plain_notation_has_one_spelling_per_number(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@given(st.lists(FRACTIONS))
def test_a_sum_of_fractions_is_exact(values: list[Fraction]) -> None:
    assert exact_sum(values) == sum(values, Fraction(0))
