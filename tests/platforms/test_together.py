from __future__ import annotations

import threading
from contextvars import ContextVar
from functools import partial

import pytest

from backend.platforms.errors import PlatformError, Refused, Unavailable
from backend.platforms.meta.together import all_of, together

PATIENCE = 10.0


def give(value: int) -> int:
    return value


def fail(error: Exception) -> int:
    raise error


def test_answers_stand_in_the_order_of_the_calls() -> None:
    assert together([]) == []
    assert together([partial(give, n) for n in range(100)]) == list(range(100))


def test_calls_really_leave_together() -> None:
    """Each waits for all others: one after the other would wait for ever."""
    meeting = threading.Barrier(5)
    assert len(all_of([partial(meeting.wait, PATIENCE)] * 5)) == 5


def test_an_error_stands_in_its_place_and_hides_nothing() -> None:
    refused, away = Refused("no"), Unavailable("away")
    calls = [partial(fail, refused), partial(give, 1), partial(fail, away), partial(give, 2)]
    assert together(calls) == [refused, 1, away, 2]
    with pytest.raises(PlatformError) as caught:
        all_of(calls)
    assert caught.value is refused


def test_what_is_our_own_fault_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        together([partial(give, 1), partial(fail, ZeroDivisionError())])


def test_the_context_of_whoever_asks_goes_along() -> None:
    request_id: ContextVar[str] = ContextVar("request_id", default="")
    request_id.set("r-1")
    assert all_of([request_id.get] * 4) == ["r-1"] * 4


def test_calls_within_calls_do_not_wait_for_themselves() -> None:
    inner = [partial(give, n) for n in range(5)]
    assert all_of([partial(all_of, inner)] * 100) == [list(range(5))] * 100
