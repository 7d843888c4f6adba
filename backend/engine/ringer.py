"""Bells that cross the network ring in a thread of their own: whoever rings never waits for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from backend.engine.lanes import Bell

logger = structlog.get_logger(__name__)

REST_FOR = 5.0  # Seconds; a bell that failed is not touched for so long.
# Seconds after a failure in which a bell that rings again is not trusted alone: who listens to it may still wait with
# their next try, Celery's workers for up to 30 seconds.
DOUBTED_FOR = 40.0


class Ringer:
    """Never raises, never waits; rings of one lane that come before the bell is free become one."""

    def __init__(self, bell: Bell) -> None:
        self.bell = bell
        self.asked: dict[str, None] = {}  # In the order in which they were rung.
        self.changed = threading.Condition()
        self.thread: threading.Thread | None = None

    def __call__(self, lane: str) -> None:
        with self.changed:
            self.asked[lane] = None
            if (
                self.thread is None
            ):  # Not earlier: a process that forks has no use for a thread of its parent.
                self.thread = threading.Thread(target=self._run, name="ringer", daemon=True)
                self.thread.start()
            self.changed.notify()

    def _run(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.asked)
                lanes, self.asked = list(self.asked), {}
            for lane in lanes:
                try:
                    self.bell(lane)
                except Exception as error:  # The sweep finds what was not heard.
                    logger.debug("bell.silent", lane=lane, reason=str(error))


class FirstThatRings:
    """
    Tries its bells in turn. One that fails rests for a while, so that it costs nobody its timeout again; when it is
    back, the next one rings with it for a while.
    """

    def __init__(self, bells: Sequence[Bell], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.bells = bells
        self.clock = clock
        self.rest_until = [0.0] * len(bells)
        self.doubted_until = [0.0] * len(bells)

    def __call__(self, lane: str) -> None:
        for number, bell in enumerate(self.bells):
            if self.clock() < self.rest_until[number]:
                continue
            try:
                bell(lane)
            except Exception as error:  # Whatever a client library raises: the next bell is there for it.
                self.rest_until[number] = self.clock() + REST_FOR
                self.doubted_until[number] = self.clock() + DOUBTED_FOR
                logger.warning("bell.failed", bell=type(bell).__name__, reason=str(error), again_in=REST_FOR)
            else:
                if self.clock() >= self.doubted_until[number]:
                    return


class ByLane:
    """Each lane has its bell; those that are not named have the other one."""

    def __init__(self, named: Sequence[str], bell: Bell, other: Bell) -> None:
        self.named = frozenset(named)
        self.bell = bell
        self.other = other

    def __call__(self, lane: str) -> None:
        (self.bell if lane in self.named else self.other)(lane)
