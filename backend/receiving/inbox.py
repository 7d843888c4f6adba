"""Group commit: many deliveries wait for one transaction, and none is acknowledged before it is on disk."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import close_old_connections

from backend.engine.lanes import ring
from backend.receiving.models import WebhookEvent

logger = structlog.get_logger(__name__)

MAX_WAITING = 10_000
MAX_BATCH = 1_000


class InboxFull(Exception):
    """More deliveries wait for the disk than may; the platform is asked to come back."""


class Inbox:
    """Writes every waiting body with one transaction; one is in flight at a time, the next gathers meanwhile."""

    def __init__(self, store: Callable[[Sequence[bytes]], None], *, max_waiting: int = MAX_WAITING) -> None:
        self.store = store
        self.max_waiting = max_waiting
        self.waiting: deque[tuple[bytes, asyncio.Future[None]]] = deque()
        self.flushing: asyncio.Task[None] | None = None
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")

    async def commit(self, body: bytes) -> None:
        """Return once the body is on disk. Raises InboxFull, or what the database raised."""
        if len(self.waiting) >= self.max_waiting:
            raise InboxFull
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((body, committed))
        if self.flushing is None or self.flushing.done():
            self.flushing = asyncio.create_task(self._flush())
        await committed

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self.waiting:
            batch = [self.waiting.popleft() for _ in range(min(len(self.waiting), MAX_BATCH))]
            try:
                await loop.run_in_executor(self.thread, self.store, [body for body, _ in batch])
            except Exception as error:  # Whatever it was: nothing of this batch may be acknowledged.
                logger.error("inbox.commit_failed", deliveries=len(batch), exc_info=error)
                _settle(batch, error)
            else:
                _settle(batch, None)


def _settle(batch: Sequence[tuple[bytes, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, committed in batch:
        if committed.done():  # The caller has gone; its body is kept all the same.
            continue
        if error is None:
            committed.set_result(None)
        else:
            committed.set_exception(error)


def store(bodies: Sequence[bytes]) -> None:
    """Insert the bodies in one transaction, then ring. Runs in the inbox's own thread."""
    close_old_connections()  # A connection that died with the database is replaced here.
    WebhookEvent.objects.bulk_create([WebhookEvent(body=body) for body in bodies])
    ring("inbox")
