"""A lock ends with its holder, whatever ends the holder."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from django.db import connection

from backend.engine.locks import AdvisoryLock, FileLock, lock_maker

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
