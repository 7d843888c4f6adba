"""How fast an account may send: shared by all workers, never faster than the platform takes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.platforms.registry import PLATFORMS
from backend.sending.paces import SharedClock, Wish, take_moments
from backend.sending.pacing import AHEAD, SHARE, SLOWEST, grant, person_turn, rate_of, slowness
from backend.sending.schedule import LATE, Schedule
from backend.simulator.throughput import Bucket

WHATSAPP = PLATFORMS["WHATSAPP"].pacing
AT = datetime(2026, 3, 2, tzinfo=UTC)

Looks = st.lists(st.tuples(st.floats(0, 0.2), st.integers(1, 60)), max_size=60)


@given(Looks, st.sampled_from([20, 80, 300, 1000]))
def test_whoever_takes_moments_nobody_has_one_twice_nor_too_early(
    looks: list[tuple[float, int]], limit: int
) -> None:
    """Any number of workers, in any order: they keep the distance, and the platform's bucket never runs dry."""
    interval, next_at, now = 1 / (limit * SHARE), 0.0, 100.0
    moments: list[float] = []
    for pause, want in looks:
        now += pause
        given_now = grant(next_at, now, want=want, interval=interval)
        next_at = given_now.next_at
        block = [given_now.start + number * interval for number in range(given_now.count)]
        assert all(now <= moment <= now + AHEAD + interval for moment in block)
        moments += block
    assert all(later - earlier > interval * 0.999 for earlier, later in pairwise(moments))
    bucket = Bucket(left=1.0, at=100.0)
    assert all(bucket.takes(moment, limit, limit) for moment in moments)


def test_a_busy_line_gets_all_that_is_allowed() -> None:
    interval, next_at, taken = 1 / (80 * SHARE), 0.0, 0
    for look in range(600):  # Every tenth of a second for a minute.
        given_now = grant(next_at, 100.0 + look / 10, want=64, interval=interval)
        next_at, taken = given_now.next_at, taken + given_now.count
    assert 0.98 * 80 * 60 <= taken <= 80 * 60 + 80 * AHEAD


def test_nothing_is_kept_for_later() -> None:
    """Who was quiet for an hour has no hour's worth to send at once."""
    given_now = grant(0.0, 3600.0, want=1000, interval=0.1)
    assert (given_now.start, given_now.count) == (3600.0, int(AHEAD / 0.1) + 1)


@pytest.mark.parametrize(
    ("metadata", "allowed"),
    [
        ({}, 80),
        ({"throughput": "STANDARD"}, 80),
        ({"throughput": "HIGH"}, 1000),
        ({"throughput": "NOT_APPLICABLE"}, 80),
        ({"throughput": "HIGH", "onBusinessApp": "true"}, 20),
        ({"onBusinessApp": "false"}, 80),
    ],
)
def test_the_rate_of_a_number(metadata: dict[str, str], allowed: int) -> None:
    assert rate_of(WHATSAPP, metadata) == pytest.approx(allowed * SHARE)


def test_who_has_used_up_much_of_an_allowance_slows_down() -> None:
    slow = [slowness(used) for used in (0, 80, 90, 95, 100, 140)]
    assert slow == [1.0, 1.0, 0.5, 0.25, SLOWEST, SLOWEST]


def test_one_person_gets_a_burst_that_is_paid_back() -> None:
    taken, at, sent = None, AT, []
    for _ in range(60):
        allowed_at, _ = person_turn(WHATSAPP, taken, at)
        assert allowed_at is not None
        at = max(at, allowed_at)
        sent.append((at - AT).total_seconds())
        _, taken = person_turn(WHATSAPP, taken, at)
    assert sent == [0.0] * 45 + [6.0 * number for number in range(1, 16)]
    bucket = Bucket(left=45.0, at=0.0)
    assert all(bucket.takes(moment * 1.001, 1 / 6, 45.0) for moment in sent)


def test_debts_to_a_person_end() -> None:
    late, _ = person_turn(WHATSAPP, AT - timedelta(hours=1), AT)
    assert late is not None
    assert late <= AT


@given(st.lists(st.floats(0, 0.05), min_size=1, max_size=80))
def test_a_process_that_is_late_makes_up_for_nothing(delays: list[float]) -> None:
    """It gets to each moment with a delay: what it missed is lost, and the works wait for more."""
    at, interval = 100.0, 1 / 80
    left: list[float] = []

    def begin(work: int) -> bool:
        left.append(at)
        return True

    schedule = Schedule(begin, clock=lambda: at)
    moments = [100.0 + number * interval for number in range(len(delays))]
    for number in range(len(delays)):
        schedule.add("a", number, interval)
    schedule.wait_for("a", moments)
    for moment, delay in zip(moments, delays, strict=True):
        at = max(at, moment + delay)
        schedule.begin_due()
    lacking = schedule.lacking(lambda _: True)
    assert len(left) + (lacking["a"].count if lacking else 0) == len(delays)
    bucket = Bucket(left=1 + LATE / interval, at=100.0)
    assert all(bucket.takes(moment, 80.0, 80.0) for moment in left)


def test_a_moment_waits_for_a_hand_and_not_for_long() -> None:
    at, free, begun = 100.0, False, list[str]()

    def begin(work: str) -> bool:
        begun.extend([work] if free else [])
        return free

    schedule = Schedule(begin, clock=lambda: at)
    for work in ("one", "two"):
        schedule.add("a", work, 1.0)
    schedule.wait_for("a", [100.0])
    schedule.begin_due()
    at, free = at + LATE / 2, True
    schedule.begin_due()
    assert begun == ["one"]
    free = False
    schedule.wait_for("a", [at])
    schedule.begin_due()
    at, free = at + 2 * LATE, True
    schedule.begin_due()
    assert begun == ["one"]  # It would be too late: the moment is lost, and the work is not.
    assert schedule.lacking(lambda _: True) == {"a": Wish(1, 1.0)}
    assert schedule.lacking(lambda _: False) == {}
    schedule.wait_for("a", [at])
    schedule.begin_due()
    assert (begun, schedule.lacking(lambda _: True), schedule.lines) == (["one", "two"], {}, {})


def test_what_has_not_begun_is_taken_back() -> None:
    schedule = Schedule[str](lambda _: True, clock=lambda: 100.0)
    schedule.add("a", "one", 1.0)
    schedule.wait_for("a", [101.0])
    assert schedule.take_back() == ["one"]
    schedule.begin_due()
    assert not schedule.moments


@pytest.mark.django_db
def test_moments_are_taken_in_blocks() -> None:
    clock = SharedClock()
    first = take_moments({"a": Wish(5, 10.0), "b": Wish(1, 10.0)}, clock, ahead=1000.0)
    second = take_moments({"a": Wish(500, 10.0)}, clock, ahead=1000.0)
    assert (first["a"].count, first["b"].count) == (5, 1)
    assert second["a"].start == pytest.approx(first["a"].start + 50)
    assert second["a"].count == pytest.approx(96, abs=1)
    assert take_moments({"a": Wish(1, 10.0)}, clock, ahead=990.0)["a"].count == 0
