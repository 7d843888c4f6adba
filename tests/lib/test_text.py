from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.text import SIZES, clusters, split_text

FAMILY = "👨‍👩‍👧‍👦"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


def test_a_short_text_stays_whole() -> None:
    assert split_text("  hello\nyou ", 20, "CHARACTERS") == ["  hello\nyou "]
    assert split_text("", 5, "CHARACTERS") == []


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 6, ["one", "two", "three"]),
        ("one  \n two", 5, ["one", "two"]),
        ("abcdefgh ij", 4, ["abcd", "efgh", "ij"]),
        ("a\n\nb c", 4, ["a\n\nb", "c"]),
    ],
)
def test_it_is_cut_at_white_space(text: str, limit: int, parts: list[str]) -> None:
    assert split_text(text, limit, "CHARACTERS") == parts


def test_bytes_are_counted_as_bytes() -> None:
    assert split_text("ää öö", 5, "BYTES") == ["ää", "öö"]
    assert split_text("ää öö", 5, "CHARACTERS") == ["ää öö"]
    assert all(len(part.encode()) <= 1000 for part in split_text("Grüße 👋 " * 500, 1000, "BYTES"))


@pytest.mark.parametrize(
    "whole",
    [
        FAMILY,
        SCOTLAND,
        "🇩🇪",
        "👍🏽",
        "e\u0301",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "\r\n",
        "한",
        "नि",
        "\ud83d\ude00",
    ],
)
def test_a_visible_character_is_never_cut(whole: str) -> None:
    assert list(clusters(whole)) == [len(whole)]
    parts = split_text(f"x{whole}" * 3, len(whole) + 1, "CHARACTERS")
    assert "".join(parts).count(whole.strip()) == 3 or not whole.strip()


def test_flags_in_a_row_are_cut_between_flags() -> None:
    assert split_text("🇩🇪🇫🇷🇮🇹", 5, "CHARACTERS") == ["🇩🇪🇫🇷", "🇮🇹"]
    assert list(clusters("a🇩🇪🇫🇷")) == [1, 3, 5]


def test_what_alone_is_too_large_is_cut_all_the_same() -> None:
    parts = split_text("e" + "\u0301" * 30, 10, "BYTES")
    assert "".join(parts) == "e" + "\u0301" * 30
    assert all(len(part.encode()) <= 10 for part in parts)


@given(
    text=st.text(st.sampled_from(" \n\taé👍🏽\u200d\u0301🇩🇪語\U0001f468"), max_size=80)
    | st.text(max_size=60),
    limit=st.integers(4, 20),
    unit=st.sampled_from(sorted(SIZES)),
)
def test_every_part_fits_and_nothing_but_white_space_is_lost(text: str, limit: int, unit: str) -> None:
    parts = split_text(text, limit, unit)
    assert all(part and SIZES[unit](part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
