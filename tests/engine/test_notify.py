"""The database's bell: heard on every machine that listens, over every loss of a connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from backend.engine.notify import Connection, Listener, NotifyBell, connect_apart

DEADLINE = 15.0
LANES = ("inbox", "outbox")


class Heard:
    """What a listener heard."""

    def __init__(self) -> None:
        self.lanes: list[str] = []
        self.changed = threading.Condition()

    def __call__(self, lane: str) -> None:
        with self.changed:
            self.lanes.append(lane)
            self.changed.notify_all()

    def wait_for(self, lanes: list[str]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.lanes == lanes, DEADLINE), self.lanes


@pytest.fixture(autouse=True)
def postgres(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("notifications are those of Postgres")


class Ears:
    """Listeners' connections, so that a test can end them."""

    def __init__(self) -> None:
        self.made: list[Connection] = []
        parameters = connection.get_connection_params()
        self.parameters = parameters

    def __call__(self) -> Connection:
        ear = psycopg.connect(**{**self.parameters, "autocommit": True})
        self.made.append(ear)
        return ear

    def lose(self) -> None:
        """The server ends the session, as it does when it is restarted."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [self.made[-1].info.backend_pid])


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def heard(ears: Ears) -> Iterator[Heard]:
    notes = Heard()
    listener = Listener(LANES, notes, ears)
    listener.start()
    yield notes
    listener.stop()
    listener.join(DEADLINE)
    assert not listener.is_alive()


@pytest.fixture
def bell() -> Iterator[NotifyBell]:
    own = NotifyBell()
    yield own
    if own.connection is not None:
        own.connection.close()


def test_a_ring_is_heard(heard: Heard, bell: NotifyBell) -> None:
    heard.wait_for([*LANES])  # It looks at once: it may have been rung before.
    bell("outbox")
    heard.wait_for([*LANES, "outbox"])
    bell("inbox")
    heard.wait_for([*LANES, "outbox", "inbox"])


def test_a_ring_within_a_transaction_is_heard_after_its_commit(heard: Heard) -> None:
    """The flush of the inbox rings by itself, in its statement: the rows are there when the worker looks."""
    heard.wait_for([*LANES])
    with connect_apart() as other, other.transaction():
        other.execute("SELECT pg_notify('inbox', '')")
        NotifyBell(lambda: other)  # Nothing of ours commits for it.
        assert heard.lanes == [*LANES]
    heard.wait_for([*LANES, "inbox"])


def test_a_listener_that_lost_its_connection_listens_again(
    heard: Heard, bell: NotifyBell, ears: Ears
) -> None:
    heard.wait_for([*LANES])
    ears.lose()
    heard.wait_for([*LANES, *LANES])  # Whatever was rung meanwhile is looked for.
    bell("outbox")
    heard.wait_for([*LANES, *LANES, "outbox"])


def test_a_bell_that_lost_its_connection_says_so_once(heard: Heard, bell: NotifyBell) -> None:
    heard.wait_for([*LANES])
    bell("outbox")
    assert bell.connection is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [bell.connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        bell("outbox")
    bell("inbox")
    heard.wait_for([*LANES, "outbox", "inbox"])
