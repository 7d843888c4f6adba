"""Damages webhook events as nobody would think of; the same seed damages alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from backend.lib.json_types import JSON

ODD: list[JSON] = [
    None,
    True,
    0,
    -1,
    10**30,
    2**63,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "\x00",
    "\ud800",
    "\u202e\u0130ß",
    "0" * 600,
    "9" * 25,
    "-9999-99-99T99:99:99Z",
    "1e400",
    [],
    {},
    [[[]]],
    [None],
    {"": {"": ""}},
    {"id": {"id": []}},
]
DEEP = 200


def copied(value: JSON) -> JSON:
    """Nothing of it is shared with the original."""
    return json.loads(json.dumps(value))


def mutated(payload: JSON, random: Random) -> JSON:
    """A damaged copy: one to four places of it are changed."""
    copy = copied(payload)
    for _ in range(random.randint(1, 4)):
        spots = [spot for spot in _spots(copy) if spot[1] not in ("object", "entry")]
        if not spots:
            return copy
        holder, key = random.choice(spots)
        random.choice(WAYS)(holder, key, random)
    return copy


def _spots(value: JSON) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value that can be changed; what is nested very deep was made so by us."""
    waiting: list[tuple[JSON, int]] = [(value, 0)]
    while waiting:
        part, depth = waiting.pop()
        if depth > 40 or not isinstance(part, dict | list):
            continue
        for key in list(part) if isinstance(part, dict) else range(len(part)):
            yield part, key
            waiting.append((part[key], depth + 1))


def _drop(holder: Any, key: Any, _random: Random) -> None:
    del holder[key]


def _replace(holder: Any, key: Any, random: Random) -> None:
    holder[key] = copied(random.choice(ODD))


def _wrap(holder: Any, key: Any, _random: Random) -> None:
    holder[key] = [holder[key]]


def _unwrap(holder: Any, key: Any, _random: Random) -> None:
    inner = holder[key]
    holder[key] = inner[0] if isinstance(inner, list) and inner else json.dumps(inner)


def _double(holder: Any, key: Any, _random: Random) -> None:
    if isinstance(holder[key], list):
        holder[key] = [*holder[key], *copied(holder[key])]


def _rename(holder: Any, key: Any, random: Random) -> None:
    if isinstance(holder, dict):
        holder[random.choice(["", "novelty", "\u0000", f"{key} "])] = holder.pop(key)


def _deepen(holder: Any, key: Any, random: Random) -> None:
    for _ in range(DEEP):
        holder[key] = {"a": holder[key]} if random.random() < 0.5 else [holder[key]]


def _as_other(holder: Any, key: Any, _random: Random) -> None:
    """A number as text, a text as a number or an object."""
    value = holder[key]
    holder[key] = str(value) if isinstance(value, int | float) else {"value": value}


WAYS: list[Callable[[Any, Any, Random], None]] = [
    _drop,
    _drop,
    _replace,
    _replace,
    _wrap,
    _unwrap,
    _double,
    _rename,
    _deepen,
    _as_other,
]
