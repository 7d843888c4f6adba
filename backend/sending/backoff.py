"""When a message that the platform could not take is tried again, or given up. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.platforms.errors import PlatformError, Unavailable

# Grows from seconds to minutes: a blip costs little, an outage of hours does not lose the message.
PAUSES = tuple(timedelta(seconds=s) for s in (2, 5, 15, 30, 60, 120, 300, 600, 600, 600, 600, 600))
MOST = timedelta(minutes=30)


def next_attempt(attempts: int, error: PlatformError, at: datetime) -> datetime | None:
    """When to try again after this many attempts; None: never."""
    if not error.retryable or attempts > len(PAUSES):
        return None
    asked = getattr(error, "retry_after", None) if isinstance(error, Unavailable) else None
    pause = PAUSES[max(attempts, 1) - 1]
    if asked is not None:
        pause = max(pause, min(timedelta(seconds=asked), MOST))
    return at + pause
