"""When a person's profile is asked for, as data. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class ProfileState(StrEnum):
    """What is known of a person beside what they write."""

    NONE = ""  # The platform cannot be asked.
    WANTED = "WANTED"  # Nobody has looked yet.
    FOUND = "FOUND"
    WITHHELD = "WITHHELD"  # The platform shows nothing, and says why.


AFTER_WITHHELD = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168))
AFTER_FAILURE = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 60, 360, 1440))
AFTER_DEAD_TOKEN = timedelta(hours=6)  # Whoever connects the account again should not wait for long.

CONSENT_MISSING = "consent_missing"
EAGER_TRIES = 3  # A person who writes has agreed, so that each word of theirs is a reason; but not for ever.
ON_WRITING_AFTER = timedelta(hours=1)  # What else may have passed since the last look.


def next_after_found(present: datetime, heard_at: datetime | None, stale_after: timedelta) -> datetime | None:
    """When to look again. The longer somebody is silent, the rarer; None: never, save when they write."""
    if not stale_after:
        return None
    silence = present - heard_at if heard_at else timedelta()
    return present + max(stale_after, silence / 2)


def next_after_withheld(present: datetime, tries: int) -> datetime | None:
    """When to look again after this many looks in a row that showed nothing; None: when they write."""
    return present + AFTER_WITHHELD[tries - 1] if tries <= len(AFTER_WITHHELD) else None


def next_after_failure(present: datetime, tries: int, retry_after: float | None) -> datetime:
    """When to look again after this many looks in a row that the platform could not answer."""
    pause = AFTER_FAILURE[min(tries, len(AFTER_FAILURE)) - 1]
    return present + max(pause, timedelta(seconds=retry_after or 0))


def is_wanted_on_writing(
    state: str, reason: str, tries: int, looked_at: datetime | None, present: datetime, stale_after: timedelta
) -> bool:
    """Whether a word of the person is a reason to look now."""
    if looked_at is None:
        return False  # It is on the list, or being asked for.
    if state == ProfileState.FOUND:
        return bool(stale_after) and present - looked_at >= stale_after
    if state != ProfileState.WITHHELD:
        return False
    is_eager = reason == CONSENT_MISSING and tries <= EAGER_TRIES
    return is_eager or present - looked_at >= ON_WRITING_AFTER
