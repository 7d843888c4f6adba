"""
Who sends: threads that call the platform, one that takes messages out of the outbox for them, one that writes.

A thread that calls never touches the database, so that a slow answer holds up nothing but itself. Whoever has its
outcome hands it to the writer; while that one writes, others come, and share its next transaction.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from uuid import UUID

from backend.conversations.record import Postponed
from backend.engine.hands import share_of
from backend.lib.clock import now
from backend.platforms.errors import PersonRateLimited, RateLimited
from backend.sending.attempt import Tried, make
from backend.sending.breaker import Breaker, Hold, is_failure
from backend.sending.lines import Line
from backend.sending.schedule import Schedule
from backend.sending.taking import Taken, Taker, Taking
from backend.sending.turns import Turns
from backend.sending.writing import Result, Writer, write

LOOK_WITHIN = 0.1  # Seconds; while all are busy, newly due messages wait no longer for a look.
# Seconds that a look waits for more threads to come free, while many are busy: it costs much.
GATHER_FOR = 0.05
BATCH = 64

Run = Callable[[Callable[[Taken], None], Iterable[Taken]], Iterable[None]]


class Crew:
    """One process's share of the sending."""

    def __init__(self, threads: int) -> None:
        # A quarter is kept for others, however slow the platform answers the one who sends much.
        self.share = share_of(threads)
        # So many are in hand at most; most of them wait for their moment while others are looked for.
        self.room = 4 * threads
        self.pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="deliver")
        self.breaker = Breaker()
        self.taker = Taker(Turns(), self.breaker)
        self.writer = Writer(self.breaker)
        self.schedule = Schedule(self._begin)
        self.in_hand: dict[UUID, Line] = {}
        self.calling = Counter[str]()  # Threads that each business has.
        self.lock = threading.Lock()
        self.freed = threading.Event()

    def send_due(self) -> bool:
        """Hand out what is due to whoever is free; whether anything is still in hand."""
        self.freed.clear()
        with self.lock:
            lines = list(self.in_hand.values())
        free, lacking = self.room - len(lines), self.schedule.lacking(self._has_hand)
        if free > 0 or lacking:
            share = share_of(self.room)
            taking = self.taker.take(free, share=share, in_hand=lines, lacking=lacking)
            self._hand_out(taking)
            lines += [each.line for each in taking.messages]
            if self.schedule.lacking(self._has_hand) and not lacking:  # It took too long; at once again.
                return True
        if not lines:
            return self.writer.is_busy() and not self.freed.wait(GATHER_FOR)
        if self.freed.wait(self.taker.rest(LOOK_WITHIN)) and len(lines) > self.room // 16:
            time.sleep(GATHER_FOR)
        return True

    def finish(self, within: float = 8.0) -> None:
        """Give back what nobody has begun, and let what is under way come to its end."""
        self.writer.closing.set()
        for taken in self.schedule.take_back():
            self._end(taken, Tried(taken.attempt.give_back(), was_asked=False))
        deadline = time.monotonic() + within
        while (self.in_hand or self.writer.is_busy()) and time.monotonic() < deadline:
            self.freed.wait(LOOK_WITHIN)
            self.freed.clear()

    def _hand_out(self, taking: Taking) -> None:
        with self.lock:
            self.in_hand |= {each.attempt.message.pk: each.line for each in taking.messages}
        for each in taking.messages:
            self.breaker.begin(each.line)
            self.schedule.add(each.place.key, each, each.place.interval)
        for key, moments in taking.moments.items():
            self.schedule.wait_for(key, moments)
        self.schedule.start()

    def _has_hand(self, taken: Taken) -> bool:
        return self.calling[taken.line.business_id] < self.share

    def _begin(self, taken: Taken) -> bool:
        with self.lock:
            if not self._has_hand(taken):
                return False
            self.calling[taken.line.business_id] += 1
        self.pool.submit(self._work, taken)
        return True

    def _work(self, taken: Taken) -> None:
        """A thread's part: try it, unless it turned out meanwhile that nothing of its account goes out."""
        rested = _rests_for(taken)
        held = self.breaker.is_held(taken.line, now())
        tried = Tried(taken.attempt.give_back(), was_asked=False) if held else make(taken.attempt)
        with self.lock:
            self.calling[taken.line.business_id] -= 1
        self._end(taken, tried, rested)

    def _end(self, taken: Taken, tried: Tried, rested: float = 0.0) -> None:
        result = judged(taken, tried, self.breaker, rested=rested)
        if account := taken.attempt.account:
            self.taker.used[taken.line.key] = taken.attempt.adapter.allowance(account).used
        self.writer.add(result)
        with self.lock:
            del self.in_hand[taken.attempt.message.pk]
        self.freed.set()


def send_batch(run: Run) -> bool:
    """Send what is due now in the caller's own way, for instance one after the other (`map`); whether there was any."""
    breaker = Breaker()
    taken = Taker(Turns(), breaker, ahead=float("inf")).take(BATCH, share=BATCH, in_hand=()).messages
    for _ in run(partial(_send_and_write, breaker), taken):
        pass
    return bool(taken)


def _send_and_write(breaker: Breaker, taken: Taken) -> None:
    rested = _rests_for(taken)
    write([judged(taken, make(taken.attempt), breaker, rested=rested)], breaker)


def judged(taken: Taken, tried: Tried, breaker: Breaker, *, rested: float = 0.0) -> Result:
    """What the attempt says of its account, and what that does to the message.

    `rested`: how long the platform had asked the account to rest before; what it says anew counts.
    """
    if not tried.was_asked:
        breaker.give_up_probe(taken.line)
        return Result(taken.attempt, tried)
    error = tried.error
    if isinstance(error, RateLimited) and not isinstance(error, PersonRateLimited):
        holds = breaker.note_throttle(taken.line, error, now())
        return _put_back(taken, tried, holds)
    if error is not None and is_failure(error):
        holds = breaker.note_failure(taken.line, error, now())
        # Where all of its account wait, no try of its own is used up.
        return _put_back(taken, tried, holds) if holds else Result(taken.attempt, tried)
    return Result(taken.attempt, tried, tuple(_heard(taken, breaker, rested)))


def _heard(taken: Taken, breaker: Breaker, rested: float) -> list[Hold]:
    """The platform answered; it may have said beside it that the account has used up what it is allowed."""
    holds = breaker.note_answer(taken.line, now())
    rests_for = _rests_for(taken)
    if rests_for > rested:
        holds += breaker.note_throttle(taken.line, RateLimited(retry_after=rests_for), now())
    return holds


def _rests_for(taken: Taken) -> float:
    attempt = taken.attempt
    return attempt.adapter.allowance(attempt.account).rests_for if attempt.account else 0.0


def _put_back(taken: Taken, tried: Tried, holds: list[Hold]) -> Result:
    outcome = tried.outcome
    if isinstance(outcome, Postponed):
        tried = replace(tried, outcome=replace(outcome, due_at=now(), counts=False))
    return Result(taken.attempt, tried, tuple(holds))
