"""A database that is away makes everything wait; one that refuses a thing has found a bad thing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
)
from psycopg import errors

from backend.engine.faults import is_database_away


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


def of_sqlite(*statements: str, where: str = ":memory:") -> sqlite3.Error:
    """What SQLite itself raises at the last of these."""
    database = sqlite3.connect(where, timeout=0)
    try:
        for statement in statements:
            database.execute(statement)
    except sqlite3.Error as error:
        return error
    finally:
        database.close()
    raise AssertionError("SQLite took it")


@pytest.mark.parametrize(
    "statement",
    ["SELECT abs(-9223372036854775808)", "SELECT json_extract('[', '$')", "SELECT 1 +", "SELECT sum()"],
)
def test_sqlite_refuses_a_thing(statement: str) -> None:
    """All of these are OperationalError there, and would be the same the next time."""
    cause = of_sqlite(statement)
    assert isinstance(cause, sqlite3.OperationalError)
    assert not is_database_away(caused(OperationalError(), cause))


def test_sqlite_is_away(tmp_path: Path) -> None:
    file = str(tmp_path / "here.sqlite3")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    locked = of_sqlite("BEGIN IMMEDIATE", where=file)
    holder.close()
    not_there = sqlite3.OperationalError("unable to open database file")
    closed = sqlite3.ProgrammingError("Cannot operate on a closed database.")
    for cause in (locked, of_sqlite("SELECT * FROM nowhere"), not_there):
        assert is_database_away(caused(OperationalError(), cause))
    assert not is_database_away(caused(ProgrammingError(), closed))


@pytest.mark.parametrize(
    "cause",
    [
        errors.AdminShutdown,
        errors.CannotConnectNow,
        errors.DiskFull,
        errors.TooManyConnections,
        errors.DeadlockDetected,
        errors.LockNotAvailable,
        errors.IoError,
        errors.UndefinedTable,
        errors.UndefinedColumn,
        psycopg.OperationalError,  # The server closed the connection.
    ],
)
def test_postgres_is_away(cause: type[psycopg.Error]) -> None:
    assert is_database_away(caused(OperationalError(), cause()))


@pytest.mark.parametrize(
    "cause",
    [
        errors.StatementTooComplex,
        errors.ProgramLimitExceeded,
        errors.QueryCanceled,
        errors.UntranslatableCharacter,
    ],
)
def test_postgres_refuses_a_thing(cause: type[psycopg.Error]) -> None:
    assert not is_database_away(caused(OperationalError(), cause()))


@pytest.mark.parametrize("error", [IntegrityError(), DataError(), ValueError(), KeyError("x")])
def test_what_is_no_matter_of_being_there(error: Exception) -> None:
    assert not is_database_away(error)


@pytest.mark.parametrize("error", [OperationalError(), InterfaceError()])
def test_what_never_got_an_answer(error: Exception) -> None:
    assert is_database_away(error)


@pytest.mark.django_db
def test_a_real_refusal() -> None:
    with pytest.raises(Exception, match=r"(?i)json|syntax") as caught, connection.cursor() as cursor:
        cursor.execute(
            "SELECT json_extract('[', '$')" if connection.vendor == "sqlite" else "SELECT '['::json"
        )
    assert not is_database_away(caught.value)
