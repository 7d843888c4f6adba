"""Whose message goes out next: businesses take turns, so that the long queue of one holds up no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain, zip_longest
from uuid import UUID

from backend.conversations.models import Message
from backend.lib.clock import now

MOST_TRIES = (
    32  # Businesses asked in one look; those whose messages wait for earlier ones have nothing to give.
)


class Turns:
    """Remembers who was served last. Not for several threads."""

    def __init__(self) -> None:
        self.served: dict[str, int] = {}
        self.looks = 0

    def take(self, free: int, *, share: int, in_hand: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
        """Up to `free` messages with their businesses, fairly; no business has more than `share` in hand at once."""
        held = Counter(in_hand.values())
        waiting = Message.objects.waiting_businesses(now())
        self.served = {business: self.served.get(business, 0) for business in waiting}
        self.looks += 1
        queues: list[list[tuple[UUID, str]]] = []
        for business in sorted(waiting, key=lambda one: (held[one], self.served[one]))[:MOST_TRIES]:
            if len(queues) == free:
                break
            self.served[business] = self.looks
            queue = _first_due(business, min(free, share - held[business]), in_hand)
            if queue:
                queues.append(queue)
        rounds = chain.from_iterable(zip_longest(*queues))
        return [one for one in rounds if one is not None][:free]


def _first_due(business: str, most: int, in_hand: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
    if most <= 0:
        return []
    due = Message.objects.due(now()).of(business).exclude(pk__in=list(in_hand))
    return [(pk, business) for pk in due.values_list("pk", flat=True)[:most]]
