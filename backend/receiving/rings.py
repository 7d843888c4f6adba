"""When a lane is rung by those who put something into it many times a second."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from backend.engine.lanes import ring

# A ring costs the database, and the worker that hears it, as much as a small transaction; who was rung a moment ago is
# at work, and looks again before it rests.
RING_EVERY = 0.006  # Seconds between two rings of a lane that travel with a batch.
RING_ANYWAY_AFTER = 0.002  # Seconds more; then nobody waits for another batch to take the ring along.


class Rings:
    """Which lanes a batch rings: each once in a while. A ring that no batch takes along goes by itself."""

    def __init__(self, *, every: float = RING_EVERY, anyway_after: float = RING_ANYWAY_AFTER) -> None:
        self.every = every
        self.anyway_after = anyway_after
        self.rung_at: dict[str, float] = {}
        self.owed: dict[str, asyncio.TimerHandle] = {}

    def due(self, lanes: Sequence[str]) -> list[str]:
        """Those of the lanes that this batch is to ring; the others are rung in time."""
        loop = asyncio.get_running_loop()
        at = loop.time()
        due = [lane for lane in lanes if at - self.rung_at.get(lane, -math.inf) >= self.every]
        for lane in due:
            self.rung_at[lane] = at
            if lane in self.owed:
                self.owed.pop(lane).cancel()
        for lane in lanes:
            if lane not in due and lane not in self.owed:
                anyway_at = self.rung_at[lane] + self.every + self.anyway_after
                self.owed[lane] = loop.call_at(anyway_at, self._ring, lane)
        return due

    def close(self) -> None:
        """Ring whom a ring is owed."""
        for lane, timer in list(self.owed.items()):
            timer.cancel()
            self._ring(lane)

    def _ring(self, lane: str) -> None:
        del self.owed[lane]
        ring(lane)
