"""Messages are taken out of the outbox: whose turn it is, as fast as each account may send, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
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
from backend.sending.paces import SharedClock, Wish, take_moments
from backend.sending.pacing import AHEAD, HEAVY, Grant, longest_debt, person_turn, slowness
from backend.sending.turns import Turns


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is ours to send, and the moment for it."""

    attempt: Attempt
    line: Line
    moment: float  # By the monotonic clock.
    interval: float  # Seconds to the next one of its account.


@dataclass(slots=True)
class Choice:
    """What one look found: what may go out, and what waits for its person, or for its kind."""

    at: datetime
    moments: dict[UUID, tuple[float, float]] = field(default_factory=dict)
    persons: dict[UUID, datetime | None] = field(default_factory=dict)
    later: list[tuple[UUID, datetime]] = field(default_factory=list)


class Taker:
    """Takes what one process can send. Not for several threads."""

    def __init__(self, turns: Turns, breaker: Breaker, *, ahead: float = AHEAD) -> None:
        self.turns = turns
        self.breaker = breaker
        self.ahead = ahead
        self.looking: set[str] = set()  # Hosts for which one message looks whether their outage is over.
        self.clock = SharedClock()
        self.ready_at: dict[str, float] = {}  # Lines whose moments are all taken; by the monotonic clock.
        self.used: dict[
            str, int
        ] = {}  # Percent of its allowance that an account has used, as the platform said.

    def take(self, free: int, *, share: int, in_hand: Collection[Line]) -> list[Taken]:
        """Up to `free` messages that are ours from now on."""
        at = now()
        if not in_hand or not self.turns.is_listed():
            self.turns.list_anew()
            self.breaker.learn(paces.holds())
        self.looking.clear()
        wanted = self.turns.ask(
            free, share=share, in_hand=in_hand, room=lambda line, most: self._room(line, most, at)
        )
        if not wanted:
            return []
        choice = Choice(at)
        with transaction.atomic():
            chosen = self.turns.choose(pick(at, wanted), free, share=share, in_hand=in_hand)
            self._give_moments(self._by_line(self._within_persons(chosen, choice)), choice)
            claimed = claim([(each, choice.persons.get(each)) for each in choice.moments], at)
            record_paced(choice.later)
        return [
            Taken(
                attempt, self.turns.lines[attempt.message.integration_id], *choice.moments[attempt.message.pk]
            )
            for attempt in load(claimed)
        ]

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

    def _within_persons(self, chosen: Sequence[Waiting], choice: Choice) -> list[Waiting]:
        """Those whose person may be sent something now; the others wait until that is so."""
        limited = [each for each in chosen if self._line(each).pacing.person_every]
        if not limited:
            return list(chosen)
        since = choice.at - max(longest_debt(self._line(each).pacing) for each in limited)
        taken = paced_until([each.conversation_id for each in limited], since)
        allowed = []
        for each in chosen:
            pacing = self._line(each).pacing
            allowed_at, until = person_turn(pacing, taken.get(each.conversation_id), choice.at)
            if allowed_at is not None and allowed_at > choice.at:
                choice.later.append((each.id, allowed_at))
                continue
            choice.persons[each.id] = until
            allowed.append(each)
        return allowed

    def _by_line(self, chosen: Sequence[Waiting]) -> dict[Line, list[Waiting]]:
        lines: dict[Line, list[Waiting]] = {}
        for each in chosen:
            lines.setdefault(self._line(each), []).append(each)
        return lines

    def _give_moments(self, lines: dict[Line, list[Waiting]], choice: Choice) -> None:
        """The next moments of each account to its messages; what gets none stays where it is."""
        heavy = {
            line: [each for each in those if each.type in HEAVY]
            for line, those in lines.items()
            if line.heavy_rate
        }
        intervals = {line: 1 / (line.rate * slowness(self.used.get(line.key, 0))) for line in lines}
        wishes = {line.key: Wish(len(those), intervals[line]) for line, those in lines.items()}
        wishes |= {
            line.heavy_key: Wish(len(those), 1 / line.heavy_rate)
            for line, those in heavy.items()
            if those and line.heavy_rate
        }
        granted = take_moments(wishes, self.clock, ahead=self.ahead)
        for line, those in lines.items():
            grant = granted[line.key]
            if grant.count < len(those):
                self.ready_at[line.key] = self.clock.here(grant.next_at) - self.ahead / 2
            for number, each in enumerate(those[: grant.count]):
                moment = self.clock.here(grant.start + number * intervals[line])
                choice.moments[each.id] = (moment, intervals[line])
        for line, those in heavy.items():
            if those:
                self._give_heavy(line, those, granted[line.heavy_key], choice)

    def _give_heavy(self, line: Line, those: Sequence[Waiting], grant: Grant, choice: Choice) -> None:
        interval = 1 / (line.heavy_rate or line.rate)
        for number, each in enumerate(those):
            moment = self.clock.here(grant.start + number * interval)
            own = choice.moments.pop(each.id, None)
            if number >= grant.count:
                wait = timedelta(seconds=max(0.0, moment - time.monotonic()))
                choice.later.append((each.id, choice.at + wait))
            elif own:
                choice.moments[each.id] = (max(own[0], moment), own[1])

    def _line(self, waiting: Waiting) -> Line:
        return self.turns.lines[waiting.integration_id]
