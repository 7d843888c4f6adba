"""The bar of a long command."""

from __future__ import annotations

from io import StringIO

import pytest

from backend.config.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def bar(out: StringIO, total: int, clock: Clock) -> Progress:
    return Progress(out, total, clock=clock, is_shown=True)


def test_it_tells_how_far_how_fast_and_how_long() -> None:
    out, clock = StringIO(), Clock()
    progress = bar(out, 1_000, clock)
    clock.time = 2.0
    progress.advance(500)
    assert progress.line() == f"[{'#' * 15}{'.' * 15}] 500 of 1,000  250/s  2 s left"
    clock.time = 4.0
    progress.advance(500)
    progress.end()
    assert out.getvalue().endswith(f"\r[{'#' * 30}] 1,000 of 1,000  250/s  0 s left\x1b[K\n")


@pytest.mark.parametrize(("total", "left"), [(11, "10 s"), (131, "2 min 10 s"), (7_261, "2 h 01 min")])
def test_what_is_left_is_told_as_people_say_it(total: int, left: str) -> None:
    clock = Clock()
    progress = bar(StringIO(), total, clock)
    clock.time = 1.0
    progress.advance(1)
    assert progress.line().endswith(f"1/s  {left} left")


def test_it_is_not_drawn_for_every_single_one() -> None:
    out, clock = StringIO(), Clock()
    progress = bar(out, 100, clock)
    for _ in range(99):
        clock.time += 0.001
        progress.advance(1)
    assert out.getvalue().count("\r") == 1
    progress.advance(1)
    assert out.getvalue().count("\r") == 2, "the last one always"


def test_more_than_was_thought_is_no_fault() -> None:
    progress = bar(StringIO(), 0, Clock())
    assert progress.line() == f"[{'#' * 30}] 0 of 0  0/s"
    progress.advance(3)
    assert "3 of 3" in progress.line()


def test_into_a_file_it_writes_nothing() -> None:
    out = StringIO()
    progress = Progress(out, 10)
    progress.advance(10)
    progress.end()
    assert out.getvalue() == ""
