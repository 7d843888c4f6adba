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
from functools import partial
from typing import Any, Protocol

import psycopg
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.types.datetime import TimestamptzLoader

from backend.engine.libpq import Pipeline


class _Here(threading.local):
    """Of this thread."""

    pipeline: Pipeline | None = None  # Inside of `pipelined`.


_here = _Here()


@contextmanager
def pipelined() -> Iterator[None]:
    """A transaction, or what is one inside of another, whose writes are not waited for one by one. Not to be nested."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if not _has_pipelines():
            yield
            return
        pipeline = _here.pipeline = Pipeline.of(connection.connection)
        try:
            with connection.execute_wrapper(_wait_before):
                yield
            # With the last statements, so that it is not waited for apart. Django finds nothing left to commit.
            pipeline.finish(commit=is_outermost and not connection.needs_rollback)
        finally:
            _here.pipeline = None
            pipeline.abandon()


def _wait_before(
    execute: Callable[..., object], sql: str, params: object, many: bool, context: dict[str, Any]
) -> object:
    """What does not go out by the pipeline goes alone."""
    if _here.pipeline is not None and "pipeline" not in context:
        _here.pipeline.finish()
    return execute(sql, params, many, context)


class Sent(Protocol):
    """A statement that went out."""

    def rows(self) -> list[Sequence[Any]]:
        """What it gives. Waits for it."""

    def count(self) -> int:
        """How many rows it wrote. Waits for it."""


class _Done:
    """One that was waited for; without a cursor there was nothing to send."""

    def __init__(self, cursor: CursorWrapper | None, *, asks: bool = False) -> None:
        # SQLite looks for a row when it is fetched, and would find what was written since.
        self.found: list[Sequence[Any]] = cursor.fetchall() if cursor and asks else []
        self.written = cursor.rowcount if cursor else 0

    def rows(self) -> list[Sequence[Any]]:
        return self.found

    def count(self) -> int:
        return self.written


NOTHING: Sent = _Done(None)


def read_times_quickly(cursor: CursorWrapper) -> None:
    """Let psycopg's compiled loader read the times; Django's own, in Python, takes longer than all other columns."""
    if connection.vendor == "postgresql":
        cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)


def send(sql: str, params: Sequence[Any]) -> Sent:
    """Send a statement that only writes; outside of `pipelined` it is done when this returns."""
    if _has_pipelines():
        return _sent(sql, params)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return _Done(cursor)


def ask(sql: str, params: Sequence[Any], *, binary: bool = False) -> Sent:
    """Send a statement that gives rows. `binary`: as the server keeps them, where it can; bytes are half as long so."""
    if _has_pipelines():
        return _sent(sql, params, binary=binary)
    with connection.cursor() as cursor:
        read_times_quickly(cursor)
        cursor.execute(sql, params)
        return _Done(cursor, asks=True)


def _has_pipelines() -> bool:
    return connection.vendor == "postgresql" and psycopg.Pipeline.is_supported()


def _sent(sql: str, params: Sequence[Any], *, binary: bool = False) -> Sent:
    """By a pipeline, and by whatever stands around every statement of this connection."""
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": "0"})
    execute: Callable[..., Any] = partial(_by_pipeline, binary)
    for wrapper in reversed(connection.execute_wrappers):
        execute = partial(wrapper, execute)
    pipeline = _here.pipeline or Pipeline.of(connection.connection)
    sent: Sent = execute(sql, params, False, {"connection": connection, "pipeline": pipeline})
    return sent


def _by_pipeline(binary: bool, sql: str, params: Sequence[Any], _many: bool, context: dict[str, Any]) -> Sent:
    pipeline: Pipeline = context["pipeline"]
    if pipeline is _here.pipeline:
        return pipeline.send(sql, params, binary=binary)
    try:
        return pipeline.ask(sql, params, binary=binary)
    finally:
        pipeline.abandon()
