"""
Calls that wait for a moment of their line, so that they leave evenly and not in bursts.

Works and moments of a line are kept apart: a moment that is missed, or finds no free hand in time, is lost, and the
work waits for another one. Who is late makes up for nothing, and so never leaves in the moments of another worker.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from backend.sending.paces import Wish

W = TypeVar("W")

LATE = 0.008  # Seconds by which a moment may be missed; see `SHARE`.
OFTEN = 0.25  # Seconds; it looks by itself so often ...
HAND_WITHIN = 0.002  # ... and so often while a moment has come that waits for a hand.


@dataclass(slots=True)
class Waiting(Generic[W]):
    """What waits on a line, and how many moments are still to come for it."""

    interval: float
    works: deque[W] = field(default_factory=deque)
    moments: int = 0


class Schedule(Generic[W]):
    """Begins each work at a moment of its line, from a thread of its own."""

    def __init__(self, begin: Callable[[W], bool], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`begin`: says whether there was a hand free for it. It must not wait."""
        self.begin = begin
        self.clock = clock
        self.lines: dict[str, Waiting[W]] = {}
        self.moments: list[tuple[float, str]] = []  # A heap.
        self.handless: list[tuple[float, str]] = []  # Moments that have come, and found no free hand.
        self.changed = threading.Condition()
        self.thread: threading.Thread | None = None

    def add(self, key: str, work: W, interval: float) -> None:
        """This waits on its line, whose moments are so many seconds apart."""
        with self.changed:
            line = self.lines.setdefault(key, Waiting(interval))
            line.interval = interval
            line.works.append(work)

    def wait_for(self, key: str, moments: Iterable[float]) -> None:
        """At these moments something of the line may begin; those that have passed are lost."""
        with self.changed:
            missed = self.clock() - LATE
            if line := self.lines.get(key):
                for moment in moments:
                    if moment >= missed:
                        heapq.heappush(self.moments, (moment, key))
                        line.moments += 1
                self.changed.notify()

    def start(self) -> None:
        """Look by itself from now on."""
        if self.thread is None:
            self.thread = threading.Thread(target=self._run, name="deliver-schedule", daemon=True)
            self.thread.start()

    def lacking(self, has_hand: Callable[[W], bool]) -> dict[str, Wish]:
        """The moments that are still to be had, for works that have lost theirs and would find a hand now."""
        with self.changed:
            return {
                key: Wish(len(line.works) - line.moments, line.interval)
                for key, line in self.lines.items()
                if len(line.works) > line.moments and has_hand(line.works[0])
            }

    def take_back(self) -> list[W]:
        """What has not begun yet, and will not any more."""
        with self.changed:
            works = [work for line in self.lines.values() for work in line.works]
            self.lines.clear()
            self.moments.clear()
            self.handless.clear()
            return works

    def begin_due(self) -> None:
        """Begin what is due."""
        with self.changed:
            at = self.clock()
            while self.handless:
                heapq.heappush(self.moments, self.handless.pop())
            while self.moments and self.moments[0][0] <= at:
                self._use(*heapq.heappop(self.moments), at)

    def _use(self, moment: float, key: str, at: float) -> None:
        line = self.lines[key]
        if line.works and at - moment <= LATE:
            if not self.begin(line.works[0]):
                self.handless.append((moment, key))
                return
            line.works.popleft()
        line.moments -= 1
        if not line.works and not line.moments:
            del self.lines[key]

    def _run(self) -> None:
        while True:
            self.begin_due()
            with self.changed:
                most = HAND_WITHIN if self.handless else OFTEN
                pause = min(most, self.moments[0][0] - self.clock()) if self.moments else most
                if pause > 0:
                    self.changed.wait(pause)
