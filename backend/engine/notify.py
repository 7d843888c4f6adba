"""The doorbell between machines: a notification of Postgres, on a channel that is called as the lane is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import structlog
from django.db import connection
from psycopg import sql

logger = structlog.get_logger(__name__)

Connection = psycopg.Connection[Any]

AGAIN_AFTER = 1.0  # Seconds before a connection that was lost is made again.
LISTEN_FOR = 1.0  # Seconds between two looks whether the listener is to end.


def connect_apart() -> Connection:
    """A connection of one's own to Django's database, beside the pool: its session lives as long as its holder."""
    parameters = {**connection.get_connection_params(), "autocommit": True}
    return psycopg.connect(**parameters)


class NotifyBell:
    """Rings every worker that listens, on whatever machine. Raises what the connection raised."""

    def __init__(self, connect: Callable[[], Connection] = connect_apart) -> None:
        self.connect = connect
        self.connection: Connection | None = None

    def __call__(self, lane: str) -> None:
        if self.connection is None:
            self.connection = self.connect()
        try:
            self.connection.execute("SELECT pg_notify(%s, '')", [lane])
        except psycopg.Error:
            self.connection.close()
            self.connection = None
            raise


class Listener(threading.Thread):
    """Hears rings until it is stopped, over every loss of its connection."""

    def __init__(
        self,
        lanes: Sequence[str],
        heard: Callable[[str], None],
        connect: Callable[[], Connection] = connect_apart,
    ) -> None:
        super().__init__(name="listener", daemon=True)
        self.lanes = lanes
        self.heard = heard
        self.connect = connect
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                logger.warning("bell.deaf", reason=str(error), again_in=AGAIN_AFTER)
                self.stopping.wait(AGAIN_AFTER)

    def _listen(self) -> None:
        with self.connect() as ear:
            for lane in self.lanes:
                ear.execute(sql.SQL("LISTEN {}").format(sql.Identifier(lane)))
            for lane in self.lanes:
                self.heard(lane)  # It may have been rung while nobody listened.
            while not self.stopping.is_set():
                for notification in ear.notifies(timeout=LISTEN_FOR):
                    self.heard(notification.channel)

    def stop(self) -> None:
        self.stopping.set()
