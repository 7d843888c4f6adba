"""
Whose fault it is that nothing goes out, and how long that is waited for.

An account that is told to slow down rests; one that fails again and again is tried now and then, and nobody else feels
it. Where several fail on the same host and none goes through, it is the platform's outage: then a single message looks,
every few seconds, whether it is over, and with the first one that goes through everything goes on.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.platforms.errors import OutcomeUnknown, PlatformError, RateLimited, Unavailable
from backend.sending.backoff import rest_of_account
from backend.sending.lines import Line
from backend.sending.models import HeldFor

FAILURES = 3  # In a row, after which an account is held.
SEEN_WITHIN = timedelta(seconds=60)  # Accounts that failed this lately make an outage together.
FIRST_HOLD, LONGEST_HOLD = 2.0, 20.0  # Seconds.
LOOK_AGAIN = 5.0  # Seconds between two looks whether an outage is over ...
LOOK_AGAIN_UNHEARD = 15.0  # ... where each may cost a message, of which nobody knows then whether it arrived.


@dataclass(slots=True)
class Trouble:
    """What an account, or a host, has had of late."""

    failures: int = 0  # In a row.
    throttled: int = 0  # Likewise.
    first_at: datetime | None = None
    last_at: datetime | None = None
    until: datetime | None = None
    reason: HeldFor | None = None
    probing: bool = False  # One is under way; the others wait for what becomes of it.
    host: str = ""  # Of an account.
    shared: bool = False  # It stands in the database: who finds it gone there, lets go.


@dataclass(frozen=True, slots=True)
class Hold:
    """What every worker should know: nothing of this goes out before then; None: it goes on."""

    key: str
    until: datetime | None
    reason: HeldFor | None = None
    since: datetime | None = None
    told: str = ""


@dataclass(slots=True)
class Breaker:
    """What this process knows of accounts and hosts. For several threads."""

    chance: Callable[[], float] = random.random
    accounts: dict[str, Trouble] = field(default_factory=dict)
    hosts: dict[str, Trouble] = field(default_factory=dict)
    went_through_at: dict[str, datetime] = field(default_factory=dict)  # Of each host.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def room(self, line: Line, at: datetime, most: int) -> int:
        """How many messages of the account may be tried now, at most so many: one where it has to prove itself."""
        with self.lock:
            for trouble in self._troubles(line):
                if trouble.probing or (trouble.until and at < trouble.until):
                    return 0
                most = min(most, 1)
            return most

    def is_outage(self, line: Line) -> bool:
        """Whether the host of the account has an outage, so that one message looks for all of it."""
        with self.lock:
            host = self.hosts.get(line.host)
            return host is not None and host.reason is not None

    def begin(self, line: Line) -> None:
        """A message of the account is tried: where it has to prove itself, the others wait for what becomes of it."""
        with self.lock:
            for trouble in self._troubles(line):
                trouble.probing = True

    def is_held(self, line: Line, at: datetime) -> bool:
        """Whether it turned out, since the message was taken, that nothing of its account goes out."""
        with self.lock:
            return any(each.until and at < each.until for each in self._troubles(line))

    def give_up_probe(self, line: Line) -> None:
        """The message was not tried after all."""
        with self.lock:
            for trouble in self._troubles(line):
                trouble.probing = False

    def _troubles(self, line: Line) -> list[Trouble]:
        """What holds the account up: in an outage, that alone, and being told to slow down."""
        host, account = self.hosts.get(line.host), self.accounts.get(line.key)
        found = [each for each in (host, account) if each is not None and each.reason is not None]
        if len(found) == 2 and found[1].reason == HeldFor.FAILING:
            return found[:1]
        return found

    def note_answer(self, line: Line, at: datetime) -> list[Hold]:
        """The platform answered what it was asked, were it with a refusal."""
        with self.lock:
            was = self.accounts.pop(line.key, None)
            holds = [Hold(line.key, None)] if was and was.reason else []
            return holds + self._end_outage(line, at)

    def note_failure(self, line: Line, error: PlatformError, at: datetime) -> list[Hold]:
        """The platform could not answer, or did not."""
        with self.lock:
            host = self.hosts.get(line.host)
            if host is not None and host.reason is not None:
                return [self._hold_host(line, host, error, at)]
            trouble = self.accounts.setdefault(line.key, Trouble(host=line.host))
            trouble.failures += 1
            trouble.first_at, trouble.last_at = trouble.first_at or at, at
            trouble.probing = False
            holds = []
            if trouble.failures >= FAILURES:
                seconds = min(FIRST_HOLD * 2 ** min(trouble.failures - FAILURES, 8), LONGEST_HOLD)
                holds.append(self._hold(line.key, trouble, HeldFor.FAILING, seconds, error, at))
            if self._is_outage(line.host, at):
                host = self.hosts.setdefault(line.host, Trouble(first_at=at))
                holds.append(self._hold_host(line, host, error, at))
            return holds

    def note_throttle(self, line: Line, error: RateLimited, at: datetime) -> list[Hold]:
        """The platform told the account to slow down: all of it rests, not this message alone."""
        with self.lock:
            trouble = self.accounts.setdefault(line.key, Trouble(host=line.host))
            trouble.first_at, trouble.last_at = trouble.first_at or at, at
            if trouble.until and at < trouble.until and trouble.reason == HeldFor.THROTTLED:
                return []  # Others of the same moment say the same.
            trouble.throttled += 1
            rest = rest_of_account(error, trouble.throttled, chance=self.chance())
            hold = self._hold(line.key, trouble, HeldFor.THROTTLED, rest.total_seconds(), error, at)
            return [*self._end_outage(line, at), hold]

    def learn(self, holds: Iterable[Hold]) -> None:
        """Take what other workers found out; what they hold, and what they let go."""
        told = {hold.key: hold for hold in holds}
        with self.lock:
            for key, hold in told.items():
                known = self._known(key).setdefault(key, Trouble(failures=FAILURES, first_at=hold.since))
                known.shared = True
                if known.until is None or (hold.until and hold.until > known.until):
                    known.until, known.reason = hold.until, hold.reason
            for known_here in (self.accounts, self.hosts):
                for key in [key for key, each in known_here.items() if each.shared and key not in told]:
                    del known_here[key]

    def note_shared(self, holds: Iterable[Hold]) -> None:
        """These stand in the database now."""
        with self.lock:
            for hold in holds:
                if known := self._known(hold.key).get(hold.key):
                    known.shared = True

    def _known(self, key: str) -> dict[str, Trouble]:
        return self.hosts if key.startswith("host:") else self.accounts

    def _end_outage(self, line: Line, at: datetime) -> list[Hold]:
        """The host has answered: whatever failed by its outage goes on at once."""
        self.went_through_at[line.host] = at
        over = self.hosts.pop(line.host, None)
        if over is None or not over.reason:
            return []
        failing = [key for key, each in self.accounts.items() if each.reason == HeldFor.FAILING]
        resting = {key: each for key, each in self.accounts.items() if each.reason == HeldFor.THROTTLED}
        self.accounts = resting
        return [Hold(key, None) for key in (line.host, *failing)]

    def _is_outage(self, host: str, at: datetime) -> bool:
        """Several accounts fail again and again, and nothing has gone through since."""
        failing = [
            each
            for each in self.accounts.values()
            if each.host == host
            and each.failures >= FAILURES - 1
            and each.last_at
            and at - each.last_at < SEEN_WITHIN
        ]
        through = self.went_through_at.get(host)
        begun = max((each.first_at for each in failing if each.first_at), default=at)
        return len(failing) > 1 and (through is None or through <= begun)

    def _hold_host(self, line: Line, host: Trouble, error: PlatformError, at: datetime) -> Hold:
        seconds = LOOK_AGAIN_UNHEARD if isinstance(error, OutcomeUnknown) else LOOK_AGAIN
        return self._hold(line.host, host, HeldFor.OUTAGE, seconds, error, at)

    def _hold(
        self, key: str, trouble: Trouble, reason: HeldFor, seconds: float, error: PlatformError, at: datetime
    ) -> Hold:
        trouble.until = at + timedelta(seconds=seconds)
        trouble.reason, trouble.probing = reason, False
        return Hold(key, trouble.until, reason, trouble.first_at or at, error.told)


def is_failure(error: PlatformError) -> bool:
    """Whether the platform failed, rather than answered."""
    return isinstance(error, Unavailable | OutcomeUnknown) and not isinstance(error, RateLimited)
