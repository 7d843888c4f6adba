"""
Tolerant readers of foreign JSON.

Whatever comes in, each gives a value of its own type, empty where there is nothing to read. None raises.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from backend.lib.json_types import JSON, JSONObject

MAX_ID = 512  # Characters; what is longer is a text.

MANY = 20  # Digits.
NUMBER = re.compile(r"\s*[0-9]{1,20}(\.[0-9]{1,9})?\s*")

# Above these, a number of seconds cannot be meant: milliseconds, then microseconds.
MILLISECONDS_FROM = 100_000_000_000
MICROSECONDS_FROM = 100_000_000_000_000


def object_of(value: JSON) -> JSONObject:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: JSON) -> list[JSON]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def objects_in(value: JSON) -> list[JSONObject]:
    """The objects of a list, and nothing else of it."""
    return [item for item in list_of(value) if isinstance(item, dict)]


def text_of(value: JSON) -> str:
    """The value if it is text, else an empty one."""
    return value if isinstance(value, str) else ""


def id_of(value: JSON) -> str:
    """An identifier as text, however it was written."""
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, bool):  # Most that is asked for is not there.
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**40 else ""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return ""


def number_of(value: JSON) -> int | None:
    """A whole number, also from text; None where there is none."""
    text = id_of(value)
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def moment_of(value: JSON) -> datetime | None:
    """A point in time from seconds, milliseconds or ISO text; None where it cannot be read or is zero."""
    if value is None:
        return None
    try:
        seconds = _seconds_of(value)
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _seconds_of(value: JSON) -> float:
    if isinstance(value, str):
        # Nearly all are written in digits alone.
        if not (len(value) < MANY and value.isascii() and value.isdigit()) and not NUMBER.fullmatch(value):
            return _from_iso(value)
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    number = float(value)
    if not math.isfinite(number):
        return 0
    if number >= MICROSECONDS_FROM:
        return number / 1_000_000
    return number / 1_000 if number >= MILLISECONDS_FROM else number


def _from_iso(text: str) -> float:
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def ids_in(value: JSON) -> Iterator[str]:
    """Whatever could be an identifier anywhere in it, however deep, as text."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
        elif (found := id_of(part)) and len(found) <= MAX_ID:
            yield found


def fingerprint_of(value: JSON) -> str:
    """The same 40 hex digits for the same JSON, whatever the order of its keys."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:40]
