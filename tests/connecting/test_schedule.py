from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.connecting.schedule import (
    next_inspection,
    renewal_after_failure,
    renewal_of,
    rung_of,
)

ISSUED = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("chance", [0, 0.5, 1])
def test_a_token_is_renewed_at_half_of_its_life(chance: float) -> None:
    renewal = renewal_of(ISSUED, ISSUED + 60 * DAY, chance)
    assert renewal is not None
    assert 27 * DAY <= renewal - ISSUED <= 33 * DAY


def test_no_token_is_renewed_on_its_first_day_unless_it_dies_on_it() -> None:
    assert renewal_of(ISSUED, ISSUED + 30 * timedelta(hours=1), 0) == ISSUED + DAY
    renewal = renewal_of(ISSUED, ISSUED + timedelta(hours=2), 0.5)
    assert renewal == ISSUED + timedelta(hours=1)


def test_what_does_not_expire_is_not_renewed() -> None:
    assert renewal_of(ISSUED, None, 0.5) is None


def test_the_pauses_grow_and_stay_within_a_day() -> None:
    pauses = [renewal_after_failure(failures, ISSUED, 0) - ISSUED for failures in range(1, 20)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=5)
    assert max(pauses) <= DAY


def test_an_account_is_looked_at_daily() -> None:
    assert (
        timedelta(hours=20) < next_inspection(ISSUED, 1) - ISSUED < next_inspection(ISSUED, 0) - ISSUED <= DAY
    )


@pytest.mark.parametrize(
    ("left", "rung"),
    [(15, None), (14, 14), (8, 14), (7, 7), (4, 7), (3, 3), (2, 3), (1, 1), (0, 1), (-5, 1)],
)
def test_the_ladder(left: int, rung: int | None) -> None:
    assert rung_of(ISSUED + left * DAY, ISSUED) == rung
    assert rung_of(None, ISSUED) is None
