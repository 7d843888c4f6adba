from __future__ import annotations

import re

# Long enough to tell two people apart, short enough to leave out what countries insert: Brazil's ninth digit,
# Mexico's 1 and Argentina's 9 stand before it.
TAIL = 8
PLAIN_LENGTHS = range(4, 32)  # Of a number that is written in digits alone.
NUMBER = re.compile(r"\+?[0-9][0-9 ().\-]{3,30}")


def digits_of(text: str) -> str:
    """The digits of a telephone number; empty where the text is something else."""
    if text.isascii() and text.isdigit() and len(text) in PLAIN_LENGTHS:
        return text
    return re.sub(r"[^0-9]", "", text) if NUMBER.fullmatch(text.strip()) else ""


def is_same_line(one: str, other: str) -> bool:
    """Whether two spellings in digits can be the same telephone."""
    return bool(one and other) and one[-TAIL:] == other[-TAIL:]
