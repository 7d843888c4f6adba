"""The embedded engine: one thread a lane in this process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence

import structlog
from django.db import close_old_connections, connection

from backend.engine.lanes import Lane
from backend.engine.locks import AdvisoryLock, FileLock

logger = structlog.get_logger(__name__)

STAND_BY_FOR = 1.0  # Seconds between two tries for a lock that somebody else holds.
AFTER_AN_ERROR = 1.0  # Seconds; a database that is away is not hammered.


class LaneThread(threading.Thread):
    """Drains one lane whenever it is rung, and by itself every few seconds."""

    def __init__(self, lane: Lane, make_lock: Callable[[str], FileLock | AdvisoryLock]) -> None:
        super().__init__(name=f"lane-{lane.name}", daemon=True)
        self.lane = lane
        self.make_lock = make_lock
        self.bell = threading.Event()
        self.stopping = threading.Event()

    def run(self) -> None:
        lock = self.make_lock(f"lane-{self.lane.name}") if self.lane.exclusive else None
        while not self.stopping.is_set():
            self.bell.clear()
            try:
                pause = self._work(lock)
            except Exception:  # A lane never ends by an error; it logs it and looks again.
                logger.exception("lane.failed", lane=self.lane.name)
                self._let_go(lock)
                pause = AFTER_AN_ERROR
            if not self.stopping.is_set():  # The bell of `stop` may have been rung before it was cleared.
                self.bell.wait(pause)
        self._let_go(lock)

    def _let_go(self, lock: FileLock | AdvisoryLock | None) -> None:
        """Give back the lock and the connection; a connection that is broken has lost the lock already."""
        with contextlib.suppress(Exception):
            if lock:
                lock.release()
        connection.close()

    def _work(self, lock: FileLock | AdvisoryLock | None) -> float:
        if lock is None:
            close_old_connections()
        elif not lock.try_hold():
            return STAND_BY_FOR
        while not self.stopping.is_set() and self.lane.drain():
            pass
        return self.lane.look_every

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

    def stop(self, within: float = 10.0) -> None:
        """Let each lane finish its batch, then end."""
        for thread in self.threads.values():
            thread.stop()
        for thread in self.threads.values():
            thread.join(within)
