"""One drain in the whole installation: a lock that ends with its holder, whatever ends the holder."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import Error, OperationalError, connection


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


class LockLost(OperationalError):
    """The session that held the lock is gone; whoever worked under it may not go on by another one."""


class AdvisoryLock:
    """For Postgres: held by the calling thread's session, and lost with it.

    While it is held, this thread's statements run on that very session or not at all: what a holder writes is
    undone with the session, so that it never mixes with the work of whoever took the lock over.
    """

    def __init__(self, name: str) -> None:
        self.number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        self.session: Any = None  # What the driver gave for it.

    def try_hold(self) -> bool:
        """Whether this thread's session holds it now. Repeatable."""
        if self.session is not None and self.session is connection.connection:
            return True
        self._forget()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [self.number])
            row = cursor.fetchone()
        if not (row and row[0]):
            return False
        self.session = connection.connection
        connection.execute_wrappers.append(self._on_this_session_alone)
        return True

    def release(self) -> None:
        """Let others have it: a session that goes back to the pool would keep it, and nobody would ever work again."""
        held = self.session
        self._forget()
        if held is None or held is not connection.connection:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [self.number])
        except Error:
            held.close()  # The session itself, and not only our use of it.
            raise

    def _forget(self) -> None:
        self.session = None
        if self._on_this_session_alone in connection.execute_wrappers:
            connection.execute_wrappers.remove(self._on_this_session_alone)

    def _on_this_session_alone(
        self, execute: Callable[..., object], sql: str, params: object, many: bool, context: dict[str, Any]
    ) -> object:
        if connection.connection is not self.session:
            raise LockLost("The session that held the lock of this lane is gone.")
        return execute(sql, params, many, context)


def lock_maker(directory: Path) -> Callable[[str], FileLock | AdvisoryLock]:
    """The kind of lock that this database has."""
    if connection.vendor == "postgresql":
        return AdvisoryLock
    return lambda name: FileLock(directory, name)
