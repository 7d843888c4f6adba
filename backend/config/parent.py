"""A child of the supervisor ends when the supervisor does, however that happened."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

STDIN = 0
PARENT_PIPE = "PARENT_PIPE"  # Set by the supervisor: our standard input is a pipe that it holds open.


def end_with_parent(end: Callable[[], None] | None = None) -> None:
    """Watch the supervisor's pipe in a thread; when it closes, `end` is called (default: SIGTERM to ourselves)."""
    if os.environ.get(PARENT_PIPE) == "1":
        threading.Thread(target=_watch, args=(end or _terminate,), name="parent", daemon=True).start()


def _watch(end: Callable[[], None]) -> None:
    # Not by `sys.stdin`: its lock, held by this thread, would stop the interpreter from ending in peace.
    while os.read(STDIN, 1024):
        pass
    end()


def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
