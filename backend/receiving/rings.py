"""When a lane is rung by those who put something into it many times a second."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Sequence

from backend.engine.lanes import ring

# A ring costs the database, and the worker that hears it, as much as a small transaction; who was rung a moment ago is
# at work, and looks again before it rests.
RING_EVERY = 0.006  # Seconds between two rings of a lane that travel with a batch.
RING_EVERY_FEW = (
    0.002  # The same for a batch of few deliveries: where little comes, nobody misses what a ring costs.
)
FEW = 2
RING_ANYWAY_AFTER = 0.002  # Seconds more; then nobody waits for another batch to take the ring along.


class Rings:
    """Which lanes a batch rings: each once in a while. A ring that no batch takes along goes by itself."""

    def __init__(
        self,
        *,
        every: float = RING_EVERY,
        every_few: float = RING_EVERY_FEW,
        anyway_after: float = RING_ANYWAY_AFTER,
    ) -> None:
        self.every = every
        self.every_few = every_few
        self.anyway_after = anyway_after
        self.rung_at: dict[str, float] = {}
        self.owed: dict[str, asyncio.TimerHandle] = {}

    def due(self, lanes: Sequence[str], deliveries: int) -> list[str]:
        """Those of the lanes that the next batch, of so many deliveries, is to ring with its commit."""
        every = self._every(deliveries)
        at = asyncio.get_running_loop().time()
        due = [lane for lane in lanes if at - self.rung_at.get(lane, -math.inf) >= every]
        for lane in due:
            self.rung_at[lane] = at
            if lane in self.owed:
                self.owed.pop(lane).cancel()
        return due

    def owe(self, lanes: Iterable[str], deliveries: int) -> None:
        """These have something to do, and nobody rang: a batch is on disk. Not earlier, or they would look in vain."""
        every = self._every(deliveries)
        loop = asyncio.get_running_loop()
        for lane in lanes:
            if lane not in self.owed:
                anyway_at = self.rung_at.get(lane, -math.inf) + every + self.anyway_after
                self.owed[lane] = loop.call_at(max(anyway_at, loop.time()), self._ring, lane)

    def close(self) -> None:
        """Ring whom a ring is owed."""
        for lane, timer in list(self.owed.items()):
            timer.cancel()
            self._ring(lane)

    def _every(self, deliveries: int) -> float:
        return self.every_few if deliveries <= FEW else self.every

    def _ring(self, lane: str) -> None:
        del self.owed[lane]
        self.rung_at[lane] = asyncio.get_running_loop().time()
        ring(lane)
