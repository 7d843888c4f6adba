"""How a batch gets on disk: durably, in order, at one commit, and again after the database was away."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from django.db import OperationalError, connection

from backend.engine import lanes
from backend.platforms.registry import BULK_FROM
from backend.receiving.loads import Load
from backend.receiving.models import EventState, WebhookEvent
from backend.receiving.postgres_store import PostgresStore
from backend.receiving.rings import FEW, Rings
from backend.receiving.sqlite_store import SQLiteStore
from backend.receiving.stores import Store, default_store

pytestmark = pytest.mark.django_db(transaction=True)

BODIES = [b'{"entry": []}', b"", b"\x00\xff", b" " * 300_000, b'"\\u0000 \xf0\x9f\x91\x8d"', b"last"]

on_postgres = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs Postgres")
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="needs SQLite")


@pytest.fixture
def rung() -> Iterator[list[str]]:
    """The lanes that were rung."""
    heard: list[str] = []
    before = lanes._bell
    lanes.use_bell(heard.append)
    yield heard
    lanes.use_bell(before)


def with_store(story: Callable[[Store], Awaitable[None]], own: Store | None = None) -> None:
    async def run() -> None:
        store = own or default_store()
        try:
            await story(store)
        finally:
            await store.close()

    asyncio.run(run())


def test_every_body_is_kept_as_it_came_and_in_order() -> None:
    with_store(lambda store: store.write(BODIES))
    events = list(WebhookEvent.objects.order_by("id"))
    assert [bytes(event.body) for event in events] == BODIES
    assert {event.state for event in events} == {EventState.RECEIVED}
    for event in events:
        assert (event.lane, event.attempts, event.error, event.processed_at) == (0, 0, "", None)
        assert event.received_at == event.due_at
    # What a processor looks for finds them.
    assert WebhookEvent.objects.waiting(events[0].received_at).count() == len(BODIES)


BULK = b'{"field": "history"' + b" " * BULK_FROM


def test_what_a_phone_hands_over_is_marked_for_its_own_lane() -> None:
    with_store(lambda store: store.write([b"1", BULK, b"2"]))
    events = WebhookEvent.objects.order_by("id")
    assert [event.lane for event in events] == [Load.LIVE, Load.BULK, Load.LIVE]


@on_sqlite
def test_sqlite_rings_the_lanes_that_have_something_to_do(rung: list[str]) -> None:
    with_store(lambda store: store.write([BULK]))
    assert rung == ["bulk"]
    with_store(lambda store: store.write([b"1", BULK]))
    assert rung[1:] == ["inbox", "bulk"]


def test_a_thousand_are_one_commit_and_keep_their_order() -> None:
    async def story(store: Store) -> None:
        await store.write([b"%d" % number for number in range(1000)])

    with_store(story)
    bodies = WebhookEvent.objects.order_by("id").values_list("body", flat=True)
    assert [int(bytes(body)) for body in bodies] == list(range(1000))
    assert WebhookEvent.objects.values("received_at").distinct().count() == 1


def test_both_write_what_the_model_writes_by_itself() -> None:
    made = WebhookEvent(body=b"")
    with_store(lambda store: store.write([b""]))
    kept = WebhookEvent.objects.get()
    own = {"id", "received_at", "due_at"}
    for field in WebhookEvent._meta.concrete_fields:
        if field.name not in own:
            assert getattr(kept, field.name) == getattr(made, field.name), field.name


@on_sqlite
def test_sqlite_rings_after_the_commit_and_not_after_a_failure(rung: list[str]) -> None:
    async def story(store: Store) -> None:
        await store.write([b"1"])
        assert rung == ["inbox"]
        with pytest.raises(TypeError):
            await store.write(["no bytes"])  # type: ignore[list-item]
        assert rung == ["inbox"]
        await store.write([b"2"])  # On a connection of its own again.

    with_store(story)
    assert WebhookEvent.objects.count() == 2


@on_sqlite
def test_sqlite_waits_for_another_writer() -> None:
    async def story(store: Store) -> None:
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = asyncio.create_task(store.write([b"1"]))
            done, _ = await asyncio.wait({writing}, timeout=0.1)
            assert not done
            other.execute("COMMIT")
            await writing

    with_store(story)
    assert WebhookEvent.objects.count() == 1


@on_sqlite
def test_sqlite_does_not_wait_for_another_writer_for_ever() -> None:
    async def story(store: Store) -> None:
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(OperationalError, match="locked"):
                await store.write([b"1"])
            other.execute("ROLLBACK")
            await store.write([b"2"])

    with_store(story, SQLiteStore(turn_within=0.05))
    assert WebhookEvent.objects.count() == 1


@on_sqlite
def test_sqlite_waits_for_the_disk() -> None:
    async def story(store: Store) -> None:
        assert isinstance(store, SQLiteStore)
        found = await asyncio.get_running_loop().run_in_executor(store.thread, _pragma, "synchronous")
        assert found == 2  # FULL.

    with_store(story)


def _pragma(name: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return cursor.fetchone()[0]


@on_postgres
def test_postgres_waits_for_the_disk_whatever_the_server_says() -> None:
    async def story(store: Store) -> None:
        assert isinstance(store, PostgresStore)
        careless = PostgresStore({**store.parameters, "options": "-c synchronous_commit=off"})
        await careless.write([b"1"])
        assert careless.insertion is not None
        row = await (await careless.insertion.connection.execute("SHOW synchronous_commit")).fetchone()
        assert row == ("on",)
        await careless.close()

    with_store(story)


@on_postgres
def test_postgres_rings_with_the_commit() -> None:
    async def story(store: Store) -> None:
        assert isinstance(store, PostgresStore)
        ear = await store._connect()
        await ear.execute("LISTEN inbox")
        await store.write([b"1"])
        async for heard in ear.notifies(timeout=10, stop_after=1):
            assert heard.channel == "inbox"
            break
        else:
            pytest.fail("nothing was heard")
        await ear.close()

    with_store(story)


MANY = 100  # Deliveries in a batch.


def test_a_lane_that_was_rung_just_now_is_rung_once_more_in_time() -> None:
    async def story() -> None:
        rings, heard = Rings(every=0.05, anyway_after=0.01), asyncio.Event()
        lanes.use_bell(lambda lane: heard.set())
        assert rings.due(["inbox"], MANY) == ["inbox"]
        assert rings.due(["inbox", "bulk"], MANY) == ["bulk"]
        assert rings.due(["inbox", "bulk"], MANY) == []
        rings.owe(["inbox"], MANY)
        assert not heard.is_set()
        async with asyncio.timeout(10):
            await heard.wait()

    before = lanes._bell
    try:
        asyncio.run(story())
    finally:
        lanes.use_bell(before)


def test_a_batch_takes_along_what_is_owed(rung: list[str]) -> None:
    async def story() -> None:
        rings = Rings(every=0.0)
        rings.rung_at["inbox"] = asyncio.get_running_loop().time() + 1_000  # It is quiet for long.
        assert rings.due(["inbox"], MANY) == []
        rings.owe(["inbox"], MANY)
        rings.rung_at["inbox"] -= 2_000
        assert rings.due(["inbox"], MANY) == ["inbox"]
        assert rings.owed == {}
        rings.close()

    asyncio.run(story())
    assert rung == []


def test_few_deliveries_ring_sooner() -> None:
    async def story() -> None:
        rings = Rings(every=1_000, every_few=0.0)
        assert rings.due(["inbox"], MANY) == ["inbox"]
        assert rings.due(["inbox"], MANY) == []
        assert rings.due(["inbox"], FEW + 1) == []
        assert rings.due(["inbox"], FEW) == ["inbox"]

    asyncio.run(story())


def test_who_was_rung_long_ago_is_rung_at_once(rung: list[str]) -> None:
    """A commit may take longer than a lane is left alone: nobody may have heard of what is on disk now."""

    async def story() -> None:
        heard = asyncio.Event()
        lanes.use_bell(lambda lane: heard.set())
        rings = Rings()
        rings.owe(["inbox"], MANY)
        async with asyncio.timeout(10):
            await heard.wait()
        lanes.use_bell(rung.append)
        rings.close()

    asyncio.run(story())
    assert rung == []  # Nobody is owed anything any more.


@on_postgres
def test_nobody_is_owed_a_ring_when_the_store_closes(rung: list[str]) -> None:
    async def story(store: Store) -> None:
        await store.write([b"1"])
        await store.write([b"2"])
        await store.write([BULK])

    slow = default_store()
    assert isinstance(slow, PostgresStore)
    slow.rings = Rings(every=1_000, every_few=1_000)
    with_store(story, slow)
    assert rung == ["inbox"]


@on_postgres
def test_a_connection_that_was_ended_is_replaced() -> None:
    """As after a restart of the server: the next delivery need not fail for it."""

    async def story(store: Store) -> None:
        assert isinstance(store, PostgresStore)
        await store.write([b"1"])
        assert store.insertion is not None
        await asyncio.to_thread(_terminate, store.insertion.connection.info.backend_pid)
        await store.write([b"2"])

    with_store(story)
    assert WebhookEvent.objects.count() == 2


def _terminate(pid: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        connection.close()


@on_postgres
def test_a_write_that_is_given_up_leaves_the_next_one_a_connection() -> None:
    async def story(store: Store) -> None:
        assert isinstance(store, PostgresStore)
        await store.write([b"1"])
        blocker = await store._connect()
        async with blocker.transaction():
            await blocker.execute(f"LOCK TABLE {WebhookEvent._meta.db_table}")
            writing = asyncio.create_task(store.write([b"given up"]))
            done, _ = await asyncio.wait({writing}, timeout=0.2)
            assert not done
            writing.cancel()
            await asyncio.wait({writing})
        await blocker.close()
        await store.write([b"2"])

    with_store(story)
    bodies = WebhookEvent.objects.order_by("id").values_list("body", flat=True)
    assert [bytes(body) for body in bodies] == [b"1", b"2"]


@on_postgres
def test_a_server_that_is_not_there_is_said_at_once() -> None:
    async def story(store: Store) -> None:
        assert isinstance(store, PostgresStore)
        nowhere = PostgresStore({**store.parameters, "host": "127.0.0.1", "port": 1})
        with pytest.raises(psycopg.OperationalError, match="refused"):
            await nowhere.write([b"1"])

    with_store(story)
