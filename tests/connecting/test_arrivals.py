"""A quiet account is told apart from one whose webhooks stay away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.connecting.arrivals import check_arrivals, check_data_access
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import AccountHealth, Check

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def row(*, heard: timedelta | None, connected: timedelta | None) -> ChannelIntegration:
    return ChannelIntegration(
        last_webhook_at=None if heard is None else NOW - heard,
        connected_at=None if connected is None else NOW - connected,
    )


@pytest.mark.parametrize(
    ("heard", "connected", "newest", "found"),
    [
        (2 * HOUR, 9 * DAY, HOUR, False),
        (HOUR, 9 * DAY, 2 * HOUR, True),
        (HOUR, 9 * DAY, HOUR - timedelta(minutes=5), True),  # A delivery is noted to within minutes.
        (9 * DAY, 30 * DAY, timedelta(minutes=5), True),  # It may be under way.
        (9 * DAY, 30 * DAY, None, True),  # The platform does not tell.
        (None, 9 * DAY, HOUR, False),
        (None, HOUR, 9 * DAY, None),  # From before it was connected: nothing to expect, nothing to say.
        (None, HOUR, None, None),
        (None, HOUR, HOUR - timedelta(minutes=2), False),  # Right after it was connected.
        (None, HOUR, HOUR - timedelta(seconds=30), None),  # Clocks differ.
        (None, None, HOUR, None),
        (9 * DAY, HOUR, 2 * HOUR, True),  # Connected anew since.
    ],
)
def test_whether_webhooks_arrive(
    heard: timedelta | None, connected: timedelta | None, newest: timedelta | None, found: bool | None
) -> None:
    health = AccountHealth(checks=(), newest_at=None if newest is None else NOW - newest)
    checks = check_arrivals(row(heard=heard, connected=connected), health, NOW)
    assert [check.ok for check in checks] == ([] if found is None else [found])
    assert all(check.ok or check.resolution for check in checks)


def test_a_known_fault_on_the_way_comes_first() -> None:
    """Development mode is guessed at only where everything that can be seen is as it should be."""
    wrong = Check(code="app_webhook_address", ok=False, message="It goes elsewhere.")
    silent = row(heard=9 * DAY, connected=30 * DAY)
    (alone,) = check_arrivals(silent, AccountHealth(checks=(), newest_at=NOW - HOUR), NOW)
    (explained,) = check_arrivals(silent, AccountHealth(checks=(wrong,), newest_at=NOW - HOUR), NOW)
    assert "development mode" in (alone.resolution or "")
    assert "development mode" not in (explained.resolution or "")
    assert "other checks" in (explained.resolution or "")


@pytest.mark.parametrize(("ends_in", "ok"), [(None, None), (DAY, True), (timedelta(0), False), (-DAY, False)])
def test_how_long_the_data_are_shown(ends_in: timedelta | None, ok: bool | None) -> None:
    ends_at = None if ends_in is None else NOW + ends_in
    checks = check_data_access(AccountHealth(checks=(), data_access_ends_at=ends_at), NOW)
    assert [check.ok for check in checks] == ([] if ok is None else [ok])
