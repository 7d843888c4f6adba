"""JSON that others wrote, read quickly where that gives the same."""

from __future__ import annotations

import json

import orjson

from backend.lib.json_types import JSON

# Digits of a number of more than 64 bits, which orjson rounds. In a text (ids have as many) they stand behind others.
# Looking for them so takes a tenth of what a regular expression takes.
LONG = b"0" * 19
ALIKE = bytes.maketrans(b"123456789", b"0" * 9)
BEFORE_NUMBERS = frozenset((b"", b":", b",", b"[", b"-", b" ", b"\t", b"\r", b"\n"))


def decoded(body: bytes) -> JSON:
    """What the bytes say. Raises ValueError for what is no JSON, and RecursionError for what is nested without end.

    orjson takes a third of the time. What it refuses and the standard library reads (lone surrogates, UTF-16,
    infinite numbers) is still read.
    """
    if not _has_long_number(body):
        try:
            said: JSON = orjson.loads(body)
        except ValueError:
            pass
        else:
            return said
    return _slowly(body)


def _has_long_number(body: bytes) -> bool:
    """Whether there may be one; never none where there is one."""
    digits = body.translate(ALIKE)
    at = digits.find(LONG)
    while at >= 0:
        if body[at - 1 : at] in BEFORE_NUMBERS:
            return True
        at = digits.find(LONG, at + len(LONG))
    return False


def _slowly(body: bytes) -> JSON:
    said: JSON = json.loads(body)
    return said
