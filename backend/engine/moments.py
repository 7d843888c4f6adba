"""
What nobody waits for, done beside what people wait for: a moment at a time, with rests that are longer.

What a step holds, others go without: a lock in the database (SQLite has one writer), the interpreter, the disk. How
much fits into a moment depends on the machine and on what else it does, so each step measures it for the next one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection

Thing = TypeVar("Thing")

# Seconds of one step. SQLite has one writer at a time, so that everybody waits for the whole step there.
MOMENTS = {"sqlite": 0.04, "postgresql": 0.08}
LET_OTHERS_FIRST_FOR = 0.25  # Seconds, at most; whoever is behind for longer is asked about elsewhere.
REST = 2  # Times as long as the step took.
LONGEST_REST = 1.0  # Seconds; whoever ends the worker does not wait for more.


class Precedence:
    """Who works at what people wait for, in this process; what nobody waits for begins when they are done."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.working = 0

    @contextmanager
    def first(self) -> Iterator[None]:
        """Meanwhile the others do not begin a step."""
        with self.changed:
            self.working += 1
        try:
            yield
        finally:
            with self.changed:
                self.working -= 1
                self.changed.notify_all()

    def let_others_first(self) -> None:
        """Wait until nobody does what people wait for, for a while at most."""
        with self.changed:
            self.changed.wait_for(lambda: not self.working, LET_OTHERS_FIRST_FOR)


PRECEDENCE = Precedence()


def next_count(count: int, seconds: float) -> int:
    """How many things fit into a moment where so many took so long: at least one, at most twice as many."""
    return max(1, min(2 * count, int(count * MOMENTS[connection.vendor] / max(seconds, 0.001))))


def rest_after(seconds: float) -> float:
    """How long to rest after a step that took so long, in seconds."""
    return min(LONGEST_REST, REST * seconds)


def in_moments(
    things: Sequence[Thing],
    step: Callable[[Sequence[Thing]], object],
    *,
    first: int,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Take a step for some things at a time, in their order; the first step takes `first` of them."""
    count, start = first, 0
    while start < len(things):
        some = things[start : start + count]
        PRECEDENCE.let_others_first()
        began = time.monotonic()
        step(some)
        took = time.monotonic() - began
        start += len(some)
        count = next_count(len(some), took)
        pause(rest_after(took))
