"""Whoever rings never waits; a bell that is broken is made up for by another one, and left alone for a while."""

from __future__ import annotations

import threading

import pytest

from backend.engine.ringer import DOUBTED_FOR, REST_FOR, ByLane, FirstThatRings, Ringer

DEADLINE = 10.0


class Gong:
    """A bell that notes its rings, and may be broken or slow."""

    def __init__(self) -> None:
        self.rings: list[str] = []
        self.tries = 0
        self.broken = False
        self.free = threading.Event()
        self.free.set()
        self.touched = threading.Event()
        self.rung = threading.Condition()

    def __call__(self, lane: str) -> None:
        self.tries += 1
        self.touched.set()
        assert self.free.wait(DEADLINE)
        if self.broken:
            raise ConnectionError("Nobody is there.")
        with self.rung:
            self.rings.append(lane)
            self.rung.notify_all()

    def wait_for(self, rings: list[str]) -> None:
        with self.rung:
            assert self.rung.wait_for(lambda: self.rings == rings, DEADLINE), self.rings


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def gong() -> Gong:
    return Gong()


def test_a_ring_reaches_the_bell(gong: Gong) -> None:
    ring = Ringer(gong)
    ring("outbox")
    gong.wait_for(["outbox"])
    ring("steps")
    gong.wait_for(["outbox", "steps"])


def test_nobody_waits_for_a_slow_bell_and_many_rings_become_one(gong: Gong) -> None:
    ring = Ringer(gong)
    gong.free.clear()
    ring("outbox")
    assert gong.touched.wait(DEADLINE)
    for _ in range(100):  # It would hang here if it waited.
        ring("outbox")
        ring("steps")
    gong.free.set()
    gong.wait_for(["outbox", "outbox", "steps"])


def test_a_broken_bell_raises_nothing_and_rings_again_when_it_is_mended(gong: Gong) -> None:
    ring = Ringer(gong)
    gong.broken = True
    ring("outbox")
    assert gong.touched.wait(DEADLINE)
    gong.broken = False
    ring("steps")
    with gong.rung:
        assert gong.rung.wait_for(lambda: gong.rings[-1:] == ["steps"], DEADLINE)


def test_the_next_bell_rings_for_one_that_is_broken() -> None:
    broker, database = Gong(), Gong()
    ring = FirstThatRings([broker, database])
    ring("outbox")
    assert (broker.rings, database.rings) == (["outbox"], [])
    broker.broken = True
    ring("steps")
    assert database.rings == ["steps"]


def test_a_broken_bell_costs_nobody_its_timeout_again_for_a_while() -> None:
    broker, database, clock = Gong(), Gong(), Clock()
    broker.broken = True
    ring = FirstThatRings([broker, database], clock=clock)
    for _ in range(5):
        ring("outbox")
    assert (broker.tries, len(database.rings)) == (1, 5)
    clock.at += REST_FOR
    broker.broken = False
    ring("outbox")
    assert broker.rings == ["outbox"]


def test_a_bell_that_is_back_is_not_trusted_alone_for_a_while() -> None:
    """Whoever listens to the broker may still wait with their next try to reach it."""
    broker, database, clock = Gong(), Gong(), Clock()
    ring = FirstThatRings([broker, database], clock=clock)
    broker.broken = True
    ring("outbox")
    broker.broken = False
    clock.at += REST_FOR
    ring("steps")
    assert (broker.rings, database.rings) == (["steps"], ["outbox", "steps"])
    clock.at += DOUBTED_FOR
    ring("media")
    assert (broker.rings, database.rings) == (["steps", "media"], ["outbox", "steps"])


def test_where_no_bell_rings_the_sweep_is_left() -> None:
    broker, database = Gong(), Gong()
    broker.broken = database.broken = True
    FirstThatRings([broker, database])("outbox")  # Raises nothing.
    assert (broker.tries, database.tries) == (1, 1)


def test_each_lane_has_its_bell() -> None:
    broker, database = Gong(), Gong()
    ring = ByLane(["outbox"], broker, database)
    ring("inbox")
    ring("outbox")
    assert (broker.rings, database.rings) == (["outbox"], ["inbox"])
