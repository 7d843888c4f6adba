"""Until when a platform lets us answer freely, as data. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend.platforms.port import Capabilities


class WindowState(StrEnum):
    """What may be sent now."""

    OPEN = "OPEN"  # Anything.
    HUMAN_AGENT = "HUMAN_AGENT"  # Only by a person, with the platform's tag for it.
    TEMPLATE_ONLY = "TEMPLATE_ONLY"  # Only approved templates.
    CLOSED = "CLOSED"  # Nothing: the contact must write first.


@dataclass(frozen=True, slots=True)
class Window:
    """The reply window of a conversation at one moment."""

    state: WindowState
    closes_at: datetime | None
    allowed: tuple[str, ...]


CLOSED = Window(WindowState.CLOSED, None, ())


def reply_window(
    capabilities: Capabilities,
    *,
    last_inbound_at: datetime | None,
    at: datetime,
    account_is_current: bool,
    refused_at: datetime | None = None,
    human_agent: bool = False,
) -> Window:
    """The window at a moment. A conversation of a former account is closed for good.

    `refused_at`: when we sent what the platform refused as too late, which counts more than our own books;
    `human_agent`: the account may use the platform's tag for a person's own answer.
    """
    if not account_is_current:
        return CLOSED
    if last_inbound_at is None:
        return _outside(capabilities, None)
    closes_at = last_inbound_at + timedelta(hours=capabilities.window_hours)
    if refused_at is not None and last_inbound_at <= refused_at < closes_at:
        closes_at = refused_at
    if at < closes_at:
        return Window(WindowState.OPEN, closes_at, tuple(capabilities.message_types))
    if human_agent and capabilities.human_agent_hours is not None:
        ends_at = last_inbound_at + timedelta(hours=capabilities.human_agent_hours)
        if at < ends_at:
            return Window(WindowState.HUMAN_AGENT, ends_at, tuple(capabilities.message_types))
    return _outside(capabilities, closes_at)


def _outside(capabilities: Capabilities, closed_at: datetime | None) -> Window:
    """What is left when the time for a free answer is over, or has never begun."""
    allowed = tuple(capabilities.outside_window)
    return Window(WindowState.TEMPLATE_ONLY if allowed else WindowState.CLOSED, closed_at, allowed)


def may_send(window: Window, send_type: str, *, human_agent: bool, by_person: bool) -> bool:
    """Whether a request of this type is allowed: with the tag, only where a person wrote it and asked for it."""
    if window.state == WindowState.HUMAN_AGENT and not (human_agent and by_person):
        return False
    return send_type in window.allowed
