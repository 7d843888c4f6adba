"""Messages are taken out of the outbox: whose turn it is, as fast as each account may send, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.conversations.models.outbox import Waiting, claim, paced_until, pick
from backend.conversations.record import record_paced
from backend.lib.clock import now
from backend.sending import paces
from backend.sending.attempt import Attempt, load
from backend.sending.breaker import Breaker
from backend.sending.lines import Line
from backend.sending.moments import Given, Place, give_moments
from backend.sending.paces import SharedClock, Wish
from backend.sending.pacing import AHEAD, PersonTurn, longest_debt, person_turn
from backend.sending.turns import Turns

LONGEST = 0.1  # Seconds that messages may be expected to take to be there ...
FORGOTTEN = 0.9  # ... where one look that took long is forgotten bit by bit.


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is ours to send, on which line it waits for its moment."""

    attempt: Attempt
    line: Line
    place: Place


@dataclass(frozen=True, slots=True)
class Taking:
    """What one look took: messages, and the moments of lines, by the monotonic clock."""

    messages: Sequence[Taken] = ()
    moments: Mapping[str, Sequence[float]] = field(default_factory=dict)


class Taker:
    """Takes what one process can send. Not for several threads."""

    def __init__(self, turns: Turns, breaker: Breaker, *, ahead: float = AHEAD) -> None:
        self.turns = turns
        self.breaker = breaker
        self.ahead = ahead
        self.looking: set[str] = set()  # Hosts for which one message looks whether their outage is over.
        self.clock = SharedClock()
        self.lasts = (
            0.02  # Seconds from giving moments to having the messages for them: before that none can leave.
        )
        self.ready_at: dict[str, float] = {}  # Lines whose moments are all taken; by the monotonic clock.
        self.used: dict[
            str, int
        ] = {}  # Percent of its allowance that an account has used, as the platform said.

    def take(
        self, free: int, *, share: int, in_hand: Collection[Line], lacking: Mapping[str, Wish] | None = None
    ) -> Taking:
        """Up to `free` messages that are ours from now on, with moments for them and for those that lack some."""
        at = now()
        if not in_hand or not self.turns.is_listed():
            self.turns.list_anew()
            self.breaker.learn(paces.holds())
        self.looking.clear()
        wanted = self.turns.ask(
            free, share=share, in_hand=in_hand, room=lambda line, most: self._room(line, most, at)
        )
        if not wanted and not lacking:
            return Taking()
        began = time.monotonic()
        with transaction.atomic():
            chosen = self.turns.choose(pick(at, wanted), free, share=share, in_hand=in_hand)
            persons = self._turns_of_persons(chosen, at)
            queues = self._by_line(each for each in chosen if _may_go(persons[each.id], at))
            given = give_moments(
                queues, lacking or {}, self.clock, used=self.used, lead=self.lasts, ahead=self.ahead
            )
            claimed = claim([(each, persons[each].until) for each in given.places], at)
            record_paced([*_waiting_for_persons(persons, at), *_waiting_for_kind(given, at)])
        for key, next_at in given.next_at.items():
            self.ready_at[key] = next_at - self.ahead / 2
        messages = [
            Taken(each, self.turns.lines[each.message.integration_id], given.places[each.message.pk])
            for each in load(claimed)
        ]
        self.lasts = min(LONGEST, max(time.monotonic() - began, FORGOTTEN * self.lasts))
        return Taking(messages, given.moments)

    def rest(self, at_most: float) -> float:
        """Seconds until a line that waits has moments again, at most so many."""
        present = time.monotonic()
        return max(0.001, min([at_most, *(at - present for at in self.ready_at.values() if at > present)]))

    def _room(self, line: Line, most: int, at: datetime) -> int:
        if self.ready_at.get(line.key, 0.0) > time.monotonic():
            return 0
        room = self.breaker.room(line, at, most)
        if room and self.breaker.is_outage(line):
            if line.host in self.looking:
                return 0
            self.looking.add(line.host)
        return room

    def _turns_of_persons(self, chosen: Sequence[Waiting], at: datetime) -> dict[UUID, PersonTurn]:
        """When the person of each message may be sent it."""
        limited = [each for each in chosen if self._line(each).pacing.person_every]
        since = at - max((longest_debt(self._line(each).pacing) for each in limited), default=timedelta())
        taken = paced_until([each.conversation_id for each in limited], since) if limited else {}
        return {
            each.id: person_turn(self._line(each).pacing, taken.get(each.conversation_id), at)
            for each in chosen
        }

    def _by_line(self, chosen: Iterable[Waiting]) -> dict[Line, list[Waiting]]:
        lines: dict[Line, list[Waiting]] = {}
        for each in chosen:
            lines.setdefault(self._line(each), []).append(each)
        return lines

    def _line(self, waiting: Waiting) -> Line:
        return self.turns.lines[waiting.integration_id]


def _may_go(turn: PersonTurn, at: datetime) -> bool:
    return turn.allowed_at is None or turn.allowed_at <= at


def _waiting_for_persons(persons: Mapping[UUID, PersonTurn], at: datetime) -> list[tuple[UUID, datetime]]:
    return [
        (each, turn.allowed_at) for each, turn in persons.items() if turn.allowed_at and turn.allowed_at > at
    ]


def _waiting_for_kind(given: Given, at: datetime) -> list[tuple[UUID, datetime]]:
    present = time.monotonic()
    return [
        (each, at + timedelta(seconds=max(0.0, moment - present))) for each, moment in given.later.items()
    ]
