"""Our marks on what we send, as platforms give them back: a message's own id, or that of one that was reacted to."""

from __future__ import annotations

from uuid import UUID

REACTION = "reaction:"


def mark_in(text: str) -> UUID | None:
    """Our own id of a message, as the platform gave it back."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def reaction_mark(message_id: UUID) -> str:
    """What goes along with a reaction to this message."""
    return f"{REACTION}{message_id}"


def marked_reaction(text: str) -> UUID | None:
    """The message that a reaction of ours was to; None: it is no mark of a reaction."""
    return mark_in(text.removeprefix(REACTION)) if text.startswith(REACTION) else None
