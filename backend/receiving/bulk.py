"""
Deliveries in which a phone hands over what it has: history and address book, thousands of things in each.

Nobody waits for them, so they have a lane of their own: one at a time, a moment at a time, and none while the inbox is
behind. What was said just now is never behind them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from backend.engine.moments import in_moments, rest_after
from backend.lib.clock import now
from backend.receiving.loads import LANES, Load
from backend.receiving.models import WebhookEvent
from backend.receiving.process import MAX_BYTES, process_alone, understand
from backend.receiving.retention import is_inbox_behind

LANE = LANES[Load.BULK]
FIRST = 10  # Items of the first transaction; each holds a few messages of a conversation, or somebody's name.


def drain(pause: Callable[[float], None] = time.sleep) -> bool:
    """Process one delivery; whether there may be more. One at a time in the whole installation."""
    if is_inbox_behind():
        return False
    began = time.monotonic()
    events = WebhookEvent.objects.take_waiting(now(), Load.BULK, count=1, size=MAX_BYTES)
    readings = understand(events)
    if readings:
        pause(rest_after(time.monotonic() - began))
    for reading in readings:
        process_alone(reading, partial(in_moments, first=FIRST, pause=pause))
    return bool(readings)
