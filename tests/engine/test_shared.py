"""A shared lane is drained by one call at a time in a process; a ring meanwhile is not lost, and nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

from backend.engine.lanes import Lane
from backend.engine.shared import SharedLane

DEADLINE = 20.0


def lane(drain: Callable[[], bool]) -> Lane:
    return Lane("work", drain, exclusive=False, look_every=60.0)


def test_a_task_works_until_nothing_is_left() -> None:
    left = iter([True, True, False])
    shared = SharedLane(lane(lambda: next(left)), threading.Event())
    assert not shared.drain()
    assert list(left) == []


def test_a_task_ends_after_a_while_and_says_that_there_is_more() -> None:
    rounds = count()
    shared = SharedLane(lane(lambda: bool(next(rounds) >= 0)), threading.Event(), at_most=0.0)
    assert shared.drain()
    assert next(rounds) == 1


def test_a_worker_that_is_told_to_end_ends_after_its_batch() -> None:
    stopping, rounds = threading.Event(), count()

    def drain() -> bool:
        next(rounds)
        stopping.set()
        return True

    assert SharedLane(lane(drain), stopping).drain()
    assert next(rounds) == 1


def test_a_ring_while_it_works_makes_it_look_again_and_nobody_waits() -> None:
    working, go_on, looks = threading.Event(), threading.Event(), count()

    def drain() -> bool:
        if next(looks) == 0:
            working.set()
            assert go_on.wait(DEADLINE)
        return False

    shared = SharedLane(lane(drain), threading.Event())
    first = threading.Thread(target=shared.drain)
    first.start()
    assert working.wait(DEADLINE)
    assert not shared.drain()  # At once, and without looking itself.
    go_on.set()
    first.join(DEADLINE)
    assert next(looks) == 2


def test_an_error_is_logged_and_the_next_ring_looks_again() -> None:
    looks = count()

    def drain() -> bool:
        if next(looks) == 0:
            raise RuntimeError("The database is away.")
        return False

    shared = SharedLane(lane(drain), threading.Event())
    assert not shared.drain()
    assert not shared.drain()
    assert next(looks) == 2
