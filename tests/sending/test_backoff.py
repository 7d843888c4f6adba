from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.platforms.errors import (
    ContactUnreachable,
    CredentialRejected,
    Incomprehensible,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    Unavailable,
    WindowClosed,
)
from backend.sending.backoff import MOST, PAUSES, next_attempt

AT = datetime(2026, 3, 2, tzinfo=UTC)
FINAL = [
    PlatformError,
    Refused,
    CredentialRejected,
    WindowClosed,
    ContactUnreachable,
    OutcomeUnknown,
    Incomprehensible,
]


@pytest.mark.parametrize("error", FINAL)
def test_what_would_be_refused_again_or_may_have_happened_is_never_repeated(
    error: type[PlatformError],
) -> None:
    assert next_attempt(1, error(), AT) is None


def test_pauses_grow() -> None:
    times = [next_attempt(attempts, Unavailable(), AT) for attempts in range(1, len(PAUSES) + 1)]
    assert times == [AT + pause for pause in PAUSES]
    assert list(PAUSES) == sorted(PAUSES)


def test_an_outage_of_half_an_hour_loses_nothing_and_one_without_end_ends() -> None:
    assert sum(PAUSES, timedelta()) > timedelta(minutes=30)
    assert next_attempt(len(PAUSES) + 1, Unavailable(), AT) is None


def test_the_platform_knows_best_how_long_to_wait() -> None:
    assert next_attempt(1, RateLimited(retry_after=90), AT) == AT + timedelta(seconds=90)


def test_but_not_less_than_our_own_pause_nor_for_ever() -> None:
    assert next_attempt(5, RateLimited(retry_after=1), AT) == AT + PAUSES[4]
    assert next_attempt(1, RateLimited(retry_after=10**6), AT) == AT + MOST


def test_an_attempt_that_was_not_counted() -> None:
    assert next_attempt(0, Unavailable(), AT) == AT + PAUSES[0]
