"""How the interpreter itself is set, whatever it runs; nothing here needs Django."""

from __future__ import annotations

import gc
import sys

# Seconds that a thread may work while others wait. With Python's own five milliseconds, a message whose moment has
# come waits for several of them, and so does each answer of the database.
THREADS_TURN = 0.001
# Objects between two looks for garbage; the largest batch of the inbox makes half as many.
GARBAGE_AFTER = 100_000


def take_short_turns() -> None:
    """Let the threads of this process wait less for each other."""
    sys.setswitchinterval(THREADS_TURN)


def look_for_garbage_seldom() -> None:
    """What is loaded by now stays, and a batch makes thousands of objects of which nearly none are in circles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
