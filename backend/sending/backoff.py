"""When a message that the platform could not take is tried again, or given up. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.platforms.errors import PersonRateLimited, PlatformError, RateLimited, Unavailable

# Of one message that fails while others of its account go out. Where the account or the platform fails, these wait
# together, and no try of theirs is used up.
PAUSES = tuple(timedelta(seconds=s) for s in (2, 5, 15, 30, 60, 120, 300, 600, 600, 600, 600, 600))
MOST = timedelta(minutes=30)
JITTER = (
    0.25  # Up to this part of a pause is added, so that what failed together does not come back together.
)
PERSON_FACTOR, PERSON_MOST = 4, 5  # Meta: wait 4^X seconds.
THROTTLED_FIRST, THROTTLED_MOST = 1.0, 60.0  # Seconds that an account rests where the platform names none.


def next_attempt(
    attempts: int, error: PlatformError, at: datetime, *, chance: float = 0.0
) -> datetime | None:
    """When to try again after this many attempts; None: never. `chance`: from 0 to 1, for the jitter."""
    if isinstance(error, PersonRateLimited):
        return at + _person_pause(attempts, error) * (1 + JITTER * chance)
    if isinstance(error, RateLimited):
        return at  # Its account waits, not the message.
    if not error.retryable or attempts > len(PAUSES):
        return None
    pause = PAUSES[max(attempts, 1) - 1] * (1 + JITTER * chance)
    asked = error.retry_after if isinstance(error, Unavailable) else None
    return at + (max(pause, min(timedelta(seconds=asked), MOST)) if asked is not None else pause)


def _person_pause(attempts: int, error: PersonRateLimited) -> timedelta:
    told = timedelta(seconds=error.retry_after or 0)
    return max(told, timedelta(seconds=PERSON_FACTOR ** min(max(attempts, 1) - 1, PERSON_MOST)))


def rest_of_account(error: RateLimited, times: int, *, chance: float = 0.0) -> timedelta:
    """How long an account rests that the platform told to slow down, for the so manieth time in a row."""
    own = min(THROTTLED_FIRST * 2 ** min(times - 1, 10), THROTTLED_MOST)
    seconds = max(own, error.retry_after or 0.0) * (1 + JITTER * chance)
    return min(timedelta(seconds=seconds), MOST * (1 + JITTER))
