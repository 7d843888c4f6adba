"""
Our own marks, which platforms give back: of a message, of which attempt; of a reaction, which and to what. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

REACTION = "reaction:"


@dataclass(frozen=True, slots=True)
class Mark:
    """A message of ours, and how often it had been sent again by then."""

    message_id: UUID
    resends: int = 0


def mark_of(message_id: UUID, resends: int) -> str:
    """What goes along with the message: each time that somebody sends it again, another one."""
    return f"{message_id}.{resends}" if resends else str(message_id)


def read_mark(text: str) -> Mark | None:
    """The mark, as the platform gave it back; None where it is not one of ours."""
    own_id, _, resends = text.partition(".")
    try:
        return Mark(UUID(own_id), int(resends or 0)) if own_id else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class ReactionMark:
    """A reaction of ours: to which message, and which; empty: it was taken off. None: the mark does not say."""

    message_id: UUID
    emoji: str | None = None


def reaction_mark(message_id: UUID, emoji: str) -> str:
    """What goes along with a reaction to this message."""
    return f"{REACTION}{message_id}:{emoji}"


def marked_reaction(text: str) -> ReactionMark | None:
    """The reaction of ours that the platform speaks of; None: it is no mark of one."""
    if not text.startswith(REACTION):
        return None
    own_id, told, emoji = text.removeprefix(REACTION).partition(":")
    mark = read_mark(own_id)
    return ReactionMark(mark.message_id, emoji if told else None) if mark else None
