"""An advisory lock is one of a session: whoever loses the session writes nothing more under it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, connections, transaction

from backend.businesses.models import Business
from backend.engine.lanes import Lane
from backend.engine.locks import AdvisoryLock, LockLost
from backend.engine.notify import connect_apart
from backend.engine.threads import Engine

DEADLINE = 20.0

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


def end_session() -> None:
    """End the session of this thread, as a server that is restarted does."""
    with connect_apart() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])


def ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def write(name: str) -> None:
    Business.objects.create(id=name, name=name)


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


def test_a_holder_whose_session_died_writes_nothing_more(is_free: IsFree) -> None:
    """Django would connect anew in silence; the new session holds no lock, and another worker may be at work."""
    lock = AdvisoryLock("lane")
    assert lock.try_hold()
    end_session()
    with pytest.raises(OperationalError):
        ask()
    connection.close()
    assert is_free("lane")
    with pytest.raises(LockLost):
        ask()
    with pytest.raises(LockLost):
        write("late")
    assert lock.try_hold()  # Asked for anew, it is had anew.
    assert not is_free("lane")
    write("in time")
    lock.release()
    assert is_free("lane")
    assert Business.objects.get().pk == "in time"


def _write_over_a_loss() -> None:
    with transaction.atomic():
        write("half")
        end_session()
        write("other half")


def test_what_a_lost_holder_was_writing_is_undone(is_free: IsFree) -> None:
    lock = AdvisoryLock("lane")
    assert lock.try_hold()
    with pytest.raises(OperationalError):
        _write_over_a_loss()
    lock.release()
    connection.close()
    assert not Business.objects.exists()
    assert is_free("lane")
