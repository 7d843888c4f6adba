"""Whose message goes out next: businesses take turns, so that the long queue of one holds up no other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import chain, zip_longest
from uuid import UUID

from backend.conversations.models import Message
from backend.lib.clock import now

MOST_TRIES = (
    32  # Businesses asked in one look; those whose messages wait for earlier ones have nothing to give.
)
LIST_FOR = 0.25  # Seconds that the list of who waits is good for, while the threads are busy.


class Turns:
    """Remembers who was served last. Not for several threads."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.listed_at = 0.0
        self.served: dict[str, int] = {}  # Whoever waits -> the look that served them last.
        self.looks = 0

    def take(self, free: int, *, share: int, in_hand: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
        """Up to `free` messages with their businesses, fairly; no business has more than `share` in hand at once."""
        if not in_hand or self.clock() - self.listed_at > LIST_FOR:
            self._list()
        self.looks += 1
        held = Counter(in_hand.values())
        queues: list[list[tuple[UUID, str]]] = []
        for business in sorted(self.served, key=lambda one: (held[one], self.served[one]))[:MOST_TRIES]:
            most = min(free, share - held[business])
            if len(queues) < free and most > 0:
                queue = self._first_due(business, most, in_hand)
                queues += [queue] if queue else []
        rounds = chain.from_iterable(zip_longest(*queues))
        return [one for one in rounds if one is not None][:free]

    def _list(self) -> None:
        present = Message.objects.waiting_businesses(now())
        self.served = {business: self.served.get(business, 0) for business in present}
        self.listed_at = self.clock()

    def _first_due(self, business: str, most: int, in_hand: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
        self.served[business] = self.looks
        due = Message.objects.due(now()).of(business).exclude(pk__in=list(in_hand))
        return [(pk, business) for pk in due.values_list("pk", flat=True)[:most]]
