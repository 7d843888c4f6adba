from __future__ import annotations

import pytest

from backend.lib.phone import digits_of, is_same_line, is_same_number


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("16505551234", "16505551234"),
        ("+1 (650) 555-1234", "16505551234"),
        ("US.13491208655302741918", ""),
        ("", ""),
        ("12", ""),
        ("<NUMBER>", ""),
    ],
)
def test_digits(text: str, digits: str) -> None:
    assert digits_of(text) == digits


def test_spellings_of_one_line() -> None:
    assert is_same_line("5511987654321", "551187654321")
    assert not is_same_line("16505551234", "16505551235")
    assert not is_same_line("", "")


def test_numbers_that_end_alike_in_two_cities_are_two() -> None:
    assert is_same_number("5511987654321", "551187654321")
    assert is_same_number("5511987654321", "11987654321")  # Without its country.
    assert is_same_line("5511987654321", "5521987654321")
    assert not is_same_number("5511987654321", "5521987654321")
    assert not is_same_number("", "")
