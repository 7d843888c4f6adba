"""Databases that are made for a benchmark and gone afterwards."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from benchmarks.table import BenchmarkFailed

SERVER = os.environ.get("BENCH_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432").rstrip("/")
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def postgres(name: str, *, template: str = "template1") -> Iterator[str]:
    """The URL of a new database. Raises BenchmarkFailed without a server, and for one that is not durable."""
    try:
        connection = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise BenchmarkFailed(
            f"no Postgres server at {SERVER}: {error}. Start one (apt-get install postgresql), or name one in "
            "BENCH_POSTGRES_URL: postgres://user:password@host:5432, without a database."
        ) from error
    with connection:
        for setting in DURABLE:
            row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
            if row != ("on",):
                raise BenchmarkFailed(f"{setting} is not on at {SERVER}, so that nothing there is durable")
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield f"{SERVER}/{name}"
        finally:
            connection.execute(drop)


def run(url: str, *statements: str) -> None:
    """Run these statements."""
    if url.startswith("sqlite"):
        with sqlite3.connect(_file(url), timeout=20) as file:
            for statement in statements:
                file.execute(statement)
        file.close()
        return
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def write_behind(url: str) -> None:
    """Let the server write what it has put off. Needs a superuser, or a member of `pg_checkpoint`."""
    if not url.startswith("sqlite"):
        run(url, "CHECKPOINT")


def number(url: str, query: str) -> int:
    """The one number that a query answers."""
    with asked(url, query) as answer:
        return answer()


@contextmanager
def asked(url: str, query: str) -> Iterator[Callable[[], int]]:
    """The one number that a query answers, as often as it is asked for, over one connection."""
    if url.startswith("sqlite"):
        file = sqlite3.connect(_file(url), timeout=20, isolation_level=None)
        yield lambda: _first(file.execute(query).fetchone())
        file.close()
        return
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda: _first(connection.execute(query.encode()).fetchone())


def _first(row: tuple[Any, ...] | None) -> int:
    return int(row[0] or 0) if row else 0


@contextmanager
def message_watched(url: str) -> Iterator[Callable[[str, str], bool]]:
    """Whether a message is there: asked by the ids of its conversation and its own, over one connection."""
    told = "SELECT 1 FROM conversations_message WHERE conversation_id = {} AND external_id = {}"
    if url.startswith("sqlite"):
        file = sqlite3.connect(_file(url), timeout=20, isolation_level=None)
        yield lambda conversation, message: bool(
            file.execute(told.format("?", "?"), [UUID(conversation).hex, message]).fetchone()
        )
        file.close()
        return
    # By libpq itself: a cursor would cost more than what it asks, 500 times a second beside what is measured.
    with psycopg.connect(url, autocommit=True) as rows:
        rows.pgconn.prepare(b"is_there", told.format("$1", "$2").encode())
        yield lambda *ids: rows.pgconn.exec_prepared(b"is_there", [each.encode() for each in ids]).ntuples > 0


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
