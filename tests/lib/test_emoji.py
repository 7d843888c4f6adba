"""What passes for one emoji."""

from __future__ import annotations

import pytest

from backend.lib.emoji import is_emoji

ONE = [
    "👍", "👍🏽", "❤", "❤️", "😂", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "#⃣",
    "👩🏽‍🚀", "👨‍👩‍👧‍👦", "🏳️‍🌈", "☺️", "©️", "‼️", "🫠", "⭐", "➡️", "🧑🏻‍❤️‍💋‍🧑🏿",
]  # fmt: skip
NONE = [
    "",
    "a",
    "1",
    "#",
    "ok",
    "👍👍",
    "👍 ",
    " 👍",
    "🇩",
    "👍\u200d",
    "\u200d",
    "️",
    "❤️❤️",
    "<3",
    "é",
    "👍a",
    "👍" * 40,
]


@pytest.mark.parametrize("text", ONE)
def test_one(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize("text", NONE, ids=ascii)
def test_none_or_several(text: str) -> None:
    assert not is_emoji(text)
