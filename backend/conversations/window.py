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
    capabilities: Capabilities, *, last_inbound_at: datetime | None, at: datetime, account_is_current: bool
) -> Window:
    """The window at a moment. A conversation of a former account is closed for good."""
    if not account_is_current or last_inbound_at is None:
        return CLOSED
    closes_at = last_inbound_at + timedelta(hours=capabilities.window_hours)
    if at >= closes_at:
        return Window(WindowState.CLOSED, closes_at, ())
    return Window(WindowState.OPEN, closes_at, tuple(capabilities.message_types))
