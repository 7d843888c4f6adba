"""
How often somebody may ask in a minute, counted by all processes together.

Each process counts by itself and tells the database after every fiftieth of the allowance: who asks now and then costs
no statement, and several processes together pass the limit by a few hundredths at most.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

MINUTE = 60
PARTS = 50

# Counts of a minute that is over are of no use to anybody; a clock that is behind counts with the others.
ADD = """
INSERT INTO businesses_callcount (key, minute, calls) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET
    calls = CASE WHEN businesses_callcount.minute >= EXCLUDED.minute THEN businesses_callcount.calls ELSE 0 END
        + EXCLUDED.calls,
    minute = CASE WHEN businesses_callcount.minute >= EXCLUDED.minute THEN businesses_callcount.minute
        ELSE EXCLUDED.minute END
RETURNING calls
"""


@dataclass(slots=True)
class Count:
    """The calls of one minute."""

    minute: int
    told: int = 0  # Of all processes, as the database said last.
    own: int = 0  # Since then, here.


class Allowances:
    """The counts of this process. For several threads."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.counts: dict[str, Count] = {}
        self.lock = threading.Lock()

    def takes(self, key: str, limit: int) -> bool:
        """Whether one more call fits in this minute; then it is counted."""
        with self.lock:
            count = self._count(key)
            if count.told + count.own >= limit:
                return False
            count.own += 1
            if count.own < max(1, limit // PARTS):
                return True
            added, count.own = count.own, 0
            count.told += added
        told = _add(key, count.minute, added)
        with self.lock:
            count.told = max(count.told, told)
        # Others may have used up the rest meanwhile.
        return told <= limit

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return MINUTE - self.clock() % MINUTE

    def forget(self) -> None:
        """Count from nothing, for tests."""
        with self.lock:
            self.counts.clear()

    def _count(self, key: str) -> Count:
        minute = int(self.clock()) // MINUTE
        count = self.counts.get(key)
        if count is None or count.minute != minute:
            if len(self.counts) > 10_000:  # Whoever asked once, long ago.
                self.counts = {each: kept for each, kept in self.counts.items() if kept.minute == minute}
            count = self.counts[key] = Count(minute)
        return count


def _add(key: str, minute: int, calls: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(ADD, [key, minute, calls])
        (told,) = cursor.fetchone()
    return int(told)


ALLOWANCES = Allowances()
