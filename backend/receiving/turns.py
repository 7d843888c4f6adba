"""Agents are told when it is their turn: the contact was quiet for long enough."""

from __future__ import annotations

from backend.conversations.record import tell_turns
from backend.lib.clock import now


def drain() -> bool:
    """Tell a batch of the turns whose time has come; whether there may be more."""
    return tell_turns(now())
