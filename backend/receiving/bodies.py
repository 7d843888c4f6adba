"""Bodies as they arrive, at a limit: neither a slow nor a large one can hold the door for the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_BODY_BYTES = 3 * 1024 * 1024
MAX_DISCARDED_BYTES = 8 * MAX_BODY_BYTES
READ_FOR = 20.0  # Seconds; a sender that takes longer would hold the door.
LOOK_EVERY = 1.0  # Seconds between two looks at those that take long.
# Nearly every delivery is this small. Those share nothing, so that large ones, however many, never stop them.
SMALL_BODY_BYTES = 64 * 1024
# What the larger ones hold together while they arrive; a sender that finds no room is asked to come back.
MAX_LARGE_BYTES = 48 * 1024 * 1024


class BodyTooLarge(Exception):
    """More than a delivery may have."""


class BodyLate(Exception):
    """It did not arrive in time."""


class SenderGone(Exception):
    """The sender left in the middle of it."""


class NoRoom(Exception):
    """Too many large bodies arrive at once."""


class Bodies:
    """Reads whole bodies, and counts what the large ones hold meanwhile."""

    def __init__(self, *, read_for: float = READ_FOR, max_large_bytes: int = MAX_LARGE_BYTES) -> None:
        self.readings = Readings(read_for)
        self.max_large_bytes = max_large_bytes
        self.large_bytes = 0

    async def read(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """The raw bytes. Raises BodyTooLarge, BodyLate, SenderGone, NoRoom."""
        declared = _declared_length(headers)
        if declared > MAX_DISCARDED_BYTES:
            raise BodyTooLarge
        task = self.readings.begin()
        try:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body"):
                body: bytes = message.get("body", b"")  # Mostly it is here at once.
                return body if len(body) <= MAX_BODY_BYTES else _refuse()
            return await self._gather(message, receive)
        except asyncio.CancelledError:
            if self.readings.has_ended(task):
                raise (BodyTooLarge if declared > MAX_BODY_BYTES else BodyLate) from None
            raise
        finally:
            self.readings.end(task)

    async def _gather(self, message: MutableMapping[str, Any], receive: Receive) -> bytes:
        chunks: list[bytes] = []
        size = held = 0
        try:
            while True:
                if message["type"] == "http.disconnect":
                    raise SenderGone
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    chunks.clear()  # Read on without keeping it: who is cut off in the middle never sees the answer.
                else:
                    chunks.append(chunk)
                held = self._hold(held, 0 if size > MAX_BODY_BYTES else size)
                if size > MAX_DISCARDED_BYTES:
                    raise BodyTooLarge
                if not message.get("more_body"):
                    return b"".join(chunks) if size <= MAX_BODY_BYTES else _refuse()
                message = await receive()
        finally:
            self.large_bytes -= held

    def _hold(self, held: int, size: int) -> int:
        """What this body holds of the room for large ones, now that it is of this size. Raises NoRoom."""
        more = (size if size > SMALL_BODY_BYTES else 0) - held
        if more > 0 and self.large_bytes + more > self.max_large_bytes:
            raise NoRoom
        self.large_bytes += more
        return held + more


class Readings:
    """
    The tasks that wait for a body; one look over all of them, now and then, ends those that wait for too long.

    A timer for each would cost more than reading the body: nearly every one is here at once.
    """

    def __init__(self, read_for: float) -> None:
        self.read_for = read_for
        self.began: dict[asyncio.Task[Any], float] = {}
        self.ended: set[asyncio.Task[Any]] = set()
        self.next_look: asyncio.TimerHandle | None = None

    def begin(self) -> asyncio.Task[Any]:
        """The running task waits from now on."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self.began[task] = loop.time()
        if self.next_look is None:
            self.next_look = loop.call_later(min(LOOK_EVERY, self.read_for), self._look)
        return task

    def end(self, task: asyncio.Task[Any]) -> None:
        """It does not wait any more."""
        del self.began[task]
        self.ended.discard(task)

    def has_ended(self, task: asyncio.Task[Any]) -> bool:
        """Whether it was cancelled by this, and by nobody else."""
        return task in self.ended and task.uncancel() == 0

    def _look(self) -> None:
        self.next_look = None
        loop = asyncio.get_running_loop()
        for task, began in self.began.items():
            if loop.time() - began >= self.read_for and task not in self.ended:
                self.ended.add(task)
                task.cancel()
        if self.began:
            self.next_look = loop.call_later(min(LOOK_EVERY, self.read_for), self._look)


def _refuse() -> bytes:
    raise BodyTooLarge


def _declared_length(headers: Mapping[bytes, bytes]) -> int:
    try:
        return int(headers.get(b"content-length", b"0"))
    except ValueError:
        return 0
