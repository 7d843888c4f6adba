from __future__ import annotations

import re

# Long enough to tell two people apart, short enough to leave out what countries insert: Brazil's ninth digit,
# Mexico's 1 and Argentina's 9 stand before it.
TAIL = 8
PLAIN_LENGTHS = range(4, 32)  # Of a number that is written in digits alone.
# Mobile numbers that travel with and without a digit: what stands before it, the digit, and what follows. Brazil's old
# numbers begin with 6 to 9; what begins lower is a line in a house, and another telephone.
OPTIONAL_DIGITS = (
    (re.compile(r"(55[1-9][1-9])(9?)([6-9][0-9]{7})"), "9"),
    (re.compile(r"(52)(1?)([2-9][0-9]{9})"), "1"),
    (re.compile(r"(54)(9?)([1-8][0-9]{9})"), "9"),
)
COUNTRIES_WITH_SPELLINGS = ("55", "52", "54")
NUMBER = re.compile(r"\+?[0-9][0-9 ().\-]{3,30}")


def digits_of(text: str) -> str:
    """The digits of a telephone number; empty where the text is something else."""
    if text.isascii() and text.isdigit() and len(text) in PLAIN_LENGTHS:
        return text
    return re.sub(r"[^0-9]", "", text) if NUMBER.fullmatch(text.strip()) else ""


def is_same_line(one: str, other: str) -> bool:
    """Whether two spellings in digits can be the same telephone."""
    return bool(one and other) and one[-TAIL:] == other[-TAIL:]


def is_same_number(one: str, other: str) -> bool:
    """Whether two numbers are one. Whole ones are told apart by all of their digits, others by their end."""
    return other in spellings_of(one) or (len(one) != len(other) and is_same_line(one, other))


def spellings_of(digits: str) -> tuple[str, ...]:
    """The number as it is given, and its other spelling where its country has two."""
    if digits.startswith(COUNTRIES_WITH_SPELLINGS):
        for pattern, digit in OPTIONAL_DIGITS:
            if found := pattern.fullmatch(digits):
                before, present, after = found.groups()
                return digits, before + ("" if present else digit) + after
    return (digits,) if digits else ()
