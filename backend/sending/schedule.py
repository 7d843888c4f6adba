"""Calls that wait for their moment, so that an account's messages leave evenly and not in bursts."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from itertools import count

# A moment that is missed by less than this is caught up at once; by more, those after it move back.
CAUGHT_UP = 0.01
OFTEN = 0.25  # Seconds; it looks by itself so often.


# Called with whether it goes out, or is given back.
Work = Callable[[bool], None]


class Even:
    """Keeps the distance between the calls of each line, also where this process is late."""

    def __init__(self) -> None:
        self.last: dict[str, float] = {}

    def moment(self, key: str, wanted: float, interval: float, at: float) -> float:
        """When the next call of this line leaves, that was to leave at the wanted moment."""
        moment = max(wanted, self.last.get(key, 0.0) + interval, at - CAUGHT_UP)
        self.last[key] = moment
        return moment


class Schedule:
    """Starts each work at its moment, in a thread of its own. `release` gets what is due; it must not wait."""

    def __init__(
        self, release: Callable[[Work], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.release = release
        self.clock = clock
        self.waiting: list[tuple[float, int, str, float, Work]] = []
        self.numbers = count()
        self.changed = threading.Condition()
        self.even = Even()
        self.thread: threading.Thread | None = None

    def add(self, key: str, moment: float, interval: float, work: Work) -> None:
        """Start this work at that moment, no sooner than an interval after the one before it on its line."""
        with self.changed:
            heapq.heappush(self.waiting, (moment, next(self.numbers), key, interval, work))
            if self.thread is None:
                self.thread = threading.Thread(target=self._run, name="deliver-schedule", daemon=True)
                self.thread.start()
            self.changed.notify()

    def take_back(self) -> list[Work]:
        """What has not begun yet, and will not any more."""
        with self.changed:
            works = [work for *_, work in self.waiting]
            self.waiting.clear()
            return works

    def _run(self) -> None:
        while True:
            for work in self._due():
                self.release(work)

    def _due(self) -> list[Work]:
        with self.changed:
            at = self.clock()
            due = []
            while self.waiting and self.waiting[0][0] <= at:
                wanted, number, key, interval, work = heapq.heappop(self.waiting)
                moment = self.even.moment(key, wanted, interval, at) if key else wanted
                if moment > at:  # Too close behind the one before: it comes back, and that is its moment.
                    heapq.heappush(self.waiting, (moment, number, "", 0.0, work))
                else:
                    due.append(work)
            if not due:
                self.changed.wait(min(OFTEN, self.waiting[0][0] - at) if self.waiting else OFTEN)
            return due
