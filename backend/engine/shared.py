"""A shared lane as one process of many drains it: by one call at a time, whoever calls."""

from __future__ import annotations

import threading
import time

from django.db import connection

from backend.engine.lanes import Lane, note_failed

AT_MOST = 20.0  # Seconds that one call works; then another one, perhaps elsewhere, goes on.


class SharedLane:
    """A lane that many processes drain, each of them once at a time."""

    def __init__(self, lane: Lane, stopping: threading.Event, *, at_most: float = AT_MOST) -> None:
        self.lane = lane
        self.stopping = stopping
        self.at_most = at_most
        self.rung = threading.Event()
        self.turn = threading.Lock()

    def drain(self) -> bool:
        """Work until nothing is left or the time is up; whether there may be more.

        Called while another thread works here, it makes that one look once more, and returns.
        """
        self.rung.set()
        more = False
        while self.rung.is_set() and self.turn.acquire(blocking=False):
            try:
                self.rung.clear()
                more = self._work()
            finally:
                self.turn.release()
        return more

    def _work(self) -> bool:
        until = time.monotonic() + self.at_most
        try:
            while self.lane.drain():
                if self.stopping.is_set() or time.monotonic() > until:
                    return True
        except Exception as error:  # The sweep tries again; a database that is away is not hammered.
            note_failed(self.lane, error)
        finally:
            if self.stopping.is_set():
                self.lane.finish()
            connection.close()
        return False
