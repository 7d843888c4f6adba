"""The embedded engine: one thread a lane in this process."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext

from django.db import connection

from backend.engine.lanes import Lane, note_failed
from backend.engine.locks import AdvisoryLock, FileLock
from backend.engine.moments import PRECEDENCE

STAND_BY_FOR = 1.0  # Seconds between two tries for a lock that somebody else holds.
AFTER_AN_ERROR = 1.0  # Seconds; a database that is away is not hammered.
RESTS_LONG = 5.0  # Seconds; a lane that rests so long keeps no connection meanwhile, and no lock.
STUCK_AFTER = 300.0  # Seconds that one batch may take; a lane that has not looked for longer hangs.


class LaneThread(threading.Thread):
    """Drains one lane whenever it is rung, and by itself every few seconds."""

    def __init__(self, lane: Lane, make_lock: Callable[[str], FileLock | AdvisoryLock]) -> None:
        super().__init__(name=f"lane-{lane.name}", daemon=True)
        self.lane = lane
        self.make_lock = make_lock
        self.bell = threading.Event()
        self.stopping = threading.Event()
        self.looked_at = time.monotonic()
        self.next_at = 0.0  # Not before this, however often it is rung.

    def run(self) -> None:
        lock = self.make_lock(f"lane-{self.lane.name}") if self.lane.exclusive else None
        while not self.stopping.is_set():
            self.bell.clear()
            self.looked_at = time.monotonic()
            try:
                pause = self._work(lock)
            except Exception as error:  # A lane never ends by an error; it logs it and looks again.
                note_failed(self.lane, error)
                self._let_go(lock)
                pause = AFTER_AN_ERROR
            if not self.stopping.is_set():  # The bell of `stop` may have been rung before it was cleared.
                self._rest(pause)
        self.lane.finish()
        self._let_go(lock)

    def _work(self, lock: FileLock | AdvisoryLock | None) -> float:
        if lock is not None and not lock.try_hold():
            return STAND_BY_FOR
        began = time.monotonic()
        while not self.stopping.is_set() and self._drain():
            self.looked_at = time.monotonic()
        self.next_at = began + self.lane.pace.after(time.monotonic() - began)
        if lock is None or self.lane.look_every > RESTS_LONG:
            self._let_go(lock)
        return self.lane.look_every

    def _drain(self) -> bool:
        with PRECEDENCE.first() if self.lane.comes_first else nullcontext():
            return self.lane.drain()

    def _rest(self, pause: float) -> None:
        self.bell.wait(pause)
        too_soon = self.next_at - time.monotonic()
        if too_soon > 0:
            self.stopping.wait(too_soon)

    def _let_go(self, lock: FileLock | AdvisoryLock | None) -> None:
        """Give back the lock and the connection; a connection that is broken has lost the lock already."""
        with contextlib.suppress(Exception):
            if lock:
                lock.release()
        connection.close()

    def hangs(self) -> bool:
        """Whether it should have looked long ago."""
        return time.monotonic() - self.looked_at > self.lane.look_every + STUCK_AFTER

    def ring(self) -> None:
        self.bell.set()

    def stop(self) -> None:
        self.stopping.set()
        self.bell.set()


class Engine:
    """All lanes of this process."""

    def __init__(self, lanes: Sequence[Lane], make_lock: Callable[[str], FileLock | AdvisoryLock]) -> None:
        self.threads = {lane.name: LaneThread(lane, make_lock) for lane in lanes}

    def start(self) -> None:
        for thread in self.threads.values():
            thread.start()

    def heard(self, lane: str) -> None:
        """A ring arrived."""
        thread = self.threads.get(lane)
        if thread:
            thread.ring()

    def is_well(self) -> bool:
        """Whether every lane lives and looks."""
        return all(thread.is_alive() and not thread.hangs() for thread in self.threads.values())

    def stop(self, within: float = 10.0) -> None:
        """Let each lane finish its batch, then end."""
        for thread in self.threads.values():
            thread.stop()
        for thread in self.threads.values():
            thread.join(within)
