"""Threads for errands that wait for others: a slow answer keeps only itself from the next one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar
from uuid import UUID

import structlog
from django.db import close_old_connections

logger = structlog.get_logger(__name__)

LOOK_WITHIN = 0.1  # Seconds; while all are busy, what is newly due waits no longer for a look.

R = TypeVar("R")


def share_of(threads: int) -> int:
    """How many of them one owner may have: a quarter is kept for others, however much one of them waits for."""
    return max(1, threads - threads // 4)


class Hands(Generic[R]):
    """Threads, and what each has in hand. Looks come from one thread at a time."""

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        self.threads = threads
        self.share = share_of(threads)
        self.pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self.in_hand: dict[UUID, Future[R]] = {}
        self.owners: dict[UUID, Hashable] = {}  # Of what is in hand.

    @property
    def free(self) -> int:
        """How many have nothing in hand."""
        return self.threads - len(self.in_hand)

    def begin(self, key: UUID, errand: Callable[[UUID], R], about: UUID, owner: Hashable = None) -> None:
        """Let a thread run the errand; it is in hand under this key."""
        self.owners[key] = owner
        self.in_hand[key] = self.pool.submit(self._run, errand, about)

    def ended(self) -> Iterator[tuple[UUID, R]]:
        """What has come to its end since, and with what; whatever failed is logged."""
        for key, future in list(self.in_hand.items()):
            if future.done():
                del self.in_hand[key], self.owners[key]
                if error := future.exception():
                    logger.error("errand.failed", errand=self.name, id=str(key), exc_info=error)
                else:
                    yield key, future.result()

    def forget_ended(self) -> None:
        """Likewise, where nobody asks with what."""
        for _ in self.ended():
            pass

    def rest(self, within: float = LOOK_WITHIN) -> bool:
        """Until one comes to its end, or for so many seconds; whether anything is still in hand."""
        wait(self.in_hand.values(), timeout=within, return_when=FIRST_COMPLETED)
        return bool(self.in_hand)

    def work(self, due: Iterable[tuple[UUID, Hashable]], errand: Callable[[UUID], R]) -> bool:
        """Hand out what is due, each with whose it is, to whoever is free; whether anything is still in hand."""
        self.forget_ended()
        held = Counter(self.owners.values())
        for key, owner in due:
            if not self.free:
                break
            if key not in self.in_hand and held[owner] < self.share:
                held[owner] += 1
                self.begin(key, errand, key, owner)
        return self.rest()

    @staticmethod
    def _run(errand: Callable[[UUID], R], about: UUID) -> R:
        try:
            return errand(about)
        finally:
            close_old_connections()  # A thread that kept its connection would empty the pool.
