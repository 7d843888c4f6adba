"""The inbox on Postgres: one statement and one commit for a batch, on a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from struct import Struct
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

from backend.engine.unwrapped import Statement, array_of, moment_of
from backend.lib.clock import now
from backend.receiving.loads import lanes_of, load_of
from backend.receiving.models import INBOX, NEW, NEW_COLUMNS
from backend.receiving.rings import Rings

logger = structlog.get_logger(__name__)

# How the inbox's connection differs from the others: it gives up sooner, because senders wait for it.
OWN = {
    "application_name": "gateway inbox",
    "connect_timeout": 3,  # Seconds.
    "tcp_user_timeout": 4_000,  # Milliseconds, for the other end of a connection to vanish.
}

_SMALLINT = Struct("!h")


class PostgresStore:
    """Postgres, without a thread: the statement that inserts also rings, so that a ring costs no second way."""

    # The rows of `unnest` come in the order of the array; ORDER BY says that it matters.
    INSERT = f"""
        WITH stored AS (
            INSERT INTO {INBOX} ({NEW_COLUMNS})
            SELECT {NEW}, lane, $3::timestamptz, $3::timestamptz, body
            FROM unnest($1::bytea[], $2::smallint[]) WITH ORDINALITY AS given (body, lane, place)
            ORDER BY place
        )
        SELECT pg_notify(lane, '') FROM unnest($4::text[]) AS rung (lane)
    """  # noqa: S608  # Our own words.
    # A server that is told to acknowledge early is asked not to; one that waits for a standby is left alone.
    DURABLE = """
        SELECT set_config('synchronous_commit', 'on', false), current_setting('fsync')
        WHERE current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off'
    """

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.parameters = parameters
        self.insertion: Statement | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.rings = Rings()

    async def write(self, bodies: Sequence[bytes]) -> None:
        """Insert and ring. A connection that died in its sleep is replaced, and the batch written once more."""
        known = self._take()
        try:
            await self._insert(known or await self._prepare(), bodies)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if known is None:
                raise
            # It may be stored twice now; the processor knows each message by its id.
            await self._insert(await self._prepare(), bodies)

    async def close(self) -> None:
        self.rings.close()
        if self.insertion is not None:
            self.insertion.connection.pgconn.finish()
        self.insertion = None

    def _take(self) -> Statement | None:
        """The statement, if its connection is of this event loop and alive. Who has served well is put back."""
        taken, self.insertion = self.insertion, None
        if taken is None or taken.connection.closed or self.loop is not asyncio.get_running_loop():
            return None
        return taken

    async def _insert(self, insertion: Statement, bodies: Sequence[bytes]) -> None:
        loads = list(map(load_of, bodies))
        lanes = lanes_of(loads)
        rung = self.rings.due(lanes, len(bodies))
        try:
            await insertion.run(
                array_of("bytea", bodies),
                array_of("int2", [_SMALLINT.pack(load) for load in loads]),
                moment_of(now()),
                array_of("text", [lane.encode() for lane in rung]),
            )
        except BaseException:
            self.rings.owe(rung, len(bodies))  # What an earlier batch was owed went with this one.
            insertion.connection.pgconn.finish()
            raise
        self.rings.owe((lane for lane in lanes if lane not in rung), len(bodies))
        self.insertion, self.loop = insertion, asyncio.get_running_loop()

    async def _prepare(self) -> Statement:
        opened = await self._connect()
        try:
            return await Statement.prepared(opened, "insertion", self.INSERT)
        except BaseException:
            opened.pgconn.finish()
            raise

    async def _connect(self) -> AsyncConnection[Any]:
        opened = await AsyncConnection.connect(**{**self.parameters, **OWN}, autocommit=True)
        weak = await (await opened.execute(self.DURABLE)).fetchone()
        if weak and weak[1] == "off":
            logger.error(
                "inbox.not_durable", resolution="Set fsync = on in the Postgres server's configuration."
            )
        return opened


def libpq_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the server is asked for; without what Django tells its own driver."""
    django_only = {"context", "cursor_factory", "pool", "prepare_threshold"}
    return {name: value for name, value in parameters.items() if name not in django_only}
