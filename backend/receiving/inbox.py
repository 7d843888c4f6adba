"""Group commit: many deliveries wait for one transaction, and none is acknowledged before it is on disk."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import structlog

from backend.receiving.counts import COUNTS, DoorCounts
from backend.receiving.stores import Store

logger = structlog.get_logger(__name__)

MEBIBYTE = 1024 * 1024
MAX_WAITING = 10_000
MAX_WAITING_BYTES = 64 * MEBIBYTE
MAX_BATCH = 1_000
MAX_BATCH_BYTES = 4 * MEBIBYTE
COMMIT_WITHIN = 4.0  # Seconds; a database that takes longer is as good as away.
GATHER_FOR = 0.25  # Of the time that the last transaction took.
GATHER_AT_MOST = 0.002  # Seconds.
REST_FOR = 0.5  # Seconds after a failed commit in which nobody is kept waiting for the next one.


class InboxFull(Exception):
    """More deliveries wait for the disk than may; the platform is asked to come back."""


class InboxAway(Exception):
    """The database did not take the last delivery; the platform is asked to come back."""


# Told once what became of a body: None, it is on disk; else why nobody may say so.
Settle = Callable[[Exception | None], None]
Waiting = tuple[bytes, Settle]


class Inbox:
    """Writes every waiting body with one transaction; one is in flight at a time, the next gathers meanwhile."""

    def __init__(
        self,
        store: Store,
        *,
        max_waiting: int = MAX_WAITING,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
        commit_within: float = COMMIT_WITHIN,
        rest_for: float = REST_FOR,
        counts: DoorCounts = COUNTS,
    ) -> None:
        self.store = store
        self.max_waiting = max_waiting
        self.max_waiting_bytes = max_waiting_bytes
        self.commit_within = commit_within
        self.rest_for = rest_for
        self.counts = counts
        self.waiting: deque[Waiting] = deque()
        self.waiting_bytes = 0
        self.enough = math.inf  # So many that nobody else is waited for.
        self.gathered = asyncio.Event()
        self.flushing: asyncio.Task[None] | None = None
        self.away_until = float("-inf")

    async def commit(self, body: bytes) -> None:
        """Return once the body is on disk. Raises InboxFull, InboxAway."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.put(body, partial(_resolve, committed))
        await committed

    def put(self, body: bytes, settle: Settle) -> None:
        """Let the body be written; `settle` is called later, never by this. Raises InboxFull, InboxAway."""
        loop = asyncio.get_running_loop()
        if len(self.waiting) >= self.max_waiting or self.waiting_bytes + len(body) > self.max_waiting_bytes:
            raise InboxFull
        if self.away_until > loop.time():
            raise InboxAway
        self.waiting.append((body, settle))
        if len(self.waiting) >= self.enough:
            self.gathered.set()
        self.waiting_bytes += len(body)
        if self.flushing is None or self.flushing.done():
            self.flushing = loop.create_task(self._flush())

    async def close(self) -> None:
        """Write what still waits, then let go of the database."""
        if self.flushing is not None and not self.flushing.done():
            await asyncio.wait({self.flushing})
        await self.store.close()

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self.waiting:
            batch = self._next_batch()
            began = loop.time()
            try:
                await self._write([body for body, _ in batch])
            except Exception as error:  # Whatever it was: nothing of this batch may be acknowledged.
                self._give_up(batch, error)
            else:
                _settle(batch, None)
                await self._gather(len(batch), GATHER_FOR * (loop.time() - began))

    async def _gather(self, answered: int, seconds: float) -> None:
        """
        Give those who were just answered a moment to come back, so that they share the next transaction with those who
        wait: else the two halves of the senders take turns for ever, and half of the disk's work is for nothing.
        """
        if not self.waiting:
            return
        self.enough, self.gathered = answered + len(self.waiting), asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, GATHER_AT_MOST)):
                await self.gathered.wait()
        self.enough = math.inf

    def _next_batch(self) -> list[Waiting]:
        batch: list[Waiting] = []
        size = 0
        while self.waiting and len(batch) < MAX_BATCH:
            size += len(self.waiting[0][0])
            if batch and size > MAX_BATCH_BYTES:
                break
            batch.append(self.waiting.popleft())
        self.waiting_bytes = self.waiting_bytes - sum(len(body) for body, _ in batch)
        return batch

    async def _write(self, bodies: Sequence[bytes]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        writing = loop.create_task(self.store.write(bodies))
        # Not `wait_for`: it would wait for the end of what it cancels, and that may never come.
        await asyncio.wait({writing}, timeout=self.commit_within)
        if not writing.done():
            writing.cancel()
            raise TimeoutError(f"not on disk within {self.commit_within:.0f} s")
        writing.result()
        self.counts.note_commit(len(bodies), loop.time() - began)

    def _give_up(self, batch: Sequence[Waiting], error: Exception) -> None:
        """Refuse this batch and, for a moment, whoever waits or comes: they are told at once."""
        refused = [*batch, *self.waiting]
        self.waiting.clear()
        self.waiting_bytes = 0
        self.away_until = asyncio.get_running_loop().time() + self.rest_for
        self.counts.commits_failed += 1
        logger.error("inbox.commit_failed", deliveries=len(refused), exc_info=error)
        _settle(refused, InboxAway())


def _settle(batch: Sequence[Waiting], error: Exception | None) -> None:
    for _, settle in batch:
        try:
            settle(error)
        except Exception:  # One sender's connection; the others wait for their answers.
            logger.exception("inbox.answer_failed")


def _resolve(committed: asyncio.Future[None], error: Exception | None) -> None:
    if committed.done():  # The caller has gone; its body is kept all the same.
        return
    if error is None:
        committed.set_result(None)
    else:
        committed.set_exception(error)
