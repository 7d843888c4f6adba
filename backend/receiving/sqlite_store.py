"""The inbox on SQLite: one statement and one commit for a batch, in a thread of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Any

import orjson
from django.db import OperationalError, connection, connections

from backend.engine.lanes import ring
from backend.lib.clock import now
from backend.receiving.loads import lanes_of, load_of
from backend.receiving.models import INBOX, NEW, NEW_COLUMNS

# For the only writer's turn.
TURN_WITHIN = 3.0  # Seconds.
LOOK_AGAIN_AFTER = 0.001


class SQLiteStore:
    """SQLite, which has one writer at a time: a thread of its own, and one statement for the whole batch."""

    INSERT = f"""
        INSERT INTO {INBOX} ({NEW_COLUMNS})
        SELECT {NEW}, json_extract(value, '$[2]'), %s, %s,
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
