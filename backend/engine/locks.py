"""One drain in the whole installation: a lock that ends with its holder, whatever ends the holder."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from django.db import connection


class FileLock:
    """For SQLite, which has one machine: the kernel frees it when the process ends."""

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.handle = os.open(directory / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)

    def try_hold(self) -> bool:
        """Whether this process holds it now. Repeatable."""
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let others have it."""
        fcntl.flock(self.handle, fcntl.LOCK_UN)


class AdvisoryLock:
    """For Postgres: held by the calling thread's session, and lost with it."""

    def __init__(self, name: str) -> None:
        self.number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        self.session: object = None

    def try_hold(self) -> bool:
        """Whether this thread's session holds it now. Repeatable."""
        connection.ensure_connection()
        if self.session is connection.connection:
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [self.number])
            row = cursor.fetchone()
        held = bool(row and row[0])
        self.session = connection.connection if held else None
        return held

    def release(self) -> None:
        """Let others have it: a session that goes back to the pool would keep it, and nobody would ever work again."""
        held, self.session = self.session, None
        if held is not None and held is connection.connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [self.number])


def lock_maker(directory: Path) -> Callable[[str], FileLock | AdvisoryLock]:
    """The kind of lock that this database has."""
    if connection.vendor == "postgresql":
        return AdvisoryLock
    return lambda name: FileLock(directory, name)
