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
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from django.db import connection, transaction

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
        if connection.vendor != "postgresql":
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


@dataclass(frozen=True, slots=True)
class _Done:
    """One that was waited for."""

    found: list[Sequence[Any]] = field(default_factory=list)
    written: int = 0

    def rows(self) -> list[Sequence[Any]]:
        return self.found

    def count(self) -> int:
        return self.written


NOTHING: Sent = _Done()


def send(sql: str, params: Sequence[Any]) -> Sent:
    """Send a statement that only writes; outside of `pipelined` it is done when this returns."""
    if connection.vendor == "postgresql":
        return _sent(sql, params)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return _Done(written=cursor.rowcount)


def ask(sql: str, params: Sequence[Any], *, binary: bool = False) -> Sent:
    """Send a statement that gives rows. `binary`: as Postgres keeps them; bytes are half as long so."""
    if connection.vendor == "postgresql":
        return _sent(sql, params, binary=binary)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        # SQLite looks for a row when it is fetched, and would find what was written since.
        return _Done(found=cursor.fetchall())


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
    say = pipeline.send if pipeline is _here.pipeline else pipeline.ask
    return say(sql, params, binary=binary)
