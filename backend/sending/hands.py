"""Threads for small errands to the platforms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from uuid import UUID

import structlog
from django.db import close_old_connections

logger = structlog.get_logger(__name__)

LOOK_WITHIN = 0.1  # Seconds; while all are busy, what is newly due waits no longer for a look.


class Hands:
    """One that waits for a slow answer keeps only itself from the next errand, and one account at most its share."""

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        self.threads = threads
        self.share = max(1, threads - threads // 4)
        self.pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self.in_hand: dict[UUID, Future[None]] = {}
        self.owners: dict[UUID, UUID] = {}

    def work(self, due: Iterable[tuple[UUID, UUID]], errand: Callable[[UUID], None]) -> bool:
        """Hand out what is due, each with whose it is, to whoever is free; whether anything is still in hand."""
        self._forget_done()
        held = Counter(self.owners.values())
        for errand_id, owner in due:
            if len(self.in_hand) >= self.threads:
                break
            if errand_id not in self.in_hand and held[owner] < self.share:
                held[owner] += 1
                self.owners[errand_id] = owner
                self.in_hand[errand_id] = self.pool.submit(self._run, errand, errand_id)
        wait(self.in_hand.values(), timeout=LOOK_WITHIN, return_when=FIRST_COMPLETED)
        return bool(self.in_hand)

    @staticmethod
    def _run(errand: Callable[[UUID], None], errand_id: UUID) -> None:
        try:
            errand(errand_id)
        finally:
            close_old_connections()  # A thread that kept its connection would empty the pool.

    def _forget_done(self) -> None:
        for errand_id, future in list(self.in_hand.items()):
            if future.done():
                del self.in_hand[errand_id], self.owners[errand_id]
                if error := future.exception():
                    logger.error("errand.failed", errand=self.name, id=str(errand_id), exc_info=error)
