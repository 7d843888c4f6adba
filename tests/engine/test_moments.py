"""What nobody waits for is done a moment at a time, after those whom people wait for."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from backend.engine import moments
from backend.engine.moments import (
    LONGEST_REST,
    MOMENTS,
    REST,
    Precedence,
    in_moments,
    next_count,
    rest_after,
)


@pytest.mark.parametrize(
    ("count", "moments_taken", "following"),
    [(10, 1, 10), (10, 2, 5), (10, 0.1, 20), (10, 0, 20), (1, 50, 1), (3, 0.75, 4)],
)
def test_as_many_as_fit_into_a_moment(count: int, moments_taken: float, following: int) -> None:
    assert next_count(count, moments_taken * MOMENTS[connection.vendor]) == following


def test_the_rest_is_longer_than_the_step_and_has_an_end() -> None:
    assert rest_after(0.05) == REST * 0.05
    assert rest_after(60) == LONGEST_REST


def test_everything_is_taken_once_and_in_order() -> None:
    taken: list[list[int]] = []
    pauses: list[float] = []
    in_moments(list(range(100)), lambda some: taken.append(list(some)), first=3, pause=pauses.append)
    assert [number for some in taken for number in some] == list(range(100))
    assert [len(some) for some in taken[:3]] == [3, 6, 12]  # Nothing takes no time here.
    assert len(pauses) == len(taken)


def test_nothing_is_no_step() -> None:
    in_moments([], lambda _some: pytest.fail("there was nothing to do"), first=3)


def test_others_go_first() -> None:
    precedence, began, done = Precedence(), threading.Event(), threading.Event()

    def wait() -> None:
        began.set()
        precedence.let_others_first()
        done.set()

    with precedence.first():
        thread = threading.Thread(target=wait)
        thread.start()
        assert began.wait(5)
        assert not done.is_set()
    assert done.wait(5)
    thread.join()


def test_nobody_is_let_first_for_ever() -> None:
    precedence = Precedence()
    with precedence.first():
        precedence.let_others_first()  # It comes back.
    assert moments.LET_OTHERS_FIRST_FOR < 1
