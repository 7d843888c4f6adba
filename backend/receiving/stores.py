"""How a batch of deliveries gets on disk: one statement, one commit, on a connection of the inbox's own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Any, Protocol

import orjson
import psycopg
import structlog
from django.db import OperationalError, connection, connections
from psycopg import AsyncConnection

from backend.engine.lanes import ring
from backend.lib.clock import now
from backend.receiving.loads import lanes_of, load_of
from backend.receiving.models import EventState, WebhookEvent
from backend.receiving.rings import Rings

logger = structlog.get_logger(__name__)

# How the inbox's connection differs from the others: it gives up sooner, because senders wait for it.
OWN = {
    "application_name": "gateway inbox",
    "connect_timeout": 3,  # Seconds.
    "tcp_user_timeout": 4_000,  # Milliseconds, for the other end of a connection to vanish.
}

# SQLite has one writer at a time.
TURN_WITHIN = 3.0  # Seconds.
LOOK_AGAIN_AFTER = 0.001

_TABLE = WebhookEvent._meta.db_table
_COLUMNS = "state, attempts, error, lane, received_at, due_at, body"
_SAME = f"'{EventState.RECEIVED}', 0, ''"  # What every new row says.


class Store(Protocol):
    """Where an inbox writes."""

    async def write(self, bodies: Sequence[bytes]) -> None:
        """Return once all of them are on disk, in this order; raises when none is, or when that is unknown."""

    async def close(self) -> None:
        """Let go of the database."""


class PostgresStore:
    """Postgres, without a thread: the statement that inserts also rings, so that a ring costs no second way."""

    # The rows of `unnest` come in the order of the array; ORDER BY says that it matters.
    INSERT = f"""
        WITH stored AS (
            INSERT INTO {_TABLE} ({_COLUMNS})
            SELECT {_SAME}, lane, %(at)s, %(at)s, body
            FROM unnest(%(bodies)b::bytea[], %(loads)b::smallint[]) WITH ORDINALITY AS given (body, lane, place)
            ORDER BY place
        )
        SELECT pg_notify(lane, '') FROM unnest(%(rung)s::text[]) AS rung (lane)
    """  # noqa: S608  # Our own words.
    # A server that is told to acknowledge early is asked not to; one that waits for a standby is left alone.
    DURABLE = """
        SELECT set_config('synchronous_commit', 'on', false), current_setting('fsync')
        WHERE current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off'
    """

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.parameters = parameters
        self.connection: AsyncConnection[Any] | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.rings = Rings()

    async def write(self, bodies: Sequence[bytes]) -> None:
        """Insert and ring. A connection that died in its sleep is replaced, and the batch written once more."""
        known = self._take()
        try:
            await self._insert(known or await self._connect(), bodies)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if known is None:
                raise
            # It may be stored twice now; the processor knows each message by its id.
            await self._insert(await self._connect(), bodies)

    async def close(self) -> None:
        self.rings.close()
        if self.connection is not None:
            self.connection.pgconn.finish()
        self.connection = None

    def _take(self) -> AsyncConnection[Any] | None:
        """The connection, if it is of this event loop and alive. It is put back only after it has served well."""
        taken, self.connection = self.connection, None
        if taken is None or taken.closed or self.loop is not asyncio.get_running_loop():
            return None
        return taken

    async def _insert(self, connection: AsyncConnection[Any], bodies: Sequence[bytes]) -> None:
        loads = list(map(load_of, bodies))
        lanes = lanes_of(loads)
        rung = self.rings.due(lanes)
        try:
            given = {"bodies": list(bodies), "loads": loads, "rung": rung, "at": now()}
            await connection.execute(self.INSERT, given, prepare=True)
        except BaseException:
            self.rings.owe(rung)  # What an earlier batch was owed went with this one.
            connection.pgconn.finish()
            raise
        self.rings.owe(lane for lane in lanes if lane not in rung)
        self.connection, self.loop = connection, asyncio.get_running_loop()

    async def _connect(self) -> AsyncConnection[Any]:
        opened = await AsyncConnection.connect(**{**self.parameters, **OWN}, autocommit=True)
        weak = await (await opened.execute(self.DURABLE)).fetchone()
        if weak and weak[1] == "off":
            logger.error(
                "inbox.not_durable", resolution="Set fsync = on in the Postgres server's configuration."
            )
        return opened


class SQLiteStore:
    """SQLite, which has one writer at a time: a thread of its own, and one statement for the whole batch."""

    INSERT = f"""
        INSERT INTO {_TABLE} ({_COLUMNS})
        SELECT {_SAME}, json_extract(value, '$[2]'), %s, %s,
            coalesce(substr(%s, json_extract(value, '$[0]'), json_extract(value, '$[1]')), x'')
        FROM json_each(%s) ORDER BY key
    """  # noqa: S608  # Our own words.

    def __init__(self, *, turn_within: float = TURN_WITHIN) -> None:
        self.turn_within = turn_within
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")

    async def write(self, bodies: Sequence[bytes]) -> None:
        """Insert in the inbox's own thread, then ring."""
        await asyncio.get_running_loop().run_in_executor(self.thread, self.insert, bodies)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self.thread, connections.close_all)
        self.thread.shutdown(wait=False)

    def insert(self, bodies: Sequence[bytes]) -> None:
        """
        All of them in one statement, which is a transaction by itself: between two the thread would wait for the
        event loop's turn. It keeps its connection, because opening and closing one costs more than a commit.
        """
        present = connection.ops.adapt_datetimefield_value(now())
        begins = accumulate((len(body) for body in bodies), initial=1)  # SQL counts from one.
        loads = list(map(load_of, bodies))
        sizes = map(len, bodies)
        places = orjson.dumps(list(zip(begins, sizes, loads, strict=False))).decode()
        try:
            self._execute([present, present, b"".join(bodies), places])
        except BaseException:
            connection.close()
            raise
        for lane in lanes_of(loads):
            ring(lane)

    def _execute(self, parameters: Sequence[Any]) -> None:
        """Wait for the other writers by looking often: SQLite's own pauses grow to 100 ms, and senders wait here."""
        if connection.connection is None:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 0")
        give_up_at = time.monotonic() + self.turn_within
        while True:
            try:
                with connection.cursor() as cursor:
                    cursor.execute(self.INSERT, parameters)
                    return
            except OperationalError as error:
                if not _is_busy(error) or time.monotonic() > give_up_at:
                    raise
            time.sleep(LOOK_AGAIN_AFTER)


def _is_busy(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def default_store() -> Store:
    """The store of the database that the settings name."""
    if connection.vendor == "postgresql":
        return PostgresStore(_libpq_parameters(connection.get_connection_params()))
    return SQLiteStore()


def _libpq_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the server is asked for; without what Django tells its own driver."""
    django_only = {"context", "cursor_factory", "pool", "prepare_threshold"}
    return {name: value for name, value in parameters.items() if name not in django_only}
