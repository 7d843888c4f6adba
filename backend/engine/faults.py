"""Whether the database is away, or refuses what it was given: drivers use the same classes for both."""

from __future__ import annotations

import sqlite3
from typing import Any

from django.db import Error, InterfaceError, OperationalError

# SQLSTATE, by its first characters: why Postgres may refuse anything at this moment, whatever it is given.
AWAY = (
    "08",  # The connection is broken.
    "40",  # Two transactions were in each other's way.
    "53",  # Disk, memory or connections are used up.
    "55",  # Something is locked.
    "57P",  # It shuts down, starts, or somebody ended our session.
    "58",  # The system below it fails.
    "42P01",  # The tables are not those of this release: a migration is to come.
    "42703",
)

# The same of SQLite.
AWAY_IN_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_SCHEMA,
    }
)
MISSING_IN_SQLITE = ("no such table", "no such column", "has no column")


def is_database_away(error: BaseException) -> bool:
    """Whether the same would have been refused of anything: then it waits, and nobody is to blame for it."""
    if not isinstance(error, (Error, InterfaceError)):
        return False
    cause: Any = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return _is_sqlite_away(cause)
    if state := getattr(cause, "sqlstate", None):
        return str(state).startswith(AWAY)
    return isinstance(error, (OperationalError, InterfaceError))  # It never got as far as an answer.


def _is_sqlite_away(cause: sqlite3.Error) -> bool:
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:  # The driver's own, such as a connection that is closed.
        return isinstance(cause, (sqlite3.OperationalError, sqlite3.InterfaceError))
    # The lower byte is the kind, the rest says more of it.
    return code & 0xFF in AWAY_IN_SQLITE or any(words in str(cause) for words in MISSING_IN_SQLITE)
