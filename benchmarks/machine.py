"""What a run was measured with: absolute figures mean little without it."""

from __future__ import annotations

import os
import platform
import sys
import time

LOOPS = 5
ADDITIONS = 1_000_000


def described() -> str:
    """The Python, and where its build is."""
    return f"Python {platform.python_version()} ({os.path.realpath(sys.executable)}), {os.cpu_count()} processors"


def speeds() -> str:
    """How long the same loop takes, several times over: a shared machine is not as fast in every moment."""
    taken = [_loop() for _ in range(LOOPS)]
    return f"a loop of {ADDITIONS:,} additions takes {min(taken):.0f} to {max(taken):.0f} ms"


def _loop() -> float:
    """Milliseconds."""
    began, total = time.perf_counter(), 0
    for number in range(ADDITIONS):
        total += number * number
    return 1e3 * (time.perf_counter() - began)
