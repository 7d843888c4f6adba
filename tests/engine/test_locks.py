"""A lock ends with its holder, whatever ends the holder."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from django.db import connection, connections

from backend.engine.lanes import Lane
from backend.engine.locks import AdvisoryLock, FileLock, lock_maker
from backend.engine.threads import Engine

DEADLINE = 20.0


def hold_until(directory: Path, held: Event, done: Event) -> None:
    if FileLock(directory, "lane").try_hold():
        held.set()
        done.wait(DEADLINE)


@pytest.mark.process
def test_another_process_holds_it_until_it_ends(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, done = spawn.Event(), spawn.Event()
    other = spawn.Process(target=hold_until, args=(tmp_path, held, done))
    other.start()
    assert held.wait(DEADLINE)
    lock = FileLock(tmp_path, "lane")
    assert not lock.try_hold()
    other.kill()  # It gives nothing back by itself.
    other.join(DEADLINE)
    assert lock.try_hold()


def test_a_lock_is_held_again_by_its_holder_and_given_back(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "new", "lane"), FileLock(tmp_path / "new", "lane")
    assert one.try_hold()
    assert one.try_hold()
    assert not other.try_hold()
    assert FileLock(tmp_path / "new", "another lane").try_hold()
    one.release()
    assert other.try_hold()
    assert not one.try_hold()


def test_each_database_has_its_kind(db: None, tmp_path: Path) -> None:
    lock = lock_maker(tmp_path)("lane")
    assert isinstance(lock, AdvisoryLock if connection.vendor == "postgresql" else FileLock)
    assert lock.try_hold()
    lock.release()


# ---- Postgres

IsFree = Callable[[str], bool]


@pytest.fixture
def is_free(transactional_db: None) -> IsFree:
    """Whether somebody with a session of their own could have the lock; they give it back."""
    if connection.vendor != "postgresql":
        pytest.skip("an advisory lock is one of Postgres")

    def look(name: str) -> bool:
        answers: list[bool] = []

        def work() -> None:
            lock = AdvisoryLock(name)
            answers.append(lock.try_hold())
            lock.release()
            connections.close_all()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(DEADLINE)
        return answers[0]

    return look


def test_an_advisory_lock_is_one_of_the_session(is_free: IsFree) -> None:
    lock = AdvisoryLock("lane")
    assert lock.try_hold()
    assert lock.try_hold()
    assert not is_free("lane")
    assert is_free("another lane")
    lock.release()
    assert is_free("lane")


def test_a_failed_lane_finds_its_lock_again(is_free: IsFree) -> None:
    """Its connection goes back to the pool after the error, and must not take the lock along."""
    worked = threading.Event()
    failures = iter(range(3))

    def drain() -> bool:
        connections["default"].ensure_connection()
        if next(failures, None) is not None:
            raise RuntimeError("The drain failed.")
        worked.set()
        return False

    engine = Engine([Lane("work", drain, exclusive=True, look_every=0.05)], AdvisoryLock)
    engine.start()
    try:
        assert worked.wait(DEADLINE)
        assert not is_free("lane-work")
    finally:
        engine.stop(DEADLINE)
    assert is_free("lane-work")
