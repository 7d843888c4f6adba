"""Keeps the parts of the product running as child processes, and ends them all together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from backend.config.parent import PARENT_PIPE

logger = structlog.get_logger(__name__)

LOOK_EVERY = 0.2  # Seconds between two looks at the children.
AGAIN_AFTER = (0.1, 0.5, 1.0, 2.0)  # Pauses before a restart; at most two seconds.
STEADY_AFTER = 10.0  # A child that ran this long starts again at once when it dies.
END_WITHIN = 12.0  # Seconds a child has to end by itself; longer than one call to a platform.


@dataclass(slots=True)
class Child:
    """One part, and the process that is it now."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_at: float = 0.0

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, environment: Mapping[str, str]) -> None:
        # Its standard input is a pipe that only we hold: it closes when we end, whatever ends us. A session of
        # its own keeps the terminal's Ctrl-C from it, so that we end it in order.
        self.process = subprocess.Popen(  # noqa: S603  # Our own words.
            self.command,
            stdin=subprocess.PIPE,
            env={**os.environ, **environment, PARENT_PIPE: "1"},
            start_new_session=True,
        )
        self.started_at = time.monotonic()

    def note_death(self) -> None:
        """Plan the next start; a child that dies again and again is started more slowly."""
        steady = time.monotonic() - self.started_at > STEADY_AFTER
        self.deaths = 0 if steady else self.deaths + 1
        code = self.process.returncode if self.process else None
        pause = AGAIN_AFTER[min(self.deaths, len(AGAIN_AFTER) - 1)]
        self.start_at = time.monotonic() + pause
        self.process = None
        logger.warning("supervisor.child_died", part=self.name, exit_code=code, again_in=pause)


@dataclass(slots=True)
class Supervisor:
    """Starts the children, starts the dead ones again, and ends all of them on SIGINT or SIGTERM."""

    children: Sequence[Child]
    environment: Mapping[str, str] = field(default_factory=dict)
    stopping: bool = False

    def run(self, *, when_ready: Callable[[], None], is_ready: Callable[[], bool]) -> None:
        """Run until told to stop; `when_ready` is called once, when `is_ready` first says yes."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        told = False
        try:
            while not self.stopping:
                self._look()
                if not told and is_ready():
                    told = True
                    when_ready()
                time.sleep(LOOK_EVERY)
        finally:
            self.end()

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _look(self) -> None:
        for child in self.children:
            if child.process is not None and not child.is_alive():
                child.note_death()
            if child.process is None and time.monotonic() >= child.start_at:
                child.start(self.environment)

    def end(self) -> None:
        """End every child: asked first, killed when it does not listen."""
        alive = [child.process for child in self.children if child.process is not None and child.is_alive()]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + END_WITHIN
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def python(*words: str) -> list[str]:
    """A command line of this very Python."""
    return [sys.executable, *words]
