"""How often somebody may ask in a minute: exactly, by one process; nearly, by several; and at hardly any cost."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.businesses.allowances import MINUTE, PARTS, Allowances

pytestmark = pytest.mark.django_db
START = 1_000_000 * MINUTE


class Ticking:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = float(START)

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize("limit", [1, 2, 49, 50, 600, 601])
def test_one_process_counts_exactly(limit: int) -> None:
    allowances = Allowances(clock=Ticking())
    assert [allowances.takes("a", limit) for _ in range(limit + 3)] == [True] * limit + [False] * 3


def test_the_next_minute_is_a_new_one() -> None:
    clock = Ticking()
    allowances = Allowances(clock=clock)
    assert [allowances.takes("a", 2) for _ in range(3)] == [True, True, False]
    assert allowances.wait() == MINUTE
    clock.at += MINUTE - 1
    assert not allowances.takes("a", 2)
    assert allowances.wait() == 1
    clock.at += 1
    assert allowances.takes("a", 2)


def test_several_processes_share_it() -> None:
    clock, limit = Ticking(), 600
    processes = [Allowances(clock=clock) for _ in range(4)]
    taken = sum(each.takes("a", limit) for _ in range(limit) for each in processes)
    assert limit * 0.98 <= taken <= limit * (1 + len(processes) / PARTS)


def test_keys_do_not_meet() -> None:
    allowances = Allowances(clock=Ticking())
    assert [allowances.takes(key, 1) for key in ("a", "b", "a", "b")] == [True, True, False, False]


def test_who_asks_now_and_then_costs_no_statement_and_who_asks_much_one_in_many() -> None:
    allowances = Allowances(clock=Ticking())
    with CaptureQueriesContext(connection) as asked:
        for _ in range(1_200):
            assert allowances.takes("a", 6_000)
    assert len(asked) == 10


def test_a_clock_that_is_behind_counts_with_the_others() -> None:
    ahead, behind = Ticking(), Ticking()
    ahead.at += MINUTE
    assert Allowances(clock=ahead).takes("a", 1)
    assert not Allowances(clock=behind).takes("a", 1)
