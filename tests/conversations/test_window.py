from __future__ import annotations

from datetime import timedelta

import pytest

from backend.conversations.window import WindowState, reply_window
from backend.platforms.port import Capabilities
from backend.platforms.registry import PLATFORMS
from tests.conversations.said import MORNING

CAPABILITIES = [info.capabilities for info in PLATFORMS.values()]
EACH = pytest.mark.parametrize("capabilities", CAPABILITIES, ids=list(PLATFORMS))


@EACH
def test_open_until_the_last_second(capabilities: Capabilities) -> None:
    closes_at = MORNING + timedelta(hours=capabilities.window_hours)
    window = reply_window(
        capabilities,
        last_inbound_at=MORNING,
        at=closes_at - timedelta(microseconds=1),
        account_is_current=True,
    )
    assert window.state == WindowState.OPEN
    assert window.closes_at == closes_at
    assert window.allowed == tuple(capabilities.message_types)


@EACH
def test_closed_from_then_on(capabilities: Capabilities) -> None:
    closes_at = MORNING + timedelta(hours=capabilities.window_hours)
    window = reply_window(capabilities, last_inbound_at=MORNING, at=closes_at, account_is_current=True)
    assert (window.state, window.closes_at, window.allowed) == (WindowState.CLOSED, closes_at, ())


@EACH
def test_closed_where_the_contact_never_wrote(capabilities: Capabilities) -> None:
    window = reply_window(capabilities, last_inbound_at=None, at=MORNING, account_is_current=True)
    assert (window.state, window.closes_at, window.allowed) == (WindowState.CLOSED, None, ())


@EACH
def test_closed_for_good_on_a_former_account(capabilities: Capabilities) -> None:
    window = reply_window(capabilities, last_inbound_at=MORNING, at=MORNING, account_is_current=False)
    assert (window.state, window.closes_at, window.allowed) == (WindowState.CLOSED, None, ())
