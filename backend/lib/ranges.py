"""The part of a file that a request asks for: the header `Range`, as far as it names one range of bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """So many bytes from there."""

    start: int
    length: int

    def told(self, size: int) -> str:
        """As `Content-Range` says it."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


class Unsatisfiable(Exception):
    """The range lies outside of the file."""


def span_of(header: str, size: int) -> Span | None:
    """The part that is asked for; None: all of it, as for anything that is not one range. Raises Unsatisfiable."""
    found = re.fullmatch(r"\s*bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)\s*,?\s*", header, re.IGNORECASE)
    if not found or len(header) > 100 or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:  # So many of the end.
        length = min(int(last), size)
        start = size - length
    else:
        start = int(first)
        if last and int(last) < start:
            return None
        length = (min(int(last), size - 1) if last else size - 1) - start + 1
    if length <= 0:
        raise Unsatisfiable
    return Span(start, length)
