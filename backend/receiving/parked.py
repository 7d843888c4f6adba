"""What was said of messages that never came is dropped, once no late delivery can bring them any more."""

from __future__ import annotations

from datetime import timedelta

from backend.conversations.record import forget_parked
from backend.lib.clock import now

KEPT_FOR = timedelta(days=8)  # Meta delivers for up to seven.


def drain() -> bool:
    """Drop what waited in vain; whether there may be more."""
    forget_parked(before=now() - KEPT_FOR)
    return False
