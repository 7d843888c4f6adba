"""How fast an account may send, and to one person: the arithmetic. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from backend.platforms.port import MessageType, Pacing

# A hair below what the platform allows, so that of 81 calls in a row no two need be a second apart to the millisecond:
# one may leave 8 ms late (see `LATE`) and be delayed for 4 ms more on its way, and still no second holds one too many.
SHARE = 0.9875
AHEAD = 0.25  # Seconds that moments are given away in advance, in a block.
HEAVY = frozenset({MessageType.AUDIO, MessageType.VIDEO})
SLOW_FROM = 80  # Percent of an allowance, from where on we slow down, to SLOWEST at all of it.
SLOWEST = 0.1


@dataclass(frozen=True, slots=True)
class Grant:
    """Moments on an account's line: the first of them, and how many, each an interval after the one before."""

    start: float
    count: int
    next_at: float  # The first moment that is still free.


def grant(next_at: float, now: float, *, want: int, interval: float, ahead: float = AHEAD) -> Grant:
    """So many moments from the first free one on, none further ahead than that. What passed unused is lost."""
    start = max(next_at, now)
    left = (now + ahead - start) / interval
    count = min(want, math.floor(min(left, want)) + 1) if left >= 0 else 0
    return Grant(start, count, start + count * interval if count else next_at)


def rate_of(pacing: Pacing, metadata: Mapping[str, str], *, used: int = 0) -> float:
    """Messages a second that an account may send. `used`: percent of its allowance, as the platform says."""
    level = metadata.get("throughput", "")
    allowed = pacing.levels.get(level, pacing.per_second)
    if pacing.beside_app is not None and metadata.get("onBusinessApp") == "true":
        allowed = pacing.beside_app
    return allowed * SHARE * slowness(used)


def slowness(used: int) -> float:
    """By how much an account slows down that has used up so many percent of what it is allowed."""
    if used <= SLOW_FROM:
        return 1.0
    left = max(0.0, (100 - used) / (100 - SLOW_FROM))
    return max(SLOWEST, left)


class PersonTurn(NamedTuple):
    """When one person may be sent the next message, and until when that then takes up their limit; None: unlimited."""

    allowed_at: datetime | None = None
    until: datetime | None = None


def person_turn(pacing: Pacing, taken_until: datetime | None, at: datetime) -> PersonTurn:
    """The next turn of a person. A burst is borrowed from the future, and paid back before the next one."""
    if pacing.person_every is None:
        return PersonTurn()
    taken = max(taken_until, at) if taken_until else at
    allowed_at = taken - pacing.person_every * (pacing.person_burst - 1)
    return PersonTurn(allowed_at, max(taken, allowed_at) + pacing.person_every)


def longest_debt(pacing: Pacing) -> timedelta:
    """How far back a person's messages still take up the limit."""
    return (pacing.person_every or timedelta()) * (pacing.person_burst + 1)
