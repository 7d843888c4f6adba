"""
Threads that wait for others: each works on one row, businesses take turns, and no lane waits for a slow answer.

A look hands out what is due to whoever is free. Rows are claimed by whoever works on them, so that any number of
processes may do the same.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import chain, zip_longest
from uuid import UUID

import structlog
from django.db import close_old_connections

logger = structlog.get_logger(__name__)

LOOK_WITHIN = 0.5  # Seconds; while all are busy, newly due rows wait no longer for a look.
LIST_FOR = 0.25  # Seconds that the list of who waits is good for, while the threads are busy.
MOST_TRIES = 32  # Businesses asked in one look.

ListWaiting = Callable[[], Sequence[str]]
FindDue = Callable[[str, int, Sequence[UUID]], Sequence[UUID]]  # Of a business, so many, without these.


class FairTurns:
    """Whose row comes next: the long queue of one business holds up no other. Not for several threads."""

    def __init__(
        self, waiting: ListWaiting, due: FindDue, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.waiting = waiting
        self.due = due
        self.clock = clock
        self.listed_at = 0.0
        self.served: dict[str, int] = {}  # Whoever waits -> the look that served them last.
        self.looks = 0

    def take(self, free: int, *, share: int, in_hand: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
        """Up to `free` rows with their businesses; no business has more than `share` in hand at once."""
        if not in_hand or self.clock() - self.listed_at > LIST_FOR:
            self.served = {business: self.served.get(business, 0) for business in self.waiting()}
            self.listed_at = self.clock()
        self.looks += 1
        held = Counter(in_hand.values())
        queues: list[list[tuple[UUID, str]]] = []
        for business in sorted(self.served, key=lambda one: (held[one], self.served[one]))[:MOST_TRIES]:
            most = min(free, share - held[business])
            if len(queues) < free and most > 0:
                self.served[business] = self.looks
                found = self.due(business, most, list(in_hand))
                queues += [[(row, business) for row in found]] if found else []
        rounds = chain.from_iterable(zip_longest(*queues))
        return [one for one in rounds if one is not None][:free]


class Crew:
    """A pool of threads with what each has in hand."""

    def __init__(self, name: str, threads: int, work: Callable[[UUID], None], turns: FairTurns) -> None:
        self.name = name
        self.threads = threads
        # A quarter is kept for others, however much one business waits for.
        self.share = max(1, threads - threads // 4)
        self.work = work
        self.turns = turns
        self.pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self.in_hand: dict[UUID, Future[None]] = {}
        self.owners: dict[UUID, str] = {}

    def work_on_due(self) -> bool:
        """Hand out what is due to whoever is free; whether anything is still in hand."""
        self._forget_done()
        free = self.threads - len(self.in_hand)
        if free:
            for row, business in self.turns.take(free, share=self.share, in_hand=self.owners):
                self.owners[row] = business
                self.in_hand[row] = self.pool.submit(self._work_and_give_back, row)
        wait(self.in_hand.values(), timeout=LOOK_WITHIN, return_when=FIRST_COMPLETED)
        return bool(self.in_hand)

    def _work_and_give_back(self, row: UUID) -> None:
        try:
            self.work(row)
        finally:
            close_old_connections()  # A thread that kept its connection would empty the pool.

    def _forget_done(self) -> None:
        for row, future in list(self.in_hand.items()):
            if future.done():
                del self.in_hand[row], self.owners[row]
                if error := future.exception():
                    logger.error("crew.failed", crew=self.name, row=str(row), exc_info=error)
