"""Lanes work when they are rung and by themselves, go on after an error, and one at a time where it matters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

from backend.engine import lanes, threads
from backend.engine.lanes import Lane, Pace, note_failed
from backend.engine.locks import FileLock
from backend.engine.moments import PRECEDENCE
from backend.engine.threads import Engine, LaneThread

DEADLINE = 10.0
NEVER = 3600.0  # Seconds between two looks: what happens sooner was rung.
SOON = 0.01


class Work:
    """A drain that counts its rounds; `left` is how often it says that there may be more."""

    def __init__(self) -> None:
        self.left = 0
        self.fails = 0
        self.rounds = 0
        self.done = threading.Condition()

    def __call__(self) -> bool:
        with self.done:
            self.rounds += 1
            self.done.notify_all()
            if self.fails:
                self.fails -= 1
                raise RuntimeError("The database is away.")
            self.left -= 1
            return self.left >= 0

    def wait_for(self, rounds: int) -> None:
        with self.done:
            assert self.done.wait_for(lambda: self.rounds >= rounds, DEADLINE), self.rounds


@pytest.mark.parametrize(
    ("error", "is_traced"),
    [(OperationalError("Nobody is there."), False), (RuntimeError("A fault of ours."), True)],
)
def test_a_database_that_is_away_fills_no_log_with_traces(error: Exception, is_traced: bool) -> None:
    with capture_logs() as lines:
        note_failed(Lane("inbox", lambda: False, exclusive=True, look_every=NEVER), error)
    (line,) = lines
    assert (line["event"], line["lane"], line["reason"]) == ("lane.failed", "inbox", str(error))
    assert bool(line["exc_info"]) is is_traced


def no_lock(_name: str) -> FileLock:
    raise AssertionError("A lane that is not exclusive asks for no lock.")


Run = Callable[..., Engine]


@pytest.fixture
def run() -> Iterator[Run]:
    engines: list[Engine] = []

    def start(
        drain: Callable[[], bool],
        *,
        look_every: float = NEVER,
        make_lock: Callable[[str], FileLock] = no_lock,
        exclusive: bool = False,
        pace: float = 0.0,
        comes_first: bool = False,
    ) -> Engine:
        lane = Lane(
            "work",
            drain,
            exclusive=exclusive,
            look_every=look_every,
            pace=Pace(least=pace),
            comes_first=comes_first,
        )
        engine = Engine([lane], make_lock)
        engines.append(engine)
        engine.start()
        return engine

    yield start
    for engine in engines:
        engine.stop(DEADLINE)
        assert not [thread for thread in engine.threads.values() if thread.is_alive()]


def test_a_lane_looks_when_it_begins(run: Run) -> None:
    work = Work()
    run(work)
    work.wait_for(1)


def test_a_lane_looks_when_it_is_rung(run: Run) -> None:
    work = Work()
    engine = run(work)
    for rounds in range(2, 5):
        work.wait_for(rounds - 1)
        engine.heard("work")
        work.wait_for(rounds)


def test_a_lane_looks_by_itself(run: Run) -> None:
    work = Work()
    run(work, look_every=SOON)
    work.wait_for(5)


def test_a_lane_goes_on_as_long_as_there_is_more(run: Run) -> None:
    work = Work()
    work.left = 7
    run(work)
    work.wait_for(8)


@pytest.mark.parametrize("comes_first", [True, False])
def test_what_comes_first_says_so_while_it_works(run: Run, comes_first: bool) -> None:
    working: list[int] = []
    looked = threading.Event()

    def drain() -> bool:
        working.append(PRECEDENCE.working)
        looked.set()
        return False

    run(drain, comes_first=comes_first)
    assert looked.wait(DEADLINE)
    assert working == [int(comes_first)]
    PRECEDENCE.let_others_first()
    assert PRECEDENCE.working == 0


def test_a_ring_while_the_lane_works_is_not_lost(run: Run) -> None:
    working, go_on, again = threading.Event(), threading.Event(), threading.Event()

    def drain() -> bool:
        if working.is_set():
            again.set()
        working.set()
        assert go_on.wait(DEADLINE)
        return False

    engine = run(drain)
    assert working.wait(DEADLINE)
    engine.heard("work")
    go_on.set()
    assert again.wait(DEADLINE)


def test_an_error_does_not_end_a_lane(run: Run) -> None:
    work = Work()
    work.fails = 2
    engine = run(work)
    for rounds in (1, 2, 3):
        work.wait_for(rounds)
        engine.heard("work")
    work.wait_for(4)


def test_after_an_error_a_lane_looks_again_by_itself(run: Run) -> None:
    work = Work()
    work.fails = 1
    run(work)
    work.wait_for(2)
    assert threads.AFTER_AN_ERROR < DEADLINE


def test_a_ring_for_a_lane_that_is_not_there(run: Run) -> None:
    run(Work()).heard("nothing of ours")


def test_stopping_ends_a_lane_that_rests(run: Run) -> None:
    work = Work()
    engine = run(work)
    work.wait_for(1)
    engine.stop(DEADLINE)
    assert not engine.threads["work"].is_alive()


def test_stopping_at_the_very_beginning_is_not_lost() -> None:
    """The bell of `stop` rings before the lane clears it; the lane must not rest for an hour then."""
    work = Work()
    thread = LaneThread(Lane("work", work, exclusive=False, look_every=NEVER), no_lock)
    cleared = thread.bell.clear

    class Bell(threading.Event):
        def clear(self) -> None:
            thread.stop()
            super().clear()

    assert cleared is not None
    thread.bell = Bell()
    thread.start()
    thread.join(DEADLINE)
    assert not thread.is_alive()


def test_stopping_lets_the_batch_end(run: Run) -> None:
    working, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def drain() -> bool:
        working.set()
        assert go_on.wait(DEADLINE)
        ended.set()
        return True  # There would be more, for ever.

    engine = run(drain)
    assert working.wait(DEADLINE)
    engine.threads["work"].stop()
    go_on.set()
    engine.stop(DEADLINE)
    assert ended.is_set()


# ---- one at a time


class Watched(FileLock):
    """A lock that tells when it was asked for in vain."""

    def __init__(self, directory: Path, name: str) -> None:
        super().__init__(directory, name)
        self.refused = threading.Event()

    def try_hold(self) -> bool:
        held = super().try_hold()
        if not held:
            self.refused.set()
        return held


def test_a_second_worker_stands_by_and_takes_over(run: Run, tmp_path: Path) -> None:
    first, second = Work(), Work()
    waiting = Watched(tmp_path, "lane-work")
    holder = run(
        first, exclusive=True, make_lock=lambda name: FileLock(tmp_path, name), look_every=threads.RESTS_LONG
    )
    first.wait_for(1)
    stand_by = run(second, exclusive=True, make_lock=lambda _name: waiting)
    assert waiting.refused.wait(DEADLINE)
    holder.heard("work")
    first.wait_for(2)
    assert second.rounds == 0
    holder.stop(DEADLINE)
    stand_by.heard("work")
    second.wait_for(1)


def test_a_worker_that_fails_keeps_nobody_from_working(run: Run, tmp_path: Path) -> None:
    failing, healthy = Work(), Work()
    failing.fails = 1
    run(failing, exclusive=True, make_lock=lambda name: FileLock(tmp_path, name))
    failing.wait_for(1)
    run(healthy, exclusive=True, make_lock=lambda name: FileLock(tmp_path, name))
    healthy.wait_for(1)


def test_a_lane_that_rests_long_keeps_nobody_from_working(run: Run, tmp_path: Path) -> None:
    """It keeps no connection either: a pool has few, and there are more lanes than work."""
    first, second = Work(), Work()
    run(first, exclusive=True, make_lock=lambda name: FileLock(tmp_path, name))
    first.wait_for(1)
    run(second, exclusive=True, make_lock=lambda name: FileLock(tmp_path, name))
    second.wait_for(1)


# ---- the pace


def test_rings_in_a_row_make_a_batch(run: Run) -> None:
    """At once when it rested; then not before its pace is over, however often it is rung."""
    work = Work()
    engine = run(work, pace=NEVER)
    work.wait_for(1)
    for _ in range(3):
        engine.heard("work")
    engine.stop(DEADLINE)  # Not for an hour.
    assert work.rounds == 1


def test_a_lane_with_a_pace_hears_what_was_rung_meanwhile(run: Run) -> None:
    work = Work()
    engine = run(work, pace=SOON)
    for rounds in range(2, 5):
        work.wait_for(rounds - 1)
        engine.heard("work")
        work.wait_for(rounds)


def test_who_works_for_long_looks_again_later_up_to_a_limit() -> None:
    pace = Pace(least=0.005, of_work=1.25, at_most=0.03)
    assert [pace.after(worked) for worked in (0.001, 0.01, 0.2)] == [0.005, 0.0125, 0.03]


# ---- what health checks see


def test_an_engine_is_well_as_long_as_every_lane_looks(run: Run) -> None:
    working, go_on = threading.Event(), threading.Event()

    def drain() -> bool:
        working.set()
        assert go_on.wait(DEADLINE)
        return False

    engine = run(drain, look_every=SOON)
    assert working.wait(DEADLINE)
    assert engine.is_well()
    engine.threads["work"].looked_at -= threads.STUCK_AFTER + 1
    assert not engine.is_well()
    go_on.set()


# ---- the bell


def test_a_ring_reaches_the_bell_that_is_used() -> None:
    rung: list[str] = []
    lanes.use_bell(rung.append)
    try:
        lanes.ring("inbox")
    finally:
        lanes.use_bell(lambda _lane: None)
    lanes.ring("outbox")
    assert rung == ["inbox"]
