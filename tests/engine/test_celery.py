"""A task is a doorbell: it wakes a drain, at most one waits for each lane, and whatever it finds are rows."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing.synchronize import Semaphore

import pytest

from backend.engine import celery as engine
from backend.engine import lanes as rings
from backend.engine.celery import CeleryBell, Drains, Sweeper, is_awaited, make_app
from backend.engine.lanes import Lane

DEADLINE = 20.0
BROKERS = [url for url in (os.environ.get("TEST_BROKER_URL"), os.environ.get("TEST_OTHER_BROKER_URL")) if url]

_numbers = count(1)


def lane(drain: Callable[[], bool], name: str = "work") -> Lane:
    return Lane(name, drain, exclusive=False, look_every=60.0)


# ---- the task


def test_more_to_do_is_rung_for_and_an_unknown_lane_is_left_alone() -> None:
    rung: list[str] = []
    drains = Drains([lane(lambda: True)])
    drains.shared["work"].at_most = 0.0
    rings.use_bell(rung.append)
    try:
        drains.drain("work")
        drains.drain("a lane of another release")
    finally:
        rings.use_bell(lambda _lane: None)
    assert rung == ["work"]


# ---- with a real broker


@pytest.fixture(params=BROKERS or [""], ids=lambda url: url.partition(":")[0] or "none")
def broker(request: pytest.FixtureRequest) -> str:
    if not request.param:
        pytest.skip("make test-postgres runs this with a real broker")
    return str(request.param)


@pytest.fixture
def name() -> str:
    """A lane of this test alone: the broker is shared."""
    return f"test-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def clean(broker: str, name: str) -> Iterator[None]:
    yield
    with make_app(broker, [lane(bool, name)]).connection_for_write() as connection:
        channel = connection.channel()
        channel.queue_delete(engine.queue_of(name))
        channel.close()


@pytest.mark.process
@pytest.mark.usefixtures("clean")
def test_at_most_one_wake_up_waits_whoever_rings(broker: str, name: str) -> None:
    app = make_app(broker, [lane(bool, name)])
    for _ in range(5):
        CeleryBell(app)(name)
    sweeper = Sweeper(app=app)
    assert sweeper.apply_async(sweeper.schedule[f"sweep-{name}"]) is None
    with app.connection_for_write() as connection:
        assert is_awaited(connection, name)
        channel = connection.channel()
        taken = [channel.basic_get(engine.queue_of(name), no_ack=True) for _ in range(3)]
        channel.close()
    assert [bool(one) for one in taken] == [True, False, False]
    sweeper.close()


def work(broker: str, name: str, drained: Semaphore) -> None:
    """A worker; in a process of its own, as the library takes the signals of its process."""

    def drain() -> bool:
        drained.release()
        return False

    app = make_app(broker, [lane(drain, name)])
    app.Worker(pool="threads", concurrency=1, without_gossip=True, without_mingle=True, quiet=True).start()


@pytest.fixture
def drained(broker: str, name: str) -> Iterator[Semaphore]:
    """How often a worker of this lane drained it."""
    spawn = multiprocessing.get_context("spawn")
    times = spawn.Semaphore(0)
    worker = spawn.Process(target=work, args=(broker, name, times))
    worker.start()
    yield times
    worker.kill()
    worker.join(DEADLINE)


@pytest.mark.process
@pytest.mark.usefixtures("clean")
def test_a_wake_up_drains_whoever_sent_it(broker: str, name: str, drained: Semaphore) -> None:
    app = make_app(broker, [lane(bool, name)])
    bell, sweeper = CeleryBell(app), Sweeper(app=app)
    for _ in range(3):
        bell(name)
        assert drained.acquire(timeout=DEADLINE)
    sweeper.apply_async(sweeper.schedule[f"sweep-{name}"])
    assert drained.acquire(timeout=DEADLINE)
    sweeper.close()


@pytest.mark.process
@pytest.mark.parametrize("away", ["redis://127.0.0.1:1/0", "amqp://guest:guest@127.0.0.1:1//"])
def test_a_broker_that_is_away_is_said_at_once(away: str) -> None:
    app = make_app(away, [lane(bool)])
    bell = CeleryBell(app)
    with pytest.raises(Exception, match=r"(?i)refused|111"):
        bell("work")
    assert bell.broker is None
    sweeper = Sweeper(app=app)
    assert sweeper.apply_async(sweeper.schedule["sweep-work"]) is None
