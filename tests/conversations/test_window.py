from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.conversations.window import Window, WindowState, may_send, reply_window
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
def test_over_from_then_on(capabilities: Capabilities) -> None:
    closes_at = MORNING + timedelta(hours=capabilities.window_hours)
    window = reply_window(capabilities, last_inbound_at=MORNING, at=closes_at, account_is_current=True)
    assert (window.state, window.closes_at, window.allowed) == (
        _after(capabilities),
        closes_at,
        _left(capabilities),
    )


@EACH
def test_over_where_the_contact_never_wrote(capabilities: Capabilities) -> None:
    window = reply_window(capabilities, last_inbound_at=None, at=MORNING, account_is_current=True)
    assert (window.state, window.closes_at, window.allowed) == (
        _after(capabilities),
        None,
        _left(capabilities),
    )


def _left(capabilities: Capabilities) -> tuple[str, ...]:
    return tuple(capabilities.outside_window)


def _after(capabilities: Capabilities) -> WindowState:
    return WindowState.TEMPLATE_ONLY if capabilities.outside_window else WindowState.CLOSED


def test_what_each_platform_leaves_when_the_window_is_over() -> None:
    assert {name: _after(info.capabilities) for name, info in PLATFORMS.items()} == {
        "INSTAGRAM": WindowState.CLOSED,
        "MESSENGER": WindowState.CLOSED,
        "WHATSAPP": WindowState.TEMPLATE_ONLY,
    }


@pytest.mark.parametrize(
    ("hours", "granted", "state"),
    [
        (23.98, True, WindowState.OPEN),
        (24.02, True, WindowState.HUMAN_AGENT),
        (24.02, False, WindowState.CLOSED),
        (7 * 24 - 0.02, True, WindowState.HUMAN_AGENT),
        (7 * 24, True, WindowState.CLOSED),
    ],
)
@pytest.mark.parametrize("name", ["INSTAGRAM", "MESSENGER"])
def test_a_week_for_a_person_where_the_account_has_the_tag(
    name: str, hours: float, granted: bool, state: WindowState
) -> None:
    at = MORNING + timedelta(hours=hours)
    window = reply_window(
        PLATFORMS[name].capabilities,
        last_inbound_at=MORNING,
        at=at,
        account_is_current=True,
        human_agent=granted,
    )
    assert window.state == state


def test_whatsapp_has_no_tag() -> None:
    capabilities = PLATFORMS["WHATSAPP"].capabilities
    at = MORNING + timedelta(hours=25)
    window = reply_window(
        capabilities, last_inbound_at=MORNING, at=at, account_is_current=True, human_agent=True
    )
    assert window.state == WindowState.TEMPLATE_ONLY


@EACH
def test_the_platform_knows_better_than_our_books(capabilities: Capabilities) -> None:
    """What it refused as too late was too late; what the contact wrote later opens the window again."""
    at = MORNING + timedelta(hours=2)
    known: dict[str, Any] = {"at": at, "account_is_current": True, "refused_at": MORNING + timedelta(hours=1)}
    refused = reply_window(capabilities, last_inbound_at=MORNING, **known)
    assert (refused.state, refused.closes_at) == (_after(capabilities), known["refused_at"])
    again = reply_window(capabilities, last_inbound_at=MORNING + timedelta(hours=1, seconds=1), **known)
    assert again.state == WindowState.OPEN


def test_the_tag_is_for_a_person_who_asks_for_it() -> None:
    window = Window(WindowState.HUMAN_AGENT, None, ("TEXT",))
    allowed = [
        (human_agent, by_person)
        for human_agent in (False, True)
        for by_person in (False, True)
        if may_send(window, "TEXT", human_agent=human_agent, by_person=by_person)
    ]
    assert allowed == [(True, True)]


@EACH
def test_closed_for_good_on_a_former_account(capabilities: Capabilities) -> None:
    window = reply_window(capabilities, last_inbound_at=MORNING, at=MORNING, account_is_current=False)
    assert (window.state, window.closes_at, window.allowed) == (WindowState.CLOSED, None, ())
