"""
Threads that wait for others: each works on one row, businesses take turns, and no lane waits for a slow answer.

A look hands out what is due to whoever is free. Rows are claimed by whoever works on them, so that any number of
processes may do the same.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, zip_longest
from uuid import UUID

from backend.engine.hands import Hands

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
    """Hands that work on what is due, in fair turns."""

    def __init__(self, name: str, threads: int, work: Callable[[UUID], None], turns: FairTurns) -> None:
        self.hands = Hands[None](name, threads)
        self.work = work
        self.turns = turns

    def work_on_due(self) -> bool:
        """Hand out what is due to whoever is free; whether anything is still in hand."""
        hands = self.hands
        hands.forget_ended()
        in_hand = {row: str(owner) for row, owner in hands.owners.items()}
        if hands.free:
            for row, business in self.turns.take(hands.free, share=hands.share, in_hand=in_hand):
                hands.begin(row, self.work, row, business)
        return hands.rest(LOOK_WITHIN)
