"""
Statements that are not waited for: Postgres works on one while Python writes the next.

Inside `pipelined`, what only writes goes out and nobody waits; so does a question that is asked early. Every other
statement, the ORM's too, waits as it always does, for itself and for all that went out before it. An error of what went
out is raised there, and at the end at the latest. SQLite answers in this very thread: nothing goes out, all is as ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


class _Here(threading.local):
    """Of this thread."""

    pipeline: psycopg.Pipeline | None = None
    waits = True


_here = _Here()


@contextmanager
def pipelined() -> Iterator[None]:
    """Send the block's writes without waiting for each. To be used inside of a transaction, and not to be nested."""
    if connection.vendor != "postgresql" or not psycopg.Pipeline.is_supported():
        yield
        return
    with connection.wrap_database_errors, connection.connection.pipeline() as pipeline:
        _here.pipeline = pipeline
        try:
            with connection.execute_wrapper(_execute):
                yield
        finally:
            _here.pipeline = None


def _execute(
    execute: Callable[..., object], sql: str, params: object, many: bool, context: dict[str, Any]
) -> object:
    done = execute(sql, params, many, context)
    if _here.waits:
        _wait()
    return done


def _wait() -> None:
    if _here.pipeline is not None:
        with connection.wrap_database_errors:
            _here.pipeline.sync()


class Sent:
    """A statement that went out; without a cursor there was nothing to send."""

    def __init__(self, cursor: CursorWrapper | None, *, asks: bool = False) -> None:
        """`asks`: it gives rows."""
        self.cursor = cursor
        # SQLite looks for a row when it is fetched, and would find what was written since.
        self.found = cursor.fetchall() if cursor and asks and _here.pipeline is None else None

    def rows(self) -> list[Sequence[Any]]:
        """What it gives. Waits for it."""
        if self.found is None:
            self.found = self.cursor.fetchall() if self.cursor else []
        return self.found

    def count(self) -> int:
        """How many rows it wrote. Waits for it, and for all that went out, unless its answer is here already."""
        if self.cursor is None:
            return 0
        if self.cursor.rowcount < 0:
            _wait()
        return int(self.cursor.rowcount)


NOTHING = Sent(None)


def send(sql: str, params: Sequence[Any]) -> Sent:
    """Send a statement that only writes; outside of `pipelined` it is done when this returns."""
    return Sent(_sent(connection.cursor(), sql, params))


def ask(sql: str, params: Sequence[Any], prepare: Callable[[CursorWrapper], None]) -> Sent:
    """Send a statement that gives rows. `prepare`: what is done to its cursor before."""
    cursor = connection.cursor()
    prepare(cursor)
    return Sent(_sent(cursor, sql, params), asks=True)


def _sent(cursor: CursorWrapper, sql: str, params: Sequence[Any]) -> CursorWrapper:
    _here.waits = False
    try:
        cursor.execute(sql, params)
    finally:
        _here.waits = True
    return cursor
