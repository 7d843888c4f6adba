"""When a token is renewed, looked at, and spoken of. Pure: times in, times out; `chance` is a number from 0 to 1."""

from __future__ import annotations

from datetime import datetime, timedelta

# A token is renewed at half of its life: early enough to try for weeks before it dies.
RENEW_AT = 0.5
JITTER = 0.1  # Of the life; so that accounts that were connected together are not renewed together.
SOONEST = timedelta(hours=24)  # Instagram renews no token that is younger.

INSPECT_EVERY = timedelta(days=1)
INSPECT_JITTER = timedelta(hours=3)

# Pauses after failed renewals: a blip costs minutes, a lasting fault is tried twice a day.
PAUSES = tuple(timedelta(minutes=m) for m in (5, 15, 60, 180, 360, 720))

# Days before the end at which the business is told.
RUNGS = (1, 3, 7, 14)


def renewal_of(issued_at: datetime, expires_at: datetime | None, chance: float) -> datetime | None:
    """When to renew a token; None: never, it does not expire."""
    if expires_at is None:
        return None
    life = expires_at - issued_at
    wished = issued_at + life * (RENEW_AT + JITTER * (chance - 0.5))
    soonest = issued_at + SOONEST
    return wished if soonest >= expires_at else max(wished, soonest)


def renewal_after_failure(failures: int, at: datetime, chance: float) -> datetime:
    """When to try again after this many failed renewals in a row."""
    pause = PAUSES[min(failures, len(PAUSES)) - 1]
    return at + pause * (1 + JITTER * chance)


def next_inspection(at: datetime, chance: float) -> datetime:
    """When to look at the account again."""
    return at + INSPECT_EVERY - INSPECT_JITTER * chance


def rung_of(expires_at: datetime | None, at: datetime) -> int | None:
    """Of the rungs 14, 7, 3 and 1 the one that is reached; None: the end is further away, or there is none."""
    if expires_at is None:
        return None
    left = expires_at - at
    return next((days for days in RUNGS if left <= timedelta(days=days)), None)


# Pauses after a step of connecting that the platform could not answer; after the last one a person has to repeat it.
STEP_PAUSES = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 180, 360, 720))
LOOK_AT_NAME_EVERY = timedelta(hours=1)  # A display name in review takes hours to days.


# Pauses before the platform is told again that an account was left; they make ten days together.
FAREWELL_PAUSES = (*STEP_PAUSES, *(timedelta(days=1),) * 9)


def next_farewell(tries: int, at: datetime, retry_after: float | None) -> datetime | None:
    """When the platform is told again after this many tries; None: it is given up."""
    if tries > len(FAREWELL_PAUSES):
        return None
    return at + max(FAREWELL_PAUSES[tries - 1], timedelta(seconds=retry_after or 0))


def next_try(tries: int, at: datetime, retry_after: float | None) -> datetime | None:
    """When a step is tried again after this many tries; None: not by itself any more."""
    if tries > len(STEP_PAUSES):
        return None
    return at + max(STEP_PAUSES[tries - 1], timedelta(seconds=retry_after or 0))
