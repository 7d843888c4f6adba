from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

ZERO_WIDTH_JOINER = "\u200d"
MARKS = frozenset({"Mn", "Mc", "Me"})  # Accents, vowel signs, variation selectors, the keycap.

# Code points that only complete the one before them.
CONTINUING_RANGES = (
    ("\U0001f3fb", "\U0001f3ff"),  # Skin tones.
    ("\U000e0020", "\U000e007f"),  # Tags, as in the flag of Scotland.
    ("\u1160", "\u11ff"),  # Hangul vowels and final consonants.
    ("\udc00", "\udfff"),  # The second half of a torn surrogate pair.
)


def _size_in_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


SIZES: dict[str, Callable[[str], int]] = {"CHARACTERS": len, "BYTES": _size_in_bytes}


def split_text(text: str, limit: int, unit: str) -> list[str]:
    """Parts of at most `limit` units, cut at white space, and never inside a visible character that fits."""
    size = SIZES[unit]
    parts = []
    rest = text
    # A text of more characters than the limit is too long in every unit: no need to measure all of it.
    while len(rest) > limit or size(rest) > limit:
        end = _fitting_end(rest, limit, size)
        cut = _word_border(rest, end)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    parts.append(rest)
    return [part for part in parts if part]


def _fitting_end(text: str, limit: int, size: Callable[[str], int]) -> int:
    """Where the last whole visible character ends that still fits."""
    used = end = 0
    for stop in clusters(text):
        used += size(text[end:stop])
        if used > limit:
            break
        end = stop
    return end or _hard_end(text, limit, size)


def _hard_end(text: str, limit: int, size: Callable[[str], int]) -> int:
    """Where to cut a visible character that alone is larger than the limit; at least one code point."""
    end = 1
    while end < len(text) and size(text[: end + 1]) <= limit:
        end += 1
    return end


def _word_border(text: str, end: int) -> int:
    """The last white space before `end`, or `end` itself where a word ends there or none begins."""
    if end >= len(text) or text[end].isspace():
        return end
    for index in range(end - 1, 0, -1):
        # A mark on a space makes it a visible character.
        if text[index].isspace() and not _continues(text[index], text[index + 1]):
            return index
    return end


def clusters(text: str) -> Iterator[int]:
    """Where each visible character ends, in order."""
    flags = 0  # Regional indicators in a row: two of them are one flag.
    for index in range(1, len(text)):
        before, char = text[index - 1], text[index]
        flags = flags + 1 if _is_regional(before) else 0
        if not (_continues(before, char) or (_is_regional(char) and flags % 2)):
            yield index
    if text:
        yield len(text)


def _continues(before: str, char: str) -> bool:
    return (
        ZERO_WIDTH_JOINER in (before, char)
        or (before == "\r" and char == "\n")
        or unicodedata.category(char) in MARKS
        or any(first <= char <= last for first, last in CONTINUING_RANGES)
    )


def _is_regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
