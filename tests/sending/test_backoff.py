from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.platforms.errors import (
    ContactUnreachable,
    CredentialRejected,
    Incomprehensible,
    OutcomeUnknown,
    PersonRateLimited,
    PlatformError,
    RateLimited,
    Refused,
    Unavailable,
    WindowClosed,
)
from backend.sending.backoff import JITTER, MOST, PAUSES, next_attempt, rest_of_account

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
    assert next_attempt(1, Unavailable(retry_after=90), AT) == AT + timedelta(seconds=90)


def test_but_not_less_than_our_own_pause_nor_for_ever() -> None:
    assert next_attempt(5, Unavailable(retry_after=1), AT) == AT + PAUSES[4]
    assert next_attempt(1, Unavailable(retry_after=10**6), AT) == AT + MOST


def test_where_the_account_is_slowed_down_the_message_uses_up_nothing() -> None:
    assert [next_attempt(attempts, RateLimited(retry_after=90), AT) for attempts in (1, 99)] == [AT, AT]


def test_a_person_who_got_too_much_waits_for_powers_of_four() -> None:
    waits = [next_attempt(attempts, PersonRateLimited(), AT) for attempts in range(1, 9)]
    assert waits == [AT + timedelta(seconds=each) for each in (1, 4, 16, 64, 256, 1024, 1024, 1024)]


def test_an_account_rests_longer_each_time_and_as_long_as_it_is_told() -> None:
    rests = [rest_of_account(RateLimited(), times).total_seconds() for times in range(1, 9)]
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60]
    assert rest_of_account(RateLimited(retry_after=300), 1) == timedelta(minutes=5)


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_what_failed_together_comes_back_apart(chance: float) -> None:
    again = next_attempt(3, Unavailable(), AT, chance=chance)
    assert again == AT + PAUSES[2] * (1 + JITTER * chance)


def test_an_attempt_that_was_not_counted() -> None:
    assert next_attempt(0, Unavailable(), AT) == AT + PAUSES[0]
