"""Whose fault it is that nothing goes out, and that it goes on by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from backend.platforms.errors import OutcomeUnknown, RateLimited, Unavailable
from backend.platforms.registry import PLATFORMS
from backend.sending.breaker import FAILURES, LONGEST_HOLD, Breaker, Hold
from backend.sending.lines import Line
from backend.sending.models import HeldFor

AT = datetime(2026, 3, 2, tzinfo=UTC)
MANY = 50


def line(number: int, host: str = "host:facebook") -> Line:
    return Line(
        integration_id=UUID(int=number),
        business_id=f"shop-{number}",
        key=f"MESSENGER:{number}",
        host=host,
        rate=300.0,
        pacing=PLATFORMS["MESSENGER"].pacing,
    )


A, B, C = line(1), line(2), line(3)
ELSEWHERE = line(4, "host:instagram")


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(chance=lambda: 0.0)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def fail(breaker: Breaker, who: Line, times: int, start: float = 0.0) -> list[Hold]:
    return [hold for n in range(times) for hold in breaker.note_failure(who, Unavailable(), after(start + n))]


def test_a_blip_holds_nobody(breaker: Breaker) -> None:
    assert fail(breaker, A, FAILURES - 1) == []
    assert breaker.room(A, after(2), MANY) == MANY


def test_a_fault_of_one_account_is_felt_by_nobody_else(breaker: Breaker) -> None:
    breaker.note_answer(B, AT)
    (hold,) = fail(breaker, A, FAILURES)
    assert (hold.key, hold.reason) == (A.key, HeldFor.FAILING)
    assert breaker.room(A, after(FAILURES), MANY) == 0
    assert breaker.room(B, after(FAILURES), MANY) == MANY


def test_an_account_is_tried_by_one_message_and_goes_on_with_its_answer(breaker: Breaker) -> None:
    (hold,) = fail(breaker, A, FAILURES)
    assert hold.until is not None
    assert breaker.room(A, hold.until, MANY) == 1
    breaker.begin(A)
    assert breaker.room(A, hold.until, MANY) == 0
    assert breaker.note_answer(A, hold.until) == [Hold(A.key, None)]
    assert breaker.room(A, hold.until, MANY) == MANY


def test_holds_grow_and_stay_below_half_a_minute(breaker: Breaker) -> None:
    holds = [hold for hold in fail(breaker, A, 20) if hold.until]
    waits = [
        (hold.until - after(number + FAILURES - 1)).total_seconds()
        for number, hold in enumerate(holds)
        if hold.until
    ]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_HOLD < 30


def test_several_accounts_that_fail_are_an_outage_for_all_of_the_host(breaker: Breaker) -> None:
    fail(breaker, A, FAILURES - 1)
    holds = fail(breaker, B, FAILURES - 1)
    assert [hold.reason for hold in holds if hold.key == A.host] == [HeldFor.OUTAGE]
    assert breaker.room(C, after(2), MANY) == 0
    assert breaker.room(ELSEWHERE, after(2), MANY) == MANY


def test_where_something_goes_through_there_is_no_outage(breaker: Breaker) -> None:
    fail(breaker, A, FAILURES - 1)
    fail(breaker, B, 1)
    breaker.note_answer(C, after(1))
    assert breaker.note_failure(B, Unavailable(), after(1)) == []
    assert breaker.room(C, after(2), MANY) == MANY


@pytest.mark.parametrize("error", [Unavailable(), OutcomeUnknown()])
def test_one_message_looks_whether_the_outage_is_over_and_then_all_go_on(
    breaker: Breaker, error: Unavailable | OutcomeUnknown
) -> None:
    for who in (A, B):
        for _ in range(FAILURES):
            holds = breaker.note_failure(who, error, AT)
    until = max(hold.until for hold in holds if hold.until and hold.key == A.host)
    assert until - AT < timedelta(seconds=30)
    assert breaker.room(C, until, MANY) == 1
    breaker.begin(C)
    assert [breaker.room(who, until, MANY) for who in (A, B, C)] == [0, 0, 0]
    gone = breaker.note_answer(C, until)
    assert {hold.key for hold in gone} == {A.host, A.key}  # B's failures were the host's by then.
    assert [breaker.room(who, until, MANY) for who in (A, B, C)] == [MANY] * 3


def test_an_outage_lasts_whoever_looks_and_ends_with_any_answer(breaker: Breaker) -> None:
    """An account that has not failed before is the one that looks, again and again."""
    fail(breaker, A, FAILURES)
    holds = fail(breaker, B, FAILURES)
    for _ in range(50):
        until = max(hold.until for hold in holds if hold.until and hold.key == A.host)
        assert breaker.room(C, until, MANY) == 1
        breaker.begin(C)
        holds = breaker.note_failure(C, Unavailable(), until)
        assert breaker.room(B, until, MANY) == 0
    until = max(hold.until for hold in holds if hold.until)
    breaker.begin(B)
    gone = breaker.note_throttle(B, RateLimited(), until)  # Even this says that it is there again.
    assert A.host in {hold.key for hold in gone}
    assert breaker.room(A, until, MANY) == MANY


def test_who_is_told_to_slow_down_rests_alone_and_longer_each_time(breaker: Breaker) -> None:
    (first,) = breaker.note_throttle(A, RateLimited(), AT)
    assert (first.reason, first.until) == (HeldFor.THROTTLED, after(1))
    assert breaker.note_throttle(A, RateLimited(), AT) == []  # Others that were under way say the same.
    (second,) = breaker.note_throttle(A, RateLimited(), after(1))
    assert second.until == after(3)
    (third,) = breaker.note_throttle(A, RateLimited(retry_after=600), after(3))
    assert third.until == after(603)
    assert breaker.room(A, after(602), MANY) == 0
    assert breaker.room(B, after(1), MANY) == MANY


def test_workers_learn_from_each_other(breaker: Breaker) -> None:
    other = Breaker()
    holds = fail(breaker, A, FAILURES)
    breaker.note_shared(holds)
    other.learn(holds)
    assert other.room(A, after(FAILURES), MANY) == 0
    other.learn([])
    assert other.room(A, after(FAILURES), MANY) == MANY


def test_what_is_not_told_yet_is_not_forgotten(breaker: Breaker) -> None:
    """The list of what is held may be older than what this process has just found out."""
    fail(breaker, A, FAILURES)
    breaker.learn([])
    assert breaker.room(A, after(FAILURES), MANY) == 0
