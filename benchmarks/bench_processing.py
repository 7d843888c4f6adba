"""Processing webhook events in batches, against the same work done one by one, on Postgres and on SQLite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import psycopg
from psycopg import sql

from benchmarks.table import BenchmarkFailed, Row, ratio

SERVER = os.environ.get("BENCH_POSTGRES_URL", "postgres://127.0.0.1:5432/postgres")
PATIENCE = 300.0  # Seconds for all rounds in one database.

Rounds = dict[str, list[float]]


def measure() -> list[Row]:
    """The rows of this benchmark. Raises BenchmarkFailed where there is no Postgres, or the results differ."""
    with throw_away_database() as url:
        rows = rows_of("Postgres", rounds_in(url))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return rows + rows_of("SQLite", rounds_in(f"sqlite:///{folder}/bench.sqlite3"))


def rows_of(database: str, rounds: Rounds) -> list[Row]:
    batches, one_by_one = median(rounds["batches"]), median(rounds["one_by_one"])
    return [
        Row(
            what=f"{database}: processing in batches, of one by one with get_or_create",
            measured=ratio(rounds["batches"], rounds["one_by_one"]),
            unit="x",
            at_least=25,
            aim=50,
            note=f"{batches:,.0f}/s of {one_by_one:,.0f}/s",
        ),
        Row(
            what=f"{database}: reading and parsing alone, share of the time",
            measured=100 / ratio(rounds["reading"], rounds["batches"]),
            unit="%",
            better="lower",
            note=f"{median(rounds['reading']):,.0f}/s",
        ),
        Row(
            what=f"{database}: reading and parsing every kind of all platforms, share of processing them",
            measured=100 / ratio(rounds["mix_reading"], rounds["mix"]),
            unit="%",
            at_least=10,
            better="lower",
            note=f"{median(rounds['mix_reading']):,.0f}/s of {median(rounds['mix']):,.0f}/s",
        ),
    ]


def rounds_in(url: str) -> Rounds:
    """Events per second of each round, measured in turn by a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        ours = {
            "DATABASE_URL": url,
            "DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "backend.config.settings",
            "ENV_FILE": os.devnull,
            "LOG_LEVEL": "ERROR",
            "SANDBOX": "1",
        }
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.processing_rounds"],
            env=os.environ | ours,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    if done.returncode:
        raise BenchmarkFailed(f"processing: {done.stderr.strip()[-2000:]}")
    rounds: Rounds = json.loads(done.stdout)
    return rounds


@contextmanager
def throw_away_database() -> Iterator[str]:
    """The address of a new database, which is dropped at the end."""
    name = f"bench_processing_{os.getpid()}"
    _run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield f"{SERVER.rpartition('/')[0]}/{name}"
    finally:
        _run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(statement: sql.Composed) -> None:
    try:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            connection.execute(statement)
    except psycopg.OperationalError as error:
        raise BenchmarkFailed(
            f"no Postgres at BENCH_POSTGRES_URL ({SERVER.rpartition('@')[2]}): {error}"
        ) from None
