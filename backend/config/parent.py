"""A child of the supervisor ends when the supervisor does, however that happened."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

PARENT_PIPE = "PARENT_PIPE"  # Set by the supervisor: our standard input is a pipe that it holds open.


def end_with_parent(end: Callable[[], None] | None = None) -> None:
    """Watch the supervisor's pipe in a thread; when it closes, `end` is called (default: SIGTERM to ourselves)."""
    if os.environ.get(PARENT_PIPE) == "1":
        threading.Thread(target=_watch, args=(end or _terminate,), name="parent", daemon=True).start()


def _watch(end: Callable[[], None]) -> None:
    while sys.stdin.buffer.read(1024):
        pass
    end()


def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
