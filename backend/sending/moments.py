"""The next moments of each line are given away: first to works that have lost theirs, then to messages."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from backend.conversations.models.outbox import Waiting
from backend.sending.lines import Line
from backend.sending.paces import SharedClock, Wish, take_moments
from backend.sending.pacing import AHEAD, HEAVY, Grant, slowness

Queues = Mapping[Line, Sequence[Waiting]]


@dataclass(frozen=True, slots=True)
class Place:
    """On which line a message waits, and the seconds from one moment of it to the next."""

    key: str
    interval: float


@dataclass(frozen=True, slots=True)
class Given:
    """What was given away; moments by the monotonic clock."""

    moments: dict[str, list[float]] = field(default_factory=dict)
    places: dict[UUID, Place] = field(default_factory=dict)  # Of the messages that got one.
    later: dict[UUID, float] = field(default_factory=dict)  # When those get one that wait for their kind.
    next_at: dict[str, float] = field(default_factory=dict)  # Of the lines that had too few.


def give_moments(
    queues: Queues,
    lacking: Mapping[str, Wish],
    clock: SharedClock,
    *,
    used: Mapping[str, int],
    lead: float = 0.0,
    ahead: float = AHEAD,
) -> Given:
    """Give them in the caller's transaction. `used`: percent of its allowance that an account has used up; `lead`:
    seconds before which nothing can leave.
    """
    wishes = _wishes(queues, lacking, used)
    granted = take_moments(wishes, clock, lead=lead, ahead=ahead)
    free = {key: _moments(grant, wishes[key], clock) for key, grant in granted.items()}
    given = Given()
    for key, wish in lacking.items():
        _move(free[key], given.moments.setdefault(key, []), wish.count)
    for line, those in queues.items():
        _serve(line, those, wishes, free, given)
    for key, grant in granted.items():
        if grant.count < wishes[key].count:
            given.next_at[key] = clock.here(grant.next_at)
    _put_off(queues, wishes, given)
    return given


def _wishes(queues: Queues, lacking: Mapping[str, Wish], used: Mapping[str, int]) -> dict[str, Wish]:
    intervals = {key: wish.interval for key, wish in lacking.items()}
    wanted = Counter({key: wish.count for key, wish in lacking.items()})
    for line, those in queues.items():
        intervals[line.key] = 1 / (line.rate * slowness(used.get(line.key, 0)))
        wanted[line.key] += len(those)
        if line.heavy_rate:
            intervals[line.heavy_key] = 1 / line.heavy_rate
            wanted[line.heavy_key] += sum(each.type in HEAVY for each in those)
    return {key: Wish(count, intervals[key]) for key, count in wanted.items() if count}


def _moments(grant: Grant, wish: Wish, clock: SharedClock) -> deque[float]:
    return deque(clock.here(grant.start + number * wish.interval) for number in range(grant.count))


def _move(source: deque[float], target: list[float], most: int) -> None:
    target += [source.popleft() for _ in range(min(most, len(source)))]


def _serve(
    line: Line,
    those: Sequence[Waiting],
    wishes: Mapping[str, Wish],
    free: Mapping[str, deque[float]],
    given: Given,
) -> None:
    """What is heavy needs a moment of its kind as well, and waits for the later of both."""
    own = free[line.key]
    for each in those:
        key = line.heavy_key if line.heavy_rate and each.type in HEAVY else line.key
        if own and free[key]:
            moment = own.popleft()
            moment = max(moment, free[key].popleft()) if key != line.key else moment
            given.moments.setdefault(key, []).append(moment)
            given.places[each.id] = Place(key, wishes[key].interval)


def _put_off(queues: Queues, wishes: Mapping[str, Wish], given: Given) -> None:
    """What waits for its kind is out of the way of the others meanwhile."""
    for line, those in queues.items():
        next_at = given.next_at.get(line.heavy_key)
        heavy = [each for each in those if each.type in HEAVY and each.id not in given.places]
        if next_at is not None:
            for number, each in enumerate(heavy):
                given.later[each.id] = next_at + number * wishes[line.heavy_key].interval
