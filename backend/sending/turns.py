"""Whose messages go out next: businesses take turns, then accounts; nobody waits for the long queue of others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import chain, zip_longest
from uuid import UUID

from backend.conversations.models.outbox import Waiting, waiting_accounts
from backend.lib.clock import now
from backend.sending.lines import Line, lines_of

MOST_TRIES = (
    32  # Accounts asked in one look; those whose messages wait for earlier ones have nothing to give.
)
LIST_FOR = 0.25  # Seconds that the list of who waits is good for, while the threads are busy.

# How many messages of a line may be tried at this moment, at most so many.
Room = Callable[[Line, int], int]


class Turns:
    """Remembers who was asked and who was served last. Not for several threads."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.listed_at = float("-inf")
        self.lines: dict[UUID, Line] = {}  # Whoever waits.
        self.asked: dict[UUID, int] = {}  # Account -> the look that asked it last.
        self.served: dict[UUID | str, int] = {}  # Account, and business -> the turn that was theirs last.
        self.looks = self.turns = 0

    def is_listed(self) -> bool:
        """Whether the list of who waits is new enough."""
        return self.clock() - self.listed_at <= LIST_FOR

    def list_anew(self) -> None:
        """Look who waits."""
        self.lines = lines_of(waiting_accounts(now()))
        names = {line.business_id for line in self.lines.values()}
        self.asked = {each: self.asked.get(each, 0) for each in self.lines}
        present: list[UUID | str] = [*self.lines, *names]
        self.served = {each: self.served.get(each, 0) for each in present}
        self.listed_at = self.clock()

    def ask(self, free: int, *, share: int, in_hand: Collection[Line], room: Room) -> dict[UUID, int]:
        """How many messages to look for of each account; no business has more than `share` in hand at once."""
        self.looks += 1
        held = Counter(line.business_id for line in in_hand)
        asked: dict[UUID, int] = {}
        for line in sorted(self.lines.values(), key=lambda one: self.asked[one.integration_id]):
            most = min(free, share - held[line.business_id])
            if most > 0 and (room_now := room(line, most)) > 0:
                asked[line.integration_id] = room_now
                self.asked[line.integration_id] = self.looks
            if len(asked) == MOST_TRIES:
                break
        return asked

    def choose(
        self, waiting: Collection[Waiting], free: int, *, share: int, in_hand: Collection[Line]
    ) -> list[Waiting]:
        """Up to `free` of these: a round of all businesses after the other, those first who have least in hand."""
        held = Counter[UUID | str](line.business_id for line in in_hand)
        held.update(line.integration_id for line in in_hand)
        accounts: dict[UUID, list[Waiting]] = {}
        for each in waiting:
            accounts.setdefault(each.integration_id, []).append(each)
        businesses: dict[str, list[list[Waiting]]] = {}
        for account in sorted(accounts, key=lambda one: (held[one], self.served[one])):
            businesses.setdefault(self.lines[account].business_id, []).append(accounts[account])
        names = sorted(businesses, key=lambda one: (held[one], self.served[one]))
        queues = [_rounds(businesses[name])[: share - held[name]] for name in names]
        chosen = _rounds(queues)[:free]
        for message in chosen:
            self._note_turn(message)
        return chosen

    def _note_turn(self, message: Waiting) -> None:
        self.turns += 1
        business = self.lines[message.integration_id].business_id
        self.served[message.integration_id] = self.served[business] = self.turns


def _rounds(queues: Iterable[list[Waiting]]) -> list[Waiting]:
    """One of each queue, then the next of each."""
    return [each for each in chain.from_iterable(zip_longest(*queues)) if each is not None]
