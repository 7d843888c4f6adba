"""
Who works, and when: a lane is one kind of background work.

The rows are the queue; a ring only says «look now» and carries nothing. If every ring is lost, each lane still
looks by itself every few seconds, so a lost ring costs latency and never data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from backend.engine.faults import is_database_away

logger = structlog.get_logger(__name__)


def _nothing() -> None:
    """Nothing is under way between two drains."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How soon one look may follow another: rings in a row make a batch, and who is busy makes larger ones."""

    least: float = 0.0  # Seconds between the beginnings of two looks.
    of_work: float = 0.0  # So many times what the last look took, ...
    at_most: float = 0.0  # ... up to so many seconds.

    def after(self, worked: float) -> float:
        """Seconds between the beginning of a look that took so long and the next one."""
        return max(self.least, min(self.of_work * worked, self.at_most))


AT_ONCE = Pace()


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of work: `drain` does a batch and says whether there may be more."""

    name: str
    drain: Callable[[], bool]
    exclusive: bool  # One drain in the whole installation, held by a lock; others stand by.
    look_every: float  # Seconds between two looks without a ring.
    pace: Pace = AT_ONCE
    finish: Callable[[], None] = _nothing  # When the process ends: what is under way comes to its end.
    comes_first: bool = False  # People wait for it: meanwhile nobody begins what nobody waits for.


def note_failed(lane: Lane, error: Exception) -> None:
    """Log why a look ended; while the database is away, all lanes do every second, and no trace says more of it."""
    trace = None if is_database_away(error) else error
    logger.error("lane.failed", lane=lane.name, reason=str(error), exc_info=trace)


Bell = Callable[[str], None]


def _no_bell(_lane: str) -> None:
    """Nobody listens in this process; the sweep finds the rows."""


_bell: Bell = _no_bell


def use_bell(bell: Bell) -> None:
    """How a ring reaches the worker. Called once, when a process is turned on."""
    global _bell
    _bell = bell


def ring(lane: str) -> None:
    """Wake the lane, wherever its worker is. Never raises, never waits."""
    _bell(lane)
